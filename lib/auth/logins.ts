/**
 * The configuration's own user names and passwords: what a login in base64 says, and whether it is right.
 *
 * A password is kept as PBKDF2-HMAC-SHA-256 (RFC 8018) with a salt of its own: whoever reads the configuration has to
 * guess, and pays thousands of hashes for each guess. So does the gateway for each wrong password, before any limit is
 * asked, so that there are few enough of them for a Worker's 10 ms: 5,000 are about 2.5 ms. Right ones are remembered
 * by their text and cost one look-up. Rejected: a salted SHA-256 (a graphics card tries ten thousand million a second),
 * and scrypt or Argon2 (WebCrypto has neither; one in JavaScript is slower here than on the guesser's side). Kong's
 * SHA-1 of the password and the consumer's id is taken as well, since an export of Kong's holds nothing else.
 */
import type { Consumer } from '../config/types.ts';
import { bytesOf } from '../core/base64.ts';
import { pbkdf2Of, sha1Of } from '../core/runtime.ts';
import type { Authenticated } from './admit.ts';
import { keepWarm } from './warm-keys.ts';

export interface Login {
  readonly caller: Authenticated;
  /** As the configuration has it. */
  readonly passwordHash: string;
  readonly consumerId: string;
}
/** Texts are of bytes here, as base64 has them: a character for each. */
export interface Logins {
  /** By user name. */
  readonly byName: ReadonlyMap<string, Login>;
  /** Those used lately by "name:password", so that they need no hash. In memory only. */
  readonly warm: Map<string, Login>;
}

/** A character for each byte of its UTF-8. */
const byteText = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text));

export function createLogins(consumers: readonly Consumer[]): Logins {
  const byName = new Map<string, Login>();
  for (const consumer of consumers)
    for (const { id, username, passwordHash } of consumer.logins ?? []) {
      const caller = {
        identity: { consumer, headers: [], id: username, login: username },
        credentialId: id ?? username,
      };
      byName.set(byteText(username), { caller, passwordHash, consumerId: byteText(consumer.id) });
    }
  return { byName, warm: new Map() };
}

/**
 * Name and password at the first colon that has a name before it, the password without what follows a line end: Kong's
 * `([^:]+):(.*)`, in one pass. Null where there is no such colon.
 */
export function splitLogin(text: string): [name: string, password: string] | null {
  let start = 0;
  while (text[start] === ':') start++;
  const colon = text.indexOf(':', start);
  return colon < 0 ? null : [text.slice(start, colon), text.slice(colon + 1).split('\n', 1)[0] as string];
}

/** Whether the password is the login's. Remembers that it was. */
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

/** The password hashed in the way that the login's was. */
async function hashAs({ passwordHash, consumerId }: Login, password: string): Promise<string> {
  const [scheme, iterations = '', salt = ''] = passwordHash.split(':');
  if (scheme === 'sha1') return `sha1:${await sha1Of(bytesOf(password + consumerId))}`;
  const salted = Uint8Array.from(salt.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const hash = await pbkdf2Of(bytesOf(password), salted, Number(iterations));
  return `${scheme}:${iterations}:${salt}:${hash}`;
}
