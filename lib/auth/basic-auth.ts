/**
 * User names and passwords (RFC 7617), checked against the configuration's hashes.
 *
 * Under Kong's profiles this is Kong's basic-auth: `Proxy-Authorization` is read first, the scheme may be anywhere in
 * the header as "Basic" or "basic", the search ends at the first known user, and `hideCredentials` removes each header
 * that was read, whatever its scheme (kong/plugins/basic-auth/access.lua). Otherwise only `Authorization` is read, as
 * in the RFC, and removed if its scheme is Basic.
 */
import type { BasicAuthSettings, Settings } from '../config/types.ts';
import { decodeBase64, STANDARD_ALPHABET } from '../core/base64.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { admitBy } from './admit.ts';
import type { Authenticator } from './admit.ts';
import { challengeOf, credentialPlaces, hasScheme, readAuthorization } from './authorization.ts';
import { claimedNames } from './consumer-headers.ts';
import { anonymousCaller } from './credentials.ts';
import { checkPassword, createLogins, splitLogin } from './logins.ts';
import type { Login, Logins } from './logins.ts';
import { varyBy } from './vary.ts';

export function startBasicAuth({ settings }: Isolate): Hooks {
  const { compat, consumers } = settings;
  const logins = createLogins(consumers);
  return {
    admit: ({ basicAuth }) => {
      if (!basicAuth) return null;
      const authenticator = basicAuthenticator(basicAuth, compat, logins);
      return admitBy(authenticator, anonymousCaller(consumers, basicAuth.anonymous));
    },
    finish: (route) => (route?.basicAuth && compat === null ? varyBy('Authorization') : null),
  };
}

/** The credential in a request. */
interface Shown {
  /** Null for an unknown user. */
  readonly login: Login | null;
  readonly name: string;
  readonly password: string;
  /** Headers to hide. */
  readonly looked: readonly string[];
}

function basicAuthenticator(
  { hideCredentials, realm }: BasicAuthSettings,
  compat: Settings['compat'],
  logins: Logins,
): Authenticator<Shown> {
  const old = compat === 'kong-2018';
  const challenge = [['WWW-Authenticate', challengeOf('Basic', old ? 'kong' : realm, compat)]] as const;
  const missing = refuse('no_credential', 401, 'Unauthorized', challenge);
  // Kong 1.1 to 3.5 sent the first of these messages too, but with 401.
  const bad = old
    ? refuse('bad_credential', 403, 'Invalid authentication credentials')
    : refuse('bad_credential', 401, 'Unauthorized', challenge);
  return {
    runOnPreflight: true,
    claimed: claimedNames(),
    find: (context) => findLogin(context, logins, compat, missing),
    verify: (_, { login, name, password }) => {
      if (login === null) return bad;
      const good = checkPassword(logins, login, name, password);
      const judge = (is: boolean) => (is ? login.caller : bad);
      return good instanceof Promise ? good.then(judge) : judge(good);
    },
    hide: (context, shown) => {
      if (!hideCredentials) return;
      // Outside Kong's profiles also if authentication was skipped.
      const plain = compat === null;
      if (plain && hasScheme(context, 'basic')) context.originHeaders.push(['authorization', null]);
      if (!plain) for (const name of shown?.looked ?? []) context.originHeaders.push([name, null]);
    },
  };
}

function findLogin(
  context: Context,
  { byName }: Logins,
  compat: Settings['compat'],
  missing: Refusal,
): Shown | Refusal {
  const places = credentialPlaces(context);
  if (places === null) return missing;
  const looked: string[] = [];
  let shown: Shown = { login: null, name: '', password: '', looked };
  for (const place of places) {
    const value = readAuthorization(context, place);
    if (value !== null && typeof value !== 'string') return value;
    const [, base64] = (compat === null ? STRICT : KONG).exec(value ?? '') ?? [];
    const text = base64 === undefined ? null : decodeBase64(base64, STANDARD_ALPHABET);
    const pair = text === null ? null : splitLogin(text);
    // Kong does not remove a header that decodes to a string without a colon.
    if (text === null || pair !== null) looked.push(place);
    const [name, password] = pair ?? ['', ''];
    const login = byName.get(name) ?? null;
    shown = { login, name, password, looked };
    if (login !== null) break;
  }
  return shown;
}
const STRICT = /^basic +(.+)$/i;
const KONG = /[Bb]asic[ \t]*(.+)/;
