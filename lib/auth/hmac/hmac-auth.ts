/**
 * Requests that are signed with a secret: Kong's hmac-auth. The signature covers what its `headers` list names, a date
 * limits how long the request can be replayed, and a digest may protect the body.
 *
 * Kong's profiles follow Kong (kong/plugins/hmac-auth/access.lua): `Proxy-Authorization` is read first, either date
 * counts, signed or not, and the message for an unknown user differs from that for a wrong signature. Otherwise only a
 * signed date counts (an unsigned one limits nothing), the names that must be signed are compared case-insensitively,
 * and the two messages are the same.
 */
import type { Consumer, HmacAuthSettings, Settings } from '../../config/types.ts';
import { bytesOfBase64, STANDARD_ALPHABET } from '../../core/base64.ts';
import { refuse } from '../../core/errors.ts';
import type { Refusal } from '../../core/errors.ts';
import type { Hooks, Isolate } from '../../core/feature.ts';
import { parseHttpDate } from '../../core/http-date.ts';
import { normalPathOf } from '../../core/request.ts';
import type { Context } from '../../core/request.ts';
import { isSignedBy } from '../../core/runtime.ts';
import type { Runtime } from '../../core/runtime.ts';
import { admitBy } from '../admit.ts';
import type { Authenticated, Authenticator } from '../admit.ts';
import { challengeOf, credentialPlaces, hasScheme, readAuthorization } from '../authorization.ts';
import { claimedNames } from '../consumer-headers.ts';
import { anonymousCaller, namedCaller } from '../credentials.ts';
import { varyBy } from '../vary.ts';
import { secretKey } from '../verify-keys.ts';
import type { VerifyKey } from '../verify-keys.ts';
import { isOwnDigest } from './body-digest.ts';
import { readSignature, signedText } from './signature.ts';
import type { Signature } from './signature.ts';

interface Signatory {
  readonly caller: Authenticated;
  /** By algorithm. */
  readonly keys: ReadonlyMap<string, VerifyKey>;
}
type Signatories = ReadonlyMap<string, Signatory>;
/** The credential in a request. */
interface Shown {
  readonly signature: Signature | null;
  /** The header that it is in. */
  readonly place: string;
}

const HMAC_ALGORITHMS = ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const;

export function startHmacAuth({ settings, runtime }: Isolate): Hooks {
  const { compat, consumers } = settings;
  const signatories = createSignatories(consumers, runtime);
  return {
    admit: ({ hmacAuth }) => {
      if (!hmacAuth) return null;
      const authenticator = hmacAuthenticator(hmacAuth, compat, signatories);
      return admitBy(authenticator, anonymousCaller(consumers, hmacAuth.anonymous));
    },
    finish: (route) => (route?.hmacAuth && compat === null ? varyBy('Authorization') : null),
  };
}

function createSignatories(consumers: readonly Consumer[], runtime: Runtime): Signatories {
  const signatories = new Map<string, Signatory>();
  for (const consumer of consumers)
    for (const credential of consumer.hmacSecrets ?? []) {
      const { username, secret } = credential;
      const keyOf = (algorithm: string): VerifyKey =>
        secretKey(
          secret,
          false,
          { name: 'HMAC', hash: `SHA-${algorithm.slice('hmac-sha'.length)}` },
          runtime,
        );
      signatories.set(username, {
        caller: namedCaller(consumer, credential, username, true),
        keys: new Map(HMAC_ALGORITHMS.map((algorithm) => [algorithm, keyOf(algorithm)])),
      });
    }
  return signatories;
}

