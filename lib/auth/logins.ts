/**
 * The configured user names and passwords: parses a login and checks its password.
 *
 * Passwords are stored as PBKDF2-HMAC-SHA-256 (RFC 8018) with a salt each: an attacker who reads the configuration has
 * to guess, at a cost of thousands of hashes per guess. The gateway pays as much for each wrong password, before any
 * rate limit applies, so the iterations must fit into a Worker's 10 ms: 5,000 take about 2.5 ms. Right passwords are
 * cached in clear, in memory only, and cost one look-up.
 *
 * Rejected: a salted SHA-256 (a graphics card tries ten billion a second), and scrypt or Argon2 (WebCrypto has neither;
 * one in JavaScript is slower here than on the attacker's side). Kong's SHA-1 of the password and the consumer's id is
 * accepted too, since an export of Kong's contains nothing else.
 */
import type { Consumer } from '../config/types.ts';
import { bytesOf } from '../core/base64.ts';
import { pbkdf2Of, sha1Of } from '../core/runtime.ts';
import type { Authenticated } from './admit.ts';
import { namedCaller } from './credentials.ts';
import { keepWarm } from './warm-keys.ts';

export interface Login {
  readonly caller: Authenticated;
  /** As configured. */
  readonly passwordHash: string;
  readonly consumerId: string;
}
/** Strings are byte strings here, as decoded from base64: one character per byte. */
export interface Logins {
  /** By user name. */
  readonly byName: ReadonlyMap<string, Login>;
  /** Recently used ones by "name:password", so that they need no hash. In memory only. */
  readonly warm: Map<string, Login>;
}

/** One character for each byte of its UTF-8. */
const byteText = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text));

export function createLogins(consumers: readonly Consumer[]): Logins {
  const byName = new Map<string, Login>();
  for (const consumer of consumers)
    for (const login of consumer.logins ?? []) {
      const { username, passwordHash } = login;
      const caller = namedCaller(consumer, login, username, true);
      byName.set(byteText(username), { caller, passwordHash, consumerId: byteText(consumer.id) });
    }
  return { byName, warm: new Map() };
}

/**
 * Splits at the first colon with a name before it; the password ends at a line feed. Kong's `([^:]+):(.*)`, in one
 * pass. Null if there is no such colon.
 */
export function splitLogin(text: string): [name: string, password: string] | null {
  let start = 0;
  while (text[start] === ':') start++;
  const colon = text.indexOf(':', start);
  return colon < 0 ? null : [text.slice(start, colon), text.slice(colon + 1).split('\n', 1)[0] as string];
}

/** Whether the password is the login's. Caches a right one. */
export function checkPassword(
  logins: Logins,
  login: Login,
  name: string,
  password: string,
): boolean | Promise<boolean> {
  const text = `${name}:${password}`;
  if (logins.warm.get(text) === login) return true;
  return hashAs(login, password).then((hash) => {
    const good = hash === login.passwordHash;
    if (good) keepWarm(logins.warm, text, login);
    return good;
  });
}

/** The password's hash with the scheme, iterations and salt of the login's. */
async function hashAs({ passwordHash, consumerId }: Login, password: string): Promise<string> {
  const [scheme, iterations = '', salt = ''] = passwordHash.split(':');
  if (scheme === 'sha1') return `sha1:${await sha1Of(bytesOf(password + consumerId))}`;
  const salted = Uint8Array.from(salt.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const hash = await pbkdf2Of(bytesOf(password), salted, Number(iterations));
  return `${scheme}:${iterations}:${salt}:${hash}`;
}
