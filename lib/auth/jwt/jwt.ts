/**
 * JSON Web Tokens: a token names a configured key (by `keyClaim`), the key determines the consumer and the algorithm,
 * and the signature is verified with it.
 *
 * The algorithm is the key's, never the token's choice: "none" is not supported, and a public key can't be passed off
 * as an HMAC secret (RFC 8725, 3.1). Tokens are not cached: one that was good may have expired since, and a table of
 * them could be flooded. Under Kong's profiles statuses, messages and challenges are Kong's; a token on which Kong
 * fails with 500 is rejected as bad here.
 */
import type { Consumer, JwtSettings, Settings } from '../../config/types.ts';
import { URL_ALPHABET, EITHER_ALPHABET } from '../../core/base64.ts';
import { refuse } from '../../core/errors.ts';
import type { Refusal } from '../../core/errors.ts';
import type { Hooks, Isolate } from '../../core/feature.ts';
import { memo } from '../../core/memo.ts';
import { isSignedBy } from '../../core/runtime.ts';
import type { Runtime, SignatureAlgorithm } from '../../core/runtime.ts';
import { admitBy } from '../admit.ts';
import type { Authenticated, Authenticator } from '../admit.ts';
import { challengeOf } from '../authorization.ts';
import { claimedNames } from '../consumer-headers.ts';
import { anonymousCaller, namedCaller } from '../credentials.ts';
import { varyBy } from '../vary.ts';
import { publicKey, secretKey } from '../verify-keys.ts';
import type { VerifyKey } from '../verify-keys.ts';
import { claimFaults, livesTooLong } from './claims.ts';
import { findTokens } from './places.ts';
import { algorithmOf, claimOf, parseToken } from './token.ts';

interface Signer {
  readonly caller: Authenticated;
  readonly algorithm: string;
  readonly key: VerifyKey;
}
/** By the name in the tokens' `keyClaim`. */
type Signers = ReadonlyMap<string, Signer>;

export function startJwt({ settings, runtime }: Isolate): Hooks {
  const { compat, consumers } = settings;
  const signersOf = memo((base64: boolean) => createSigners(consumers, base64, runtime));
  return {
    admit: ({ jwt }) => {
      if (!jwt) return null;
      const authenticator = jwtAuthenticator(jwt, compat, signersOf(jwt.base64Secrets));
      return admitBy(authenticator, anonymousCaller(consumers, jwt.anonymous));
    },
    finish: (route) => {
      const { headers = [], cookieNames = [] } = route?.jwt ?? {};
      const names = [...headers, ...(cookieNames.length > 0 ? ['cookie'] : [])];
      return compat === null && names.length > 0 ? varyBy(names.join(', ')) : null;
    },
  };
}

/** `base64`: secrets are written in base64. */
function createSigners(consumers: readonly Consumer[], base64: boolean, runtime: Runtime): Signers {
  const signers = new Map<string, Signer>();
  for (const consumer of consumers)
    for (const one of [...(consumer.jwtKeys ?? []), ...(consumer.jwtSecrets ?? [])]) {
      const { name, algorithm } = one;
      const parameters = algorithmOf(algorithm) as SignatureAlgorithm;
      const key =
        'secret' in one
          ? secretKey(one.secret, base64, parameters, runtime)
          : publicKey(one.publicKey, parameters);
      signers.set(name, { caller: namedCaller(consumer, one, name, false), algorithm, key });
    }
  return signers;
}

function jwtAuthenticator(
  jwt: JwtSettings,
  compat: Settings['compat'],
  signers: Signers,
): Authenticator<{ token: string }> {
  const { keyClaim, claims, maxExpirationSeconds, runOnPreflight, realm } = jwt;
  const old = compat === 'kong-2018';
  const base = challengeOf('Bearer', realm, compat);
  const invalid = `${base}${realm === null ? '' : ','} error="invalid_token"`;
  /**
   * Kong's response: compact JSON whatever the caller accepts, and before 3.8 without a challenge. `before`: its status
   * until 1.0.
   */
  const bad = (message: string, before = 401, json: object = { message }, challenge = invalid): Refusal => ({
    ...refuse(challenge === base ? 'no_token' : 'bad_token', old ? before : 401, message),
    headers: old ? [] : [['WWW-Authenticate', challenge]],
    json: JSON.stringify(json),
  });
  const missing = bad('Unauthorized', 401, undefined, base);
  const badTimes = (faults: Record<string, string>, before?: number): Refusal =>
    bad(
      Object.entries(faults)
        .map((fault) => fault.join(': '))
        .join(', '),
      before,
      faults,
    );

  return {
    runOnPreflight,
    claimed: claimedNames(),
    find: (context) => {
      const tokens = findTokens(context, jwt);
      if ('reason' in tokens) return tokens;
      const [token] = tokens;
      if (token === undefined) return missing;
      if (tokens.size > 1) return bad('Multiple tokens provided');
      return token === null ? bad('Unrecognizable token') : { token };
    },
    verify: async (context, shown) => {
      const token = parseToken(shown.token, old ? EITHER_ALPHABET : URL_ALPHABET);
      if (typeof token === 'string') return bad(`Bad token; ${token}`);
      const { header, payload, algorithm, parameters, signature } = token;
      const own = claimOf(payload, keyClaim);
      // In Lua, false counts as absent.
      const name = own === undefined || own === false ? claimOf(header, keyClaim) : own;
      if (name === undefined || name === false) return bad(`No mandatory '${keyClaim}' in claims`);
      if (typeof name !== 'string' || (name === '' && !old)) return bad(`Invalid '${keyClaim}' in claims`);
      const signer = signers.get(name);
      if (signer === undefined) return bad(`No credentials found for given '${keyClaim}'`, 403);
      if (signer.algorithm !== algorithm) return bad('Invalid algorithm', 403);
      const key = await signer.key();
      if (key === null) return bad('Invalid key/secret', 403);
      // Kong accepts RSA-PSS with 2048 bits only.
      const isTaken = compat === null || !algorithm.startsWith('PS') || signature.length === 256;
      if (!isTaken || !(await isSignedBy(key, parameters, signature, token.signed)))
        return bad('Invalid signature', 403);
      const faults = claimFaults(payload, claims, compat, context.startedAt);
      if (faults !== null) return badTimes(faults);
      return maxExpirationSeconds !== null && livesTooLong(payload, maxExpirationSeconds, context.startedAt)
        ? badTimes({ exp: 'exceeds maximum allowed expiration' }, 403)
        : signer.caller;
    },
    hide: () => undefined,
  };
}
