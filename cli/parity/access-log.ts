/**
 * Access logs in the common and combined formats of Apache and nginx, with or without Apache's leading `host:port`.
 *
 * Such a log has no headers except Referer and User-Agent, and no bodies: a key that was sent in a header must be given
 * with --header. Lines whose request is not HTTP (scanners, TLS on a plain port) occur in every real log and are
 * counted, not rejected; a line in another format is rejected.
 */
import { fault, recorded, type Entry } from './recorded.ts';

const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';
const LINE = new RegExp(
  `^(?:(\\S+:\\d+) )?\\S+ \\S+ \\S+ \\[[^\\]]+\\] ${QUOTED} (?:\\d{3}|-) (?:\\d+|-)(?: ${QUOTED} ${QUOTED})?(?: |$)`,
);
const REQUEST = /^([A-Z][A-Z-]*) ((?:\/|https?:\/\/).*?)(?: HTTP\/\d(?:\.\d)?)?$/;

export function combinedEntry(line: string, where: string): Entry {
  const match = LINE.exec(line);
  if (!match) throw fault(`${where}: line must be in the common or combined log format, or a JSON object`);
  const [, host = '', request = '', referer = '-', agent = '-'] = match;
  const [, method = '', url = ''] = REQUEST.exec(unescaped(request, (hex) => `%${hex}`)) ?? [];
  if (url === '') return { unusable: 'not an HTTP request' };
  const headers = [
    ['Host', host.replace(/:(?:80|443)$/, '')],
    ['Referer', unescaped(referer, charOf)],
    ['User-Agent', unescaped(agent, charOf)],
  ] as const;
  return recorded(where, { method, url, headers: headers.filter(([, value]) => !/^-?$/.test(value)) });
}

/**
 * Apache writes `\"`, `\\` and `\t`; nginx writes every such byte as `\x22`. `byte` converts a non-ASCII byte from its
 * two digits: in a target it must be percent-encoded, in a header it is the byte itself.
 */
function unescaped(text: string, byte: (hex: string) => string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex?: string, char = '') => {
    if (hex === undefined) return { n: '\n', r: '\r', t: '\t' }[char as string] ?? (char as string);
    return hex < '8' ? charOf(hex) : byte(hex);
  });
}

function charOf(hex: string): string {
  return String.fromCharCode(parseInt(hex, 16));
}
