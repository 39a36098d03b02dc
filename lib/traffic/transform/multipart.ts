/**
 * Operations on the parts of a multipart form. A part that is renamed or replaced becomes a plain field; rename comes
 * first, then remove, and append does nothing (Kong's rules). All other parts keep their bytes, files included.
 *
 * Texts are byte strings, one character a byte, so that binary parts survive.
 */
import { pathBytes } from '../../core/url-path.ts';
import { oneLine } from './header-lines.ts';
import { mapOperations } from './operations.ts';
import type { Operations } from './operations.ts';

interface Part {
  readonly name: string | null;
  /** Headers, blank line and content. */
  readonly text: string;
}

/** Names are escaped as browsers do, since a quote or a line end would end them. */
const plainPart = (name: string, value: string): Part => ({
  name,
  text: `\r\nContent-Disposition: form-data; name="${oneLine(name).replaceAll('"', '%22')}"\r\n\r\n${oneLine(value)}`,
});

function partOf(text: string): Part {
  const head = text.slice(0, Math.max(0, text.indexOf('\r\n\r\n')));
  const line = /^content-disposition:[^\r\n]*/im.exec(head)?.[0] ?? '';
  const [, quoted, bare] = /;[ \t]*name=(?:"([^"]*)"|([^\s;"]+))/i.exec(line) ?? [];
  return { name: quoted ?? bare ?? null, text };
}

/** The new body; null if the old one can't be parsed. `type` is the Content-Type, `body` a byte string. */
export function transformMultipart(type: string, body: string, written: Operations<string>): string | null {
  const boundary = /boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type);
  const line = `\r\n--${boundary?.[1] ?? boundary?.[2] ?? ''}`;
  const pieces = ('\r\n' + body).split(line);
  if (boundary === null || pieces.length < 2) return null;
  const [preamble = '', ...rest] = pieces;
  const epilogue = rest.pop() as string;
  const parts = transformParts(rest.map(partOf), mapOperations(written, pathBytes, pathBytes));
  return [preamble, ...parts.map(({ text }) => text), epilogue].join(line).slice(2);
}

function transformParts(from: readonly Part[], { remove, rename, replace, add }: Operations<string>): Part[] {
  let parts = [...from];
  const named = (name: string) => (part: Part) => part.name === name;
  for (const [old, name] of rename) {
    const index = parts.findIndex(named(old));
    const part = parts[index];
    if (part === undefined || old === name) continue;
    parts = parts.filter((one, i) => i === index || (one.name !== name && one.name !== old));
    const { text } = part;
    parts[parts.indexOf(part)] = plainPart(name, text.slice(text.indexOf('\r\n\r\n') + 4));
  }
  for (const name of remove) parts = parts.filter((part) => part.name !== name);
  for (const [name, value] of replace) {
    const index = parts.findIndex(named(name));
    if (index < 0) continue;
    parts = parts.filter((part, i) => i === index || part.name !== name);
    parts[parts.findIndex(named(name))] = plainPart(name, value);
  }
  for (const [name, value] of add) if (!parts.some(named(name))) parts.push(plainPart(name, value));
  return parts;
}
