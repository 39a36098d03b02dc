/**
 * JSON Web Tokens: a token names a key of the configuration (by `keyClaim`), that key says whose it is and by which
 * algorithm it signs, and the signature decides.
 *
 * The algorithm is the key's and never the token's choice: "none" is unknown, and a public key is no secret, so that
 * none can be passed off as one (RFC 8725, 3.1). Tokens are not remembered: WebCrypto checks one in some 50 µs, and a
 * token that was good may have expired since. Under Kong's profiles statuses, texts and challenges are Kong's; where
 * Kong stumbles (500), a token is bad here.
 */
import type { Consumer, JwtSettings, Settings } from '../../config/types.ts';
import { URL_ALPHABET, EITHER_ALPHABET } from '../../core/base64.ts';
import { refuse } from '../../core/errors.ts';
import type { Refusal } from '../../core/errors.ts';
import type { Hooks, Isolate } from '../../core/feature.ts';
import type { Context } from '../../core/request.ts';
import { isSignedBy } from '../../core/runtime.ts';
import type { Runtime, SignatureAlgorithm } from '../../core/runtime.ts';
import { admitBy } from '../admit.ts';
import type { Authenticated, Authenticator } from '../admit.ts';
import { challengeOf } from '../authorization.ts';
import { claimedNames } from '../consumer-headers.ts';
import { anonymousCaller } from '../credentials.ts';
import { varyBy } from '../vary.ts';
import { publicKey, secretKey } from '../verify-keys.ts';
import type { VerifyKey } from '../verify-keys.ts';
import { claimFaults, livesTooLong } from './claims.ts';
import { findTokens } from './places.ts';
import { algorithmOf, claimOf, parseToken } from './token.ts';
import type { Token } from './token.ts';

interface Signer {
  readonly caller: Authenticated;
  readonly algorithm: string;
  readonly parameters: SignatureAlgorithm;
  readonly key: VerifyKey;
  /** The same where the secret is written in base64. */
  readonly decodedKey: VerifyKey;
}
type Signers = ReadonlyMap<string, Signer>;

export function startJwt({ settings, runtime }: Isolate): Hooks {
  const { compat, consumers } = settings;
  const signers = createSigners(consumers, runtime);
  return {
    admit: ({ jwt }) => {
      if (!jwt) return null;
      const anonymous = jwt.anonymous === null ? null : anonymousCaller(consumers, jwt.anonymous);
      return admitBy(jwtAuthenticator(jwt, compat, signers, anonymous));
    },
    finish: (route) => {
      const { headers = [], cookieNames = [] } = route?.jwt ?? {};
      const names = [...headers, ...(cookieNames.length > 0 ? ['cookie'] : [])];
      return compat === null && names.length > 0 ? varyBy(names.join(', ')) : null;
    },
  };
}

/** By the name that tokens call them. */
function createSigners(consumers: readonly Consumer[], runtime: Runtime): Signers {
  const signers = new Map<string, Signer>();
  for (const consumer of consumers)
    for (const { id, name, algorithm, publicKey: pem, secret } of consumer.jwtKeys ?? []) {
      const parameters = algorithmOf(algorithm) as SignatureAlgorithm;
      const keyOf = (base64: boolean): VerifyKey =>
        pem === undefined ? secretKey(secret ?? '', base64, parameters, runtime) : publicKey(pem, parameters);
      signers.set(name, {
        caller: { identity: { consumer, headers: [], id: name }, credentialId: id ?? name },
        algorithm,
        parameters,
        key: keyOf(false),
        decodedKey: keyOf(true),
      });
    }
  return signers;
}

export function jwtAuthenticator(
  jwt: JwtSettings,
  compat: Settings['compat'],
  signers: Signers,
  anonymous: Authenticator<{ token: string }>['anonymous'],
): Authenticator<{ token: string }> {
  const { keyClaim, base64Secrets, claims, maxExpirationSeconds, runOnPreflight } = jwt;
  const { missing, bad, denied, expired } = refusalsOf(jwt, compat);
  const old = compat === 'kong-2018';
  const alphabet = old ? EITHER_ALPHABET : URL_ALPHABET;

  async function checkToken(
    context: Context,
    token: Token,
    signer: Signer,
  ): Promise<Authenticated | Refusal> {
    const key = await (base64Secrets ? signer.decodedKey : signer.key)();
    if (key === null) return denied('Invalid key/secret');
    const { signature, signed, payload, algorithm } = token;
    // Kong takes RSA-PSS of 2048 bits alone.
    const isOfKong = compat === null || !algorithm.startsWith('PS') || signature.length === 256;
    if (!isOfKong || !(await isSignedBy(key, signer.parameters, signature, signed)))
      return denied('Invalid signature');
    const now = context.startedAt;
    const faults = claimFaults(payload, claims, compat, now);
    if (faults !== null) return expired(faults, 401);
    return maxExpirationSeconds !== null && livesTooLong(payload, maxExpirationSeconds, now)
      ? expired({ exp: 'exceeds maximum allowed expiration' }, 403)
      : signer.caller;
  }

  return {
    anonymous,
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
    verify: (context, shown) => {
      const token = parseToken(shown.token, alphabet);
      if (typeof token === 'string') return bad(`Bad token; ${token}`);
      const own = claimOf(token.payload, keyClaim);
      const name = own === undefined || own === false ? claimOf(token.header, keyClaim) : own;
      if (name === undefined || name === false) return bad(`No mandatory '${keyClaim}' in claims`);
      if (typeof name !== 'string' || (name === '' && !old)) return bad(`Invalid '${keyClaim}' in claims`);
      const signer = signers.get(name);
      if (signer === undefined) return denied(`No credentials found for given '${keyClaim}'`);
      if (signer.algorithm !== token.algorithm) return denied('Invalid algorithm');
      return checkToken(context, token, signer);
    },
    hide: () => undefined,
  };
}

/** Kong's answers: compact JSON whatever the caller accepts; before 1.1 some with 403, and before 3.8 no challenge. */
function refusalsOf({ realm }: JwtSettings, compat: Settings['compat']) {
  const old = compat === 'kong-2018';
  const base = challengeOf('Bearer', realm, compat);
  const invalid = `${base}${realm === null ? '' : ','} error="invalid_token"`;
  const say = (status: number, challenge: string, message: string, body: object = { message }): Refusal => ({
    ...refuse(challenge === base ? 'no_token' : 'bad_token', status, message),
    headers: old ? [] : [['WWW-Authenticate', challenge]],
    json: JSON.stringify(body),
  });
  return {
    missing: say(401, base, 'Unauthorized'),
    bad: (message: string) => say(401, invalid, message),
    denied: (message: string) => say(old ? 403 : 401, invalid, message),
    expired: (faults: Record<string, string>, status: number) => {
      const message = Object.entries(faults).map((fault) => fault.join(': '));
      return say(old ? status : 401, invalid, message.join(', '), faults);
    },
  };
}