function hmacAuthenticator(
  { algorithms, signed, bodyDigest, hideCredentials, clockSkewSeconds, realm }: HmacAuthSettings,
  compat: Settings['compat'],
  signatories: Signatories,
): Authenticator<Shown> {
  const plain = compat === null;
  const old = compat === 'kong-2018';
  const challenge = old ? [] : [['WWW-Authenticate', challengeOf('hmac', realm, compat)] as const];
  // Kong's responses: before 1.1 all but the first were 403, and before 3.8 there was no challenge.
  const missing = refuse('no_signature', 401, 'Unauthorized', challenge);
  const bad = (message: string): Refusal => refuse('bad_signature', old ? 403 : 401, message, challenge);
  const unverifiable = bad(UNVERIFIABLE);
  const outdated = bad(`${UNVERIFIABLE}, a valid date or x-date header is required for HMAC Authentication`);
  const wrong = bad('HMAC signature does not match');
  const spelt = (names: readonly string[]): readonly string[] =>
    plain ? names.map((name) => (SPECIAL.test(name) ? name : name.toLowerCase())) : names;
  const needed = spelt(signed);

  return {
    runOnPreflight: true,
    claimed: claimedNames(),
    find: (context) => {
      const shown = findSignature(context);
      if (shown === null) return missing;
      if ('reason' in shown) return shown;
      if (plain && shown.signature === null) return unverifiable;
      const names = plain ? spelt(shown.signature?.names ?? []) : DATES;
      const isRecent = (name: string): boolean =>
        names.includes(name) && isNear(context, name, clockSkewSeconds);
      return DATES.some(isRecent) ? shown : outdated;
    },
    verify: async (context, { signature: shown }) => {
      if (shown === null) return unverifiable;
      const { names, algorithm, username, signature } = shown;
      const covered = spelt(names);
      const isAllowed = (algorithms as readonly string[]).includes(algorithm);
      if (!isAllowed || !needed.every((name) => covered.includes(name))) return unverifiable;
      const signatory = signatories.get(username);
      if (signatory === undefined) return plain ? wrong : unverifiable;
      const key = await signatory.keys.get(algorithm)!();
      const bytes = bytesOfBase64(signature, STANDARD_ALPHABET);
      if (key === null || bytes === null) return wrong;
      let good = false;
      for (const target of targetsOf(context, names)) {
        const text = signedText(context, names, target);
        good ||= text !== null && (await isSignedBy(key, { name: 'HMAC' }, bytes, text));
      }
      const own = good && (!bodyDigest || (await isOwnDigest(context)));
      return own === true ? signatory.caller : own || wrong;
    },
    hide: (context, shown) => {
      // Outside Kong's profiles also if authentication was skipped.
      const place = plain && hasScheme(context, 'hmac') ? 'authorization' : plain ? undefined : shown?.place;
      if (hideCredentials && place !== undefined) context.originHeaders.push([place, null]);
    },
  };
}

const UNVERIFIABLE = 'HMAC signature cannot be verified';
/** Case matters in these: in another spelling they name headers, which no client sends. */
const SPECIAL = /^(@.*|request-line)$/i;
const DATES: readonly string[] = ['x-date', 'date'];

/** Null if both headers are absent; the second is read if the first holds no signature. */
function findSignature(context: Context): Shown | Refusal | null {
  const places = credentialPlaces(context);
  if (places === null) return null;
  for (const place of places) {
    const value = readAuthorization(context, place);
    if (value !== null && typeof value !== 'string') return value;
    const signature = value === null ? null : readSignature(value);
    if (signature !== null) return { signature, place };
  }
  return { signature: null, place: 'authorization' };
}

/** Whether a header's date is within the clock skew in either direction, limits included; in whole seconds. */
function isNear(context: Context, name: string, skewSeconds: number): boolean {
  const value = context.headers.get(name);
  const date = value === null ? null : parseHttpDate(value);
  return date !== null && Math.abs(Math.floor(context.startedAt / 1000) - date) <= skewSeconds;
}

/** Path and query as they were sent; Kong up to 2.8 also accepted the decoded path without the query. */
function targetsOf(context: Context, names: readonly string[]): string[] {
  const { path, query, kong } = context;
  const target = path + query;
  if (kong?.compat !== 'kong-2018' || !names.includes('request-line')) return [target];
  try {
    return [target, decodeURIComponent(normalPathOf(context))];
  } catch {
    return [target];
  }
}
