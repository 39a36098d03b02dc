/**
 * Access logs in the common and combined formats of Apache and nginx, with or without Apache's leading `host:port`.
 *
 * Such a log has no headers except Referer and User-Agent, and no bodies: a key that was sent in a header must be given
 * with --header. Lines whose request is not HTTP (scanners, TLS on a plain port) occur in every real log and are
 * counted, not rejected; a line in another format is rejected.
 */
import type { Line } from './lines.ts';
import { fault, recorded, type Recorded, type Unusable } from './recorded.ts';

const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';
const LINE = new RegExp(
  `^(?:(\\S+:\\d+) )?\\S+ \\S+ \\S+ \\[[^\\]]+\\] ${QUOTED} (?:\\d{3}|-) (?:\\d+|-)(?: ${QUOTED} ${QUOTED})?(?: |$)`,
);
const REQUEST = /^([A-Z][A-Z-]*) (\S.*?)(?: HTTP\/\d(?:\.\d)?)?$/;

export function looksCombined(line: string): boolean {
  return LINE.test(line);
}

export async function* readCombined(
  lines: AsyncIterable<Line>,
  name: string,
): AsyncGenerator<Recorded | Unusable> {
  for await (const { text, number, offset } of lines) {
    if (text.trim() === '') continue;
    const where = `${name}:${number}`;
    const match = LINE.exec(text);
    if (!match) throw fault(`${where}: line must be in the common or combined log format`);
    const [, host = '', request = '', referer = '-', agent = '-'] = match;
    const [, method = '', target = ''] = REQUEST.exec(unescaped(request, (hex) => `%${hex}`)) ?? [];
    if (!/^(?:\/|https?:\/\/)/.test(target)) {
      yield { unusable: 'not an HTTP request', where, offset };
      continue;
    }
    const headers: [string, string][] = [];
    if (host !== '') headers.push(['Host', host.replace(/:(?:80|443)$/, '')]);
    if (referer !== '-' && referer !== '') headers.push(['Referer', unescaped(referer, charOf)]);
    if (agent !== '-' && agent !== '') headers.push(['User-Agent', unescaped(agent, charOf)]);
    yield recorded(where, offset, { method, url: target, headers });
  }
}

/**
 * Apache writes `\"`, `\\` and `\t`; nginx writes every such byte as `\x22`. `byte` converts a non-ASCII byte from its
 * two digits: in a target it must be percent-encoded, in a header it is the byte itself.
 */
function unescaped(text: string, byte: (hex: string) => string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex?: string, char = '') => {
    if (hex === undefined) return { n: '\n', r: '\r', t: '\t' }[char as string] ?? (char as string);
    return hex < '8' ? charOf(hex) : byte(hex);
  });
}

function charOf(hex: string): string {
  return String.fromCharCode(parseInt(hex, 16));
}
