/**
 * Operations on the arguments of a query or a urlencoded form. The whole is re-encoded, as in Kong: sorted by the
 * encoded text, with the escapes of RFC 3986; `?flag` stays without "=" and `?e=` keeps it.
 *
 * Names and values are byte strings, one character a byte: an escape that is not UTF-8 must survive unchanged.
 */
import { pathBytes } from '../../core/url-path.ts';
import { mapOperations } from './operations.ts';
import type { Operations } from './operations.ts';

/** The values of each name, in order; null for a name without "=". */
export type Arguments = Map<string, (string | null)[]>;

export const decodeArgument = (text: string): string =>
  pathBytes(text.replaceAll('+', ' ')).replace(/%([\da-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );

const encode = (bytes: string): string =>
  bytes.replace(
    /[^\w.~-]/g,
    (character) => '%' + (character.charCodeAt(0) + 256).toString(16).slice(-2).toUpperCase(),
  );

/** `text` is a query without its "?", or a form. */
export function parseArguments(text: string): Arguments {
  const found: Arguments = new Map();
  for (const part of text.split('&')) {
    const cut = part.indexOf('=');
    const name = decodeArgument(cut < 0 ? part : part.slice(0, cut));
    if (name !== '') addTo(found, name, cut < 0 ? null : decodeArgument(part.slice(cut + 1)));
  }
  return found;
}

function addTo(found: Arguments, name: string, value: string | null): void {
  const values = found.get(name);
  if (values) values.push(value);
  else found.set(name, [value]);
}

export function writeArguments(found: Arguments): string {
  const parts: string[] = [];
  for (const [name, values] of found)
    for (const value of values) parts.push(encode(name) + (value === null ? '' : '=' + encode(value)));
  return parts.sort().join('&');
}

export function transformArguments(found: Arguments, written: Operations<string>): void {
  const operations = mapOperations(written, pathBytes, pathBytes);
  for (const name of operations.remove) found.delete(name);
  for (const [from, to] of operations.rename) {
    const values = found.get(from);
    if (values === undefined || from === to) continue;
    found.delete(from);
    found.set(to, values);
  }
  for (const [name, value] of operations.replace) if (found.has(name)) found.set(name, [value]);
  for (const [name, value] of operations.add) if (!found.has(name)) found.set(name, [value]);
  // Appending drops a name without a value: Kong's rule.
  for (const [name, value] of operations.append)
    found.set(name, [...(found.get(name) ?? []).filter((one) => one !== null), value]);
}

/** Decodes a byte string as UTF-8; unchanged if it is not. */
export function textOf(bytes: string): string {
  try {
    return decodeURIComponent(encode(bytes));
  } catch {
    return bytes;
  }
}
