/**
 * What a pool hashes to keep a caller on one origin: Kong's hash_on and hash_fallback (runloop/balancer).
 *
 * An input that yields nothing gives way to the fallback, and nothing at all is the empty text: all such requests share
 * one origin, as in Kong. A cookie always yields something, because a missing one is made and set on the answer.
 * Addresses are hashed in one spelling (RFC 5952), so that one caller's "::1" is not another's "0:0::1".
 */
import type { Call } from './call.ts';
import type { HashOn } from './config.ts';
import { normalisePath } from './path.ts';

const decodeText = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
};

/** Values of one query argument, sorted and joined; a valueless one counts as "true". */
function queryValue(query: string, name: string): string {
  const values: string[] = [];
  for (const argument of query.slice(1).split('&')) {
    const equals = argument.indexOf('=');
    const key = equals < 0 ? argument : argument.slice(0, equals);
    if (key === name || decodeText(key) === name)
      values.push(equals < 0 ? 'true' : decodeText(argument.slice(equals + 1)));
  }
  return values.sort().join(',');
}

/** The value of one cookie; "" for none. */
function cookieValue(header: string | null, name: string): string {
  for (const pair of header?.split(';') ?? []) {
    const [key = '', ...value] = pair.split('=');
    if (key.trim() === name) return value.join('=').trim();
  }
  return '';
}

/** IPv6 as RFC 5952 has it, which is how the URL standard writes hosts; all else as it is. */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  try {
    return new URL(`http://[${address}]`).hostname.slice(1, -1);
  } catch {
    return address;
  }
}

function inputOf(on: HashOn, call: Call, makeId: () => string): string {
  if (on === 'consumer') return call.consumer?.id ?? call.credentialId ?? '';
  if (on === 'ip') return plainAddress(call.clientIp);
  if (on === 'path') return normalisePath(call.path);
  if ('header' in on) return call.request.headers.get(on.header) ?? '';
  if ('query' in on) return queryValue(call.query, on.query);
  if ('uriCapture' in on) return call.captures?.[on.uriCapture] ?? '';
  const known = cookieValue(call.request.headers.get('cookie'), on.cookie);
  if (known !== '') return known;
  const made = makeId().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  // "Same-Site" is what Kong writes.
  call.answerHeaders.push([
    'Set-Cookie',
    `${on.cookie}=${made}; Path=${on.path ?? '/'}; Same-Site=Lax; HttpOnly`,
  ]);
  return made;
}

/** The text to hash for this request. `makeId` gives 32 hex digits; it is asked only for a cookie that is missing. */
export function hashInput(on: HashOn, fallback: HashOn | null, call: Call, makeId: () => string): string {
  const input = inputOf(on, call, makeId);
  return input === '' && fallback !== null ? inputOf(fallback, call, makeId) : input;
}
