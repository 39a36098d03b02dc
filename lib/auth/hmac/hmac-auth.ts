/**
 * Requests that are signed with a secret: Kong's hmac-auth. The signature covers what its `headers` list names, a date
 * bounds how long it can be sent again, and a digest may bind the body.
 *
 * Under Kong's profiles it is Kong's (kong/plugins/hmac-auth/access.lua): `Proxy-Authorization` goes first, either date
 * counts, signed or not, and who is unknown is told so in other words than whose signature is wrong. Otherwise only a
 * signed date counts (an unsigned one bounds nothing), what must be signed is compared without regard to case, and the
 * two are told the same.
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
import { challengeOf, headerNow, readAuthorization } from '../authorization.ts';
import { claimedNames } from '../consumer-headers.ts';
import { anonymousCaller } from '../credentials.ts';
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
/** What a request shows. */
interface Shown {
  readonly signature: Signature | null;
  /** The header in which it stands. */
  readonly place: string;
}

export const HMAC_ALGORITHMS = ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const;

export function startHmacAuth({ settings, runtime }: Isolate): Hooks {
  const { compat, consumers } = settings;
  const signatories = createSignatories(consumers, runtime);
  return {
    admit: ({ hmacAuth }) => {
      if (!hmacAuth) return null;
      const anonymous = hmacAuth.anonymous === null ? null : anonymousCaller(consumers, hmacAuth.anonymous);
      return admitBy(hmacAuthenticator(hmacAuth, compat, signatories, anonymous));
    },
    finish: (route) => (route?.hmacAuth && compat === null ? varyBy('Authorization') : null),
  };
}

function createSignatories(consumers: readonly Consumer[], runtime: Runtime): Signatories {
  const signatories = new Map<string, Signatory>();
  for (const consumer of consumers)
    for (const { id, username, secret } of consumer.hmacKeys ?? []) {
      const keyOf = (algorithm: string): VerifyKey =>
        secretKey(
          secret,
          false,
          { name: 'HMAC', hash: `SHA-${algorithm.slice('hmac-sha'.length)}` },
          runtime,
        );
      signatories.set(username, {
        caller: {
          identity: { consumer, headers: [], id: username, login: username },
          credentialId: id ?? username,
        },
        keys: new Map(HMAC_ALGORITHMS.map((algorithm) => [algorithm, keyOf(algorithm)])),
      });
    }
  return signatories;
}

export function hmacAuthenticator(
  hmacAuth: HmacAuthSettings,
  compat: Settings['compat'],
  signatories: Signatories,
  anonymous: Authenticator<Shown>['anonymous'],
): Authenticator<Shown> {
  const { algorithms, signed, bodyDigest, hideCredentials } = hmacAuth;
  const { missing, outdated, unverifiable, wrong } = refusalsOf(hmacAuth, compat);
  const plain = compat === null;

  async function checkSignature(
    context: Context,
    { names, algorithm, signature }: Signature,
    { keys, caller }: Signatory,
  ): Promise<Authenticated | Refusal> {
    const key = await keys.get(algorithm)!();
    const bytes = bytesOfBase64(signature, STANDARD_ALPHABET);
    if (key === null || bytes === null) return wrong;
    let good = false;
    for (const target of targetsOf(context, names)) {
      const text = signedText(context, names, target);
      good ||= text !== null && (await isSignedBy(key, { name: 'HMAC' }, bytes, text));
    }
    const own = good && (!bodyDigest || (await isOwnDigest(context)));
    return own === true ? caller : own || wrong;
  }

  return {
    anonymous,
    runOnPreflight: true,
    claimed: claimedNames(),
    find: (context) => {
      const shown = findSignature(context);
      if (shown === null) return missing;
      if ('reason' in shown) return shown;
      const names = shown.signature?.names.map((name) => name.toLowerCase()) ?? [];
      if (plain && shown.signature === null) return unverifiable;
      const dates = ['x-date', 'date'].filter((name) => !plain || names.includes(name));
      return dates.some((name) => isRecent(context, name, hmacAuth.clockSkewSeconds)) ? shown : outdated;
    },
    verify: (context, { signature }) => {
      if (signature === null) return unverifiable;
      const covered = plain ? signature.names.map((name) => name.toLowerCase()) : signature.names;
      const isCovered = signed.every((name) => covered.includes(plain ? name.toLowerCase() : name));
      const isAllowed = (algorithms as readonly string[]).includes(signature.algorithm);
      if (!isCovered || !isAllowed) return unverifiable;
      const signatory = signatories.get(signature.username);
      if (signatory === undefined) return plain ? wrong : unverifiable;
      return checkSignature(context, signature, signatory);
    },
    hide: (context, shown) => {
      if (!hideCredentials) return;
      // Outside Kong's profiles also where nobody was asked.
      const place = plain && isHmac(context) ? 'authorization' : plain ? undefined : shown?.place;
      if (place !== undefined) context.originHeaders.push([place, null]);
    },
  };
}

const isHmac = ({ headers }: Context): boolean => /^hmac( |$)/i.test(headers.get('authorization') ?? '');

/** Null where neither header is there; what the first one holds is no signature where the other is looked at. */
function findSignature(context: Context): Shown | Refusal | null {
  const places = context.kong === null ? ['authorization'] : ['proxy-authorization', 'authorization'];
  if (places.every((place) => headerNow(context, place) === null)) return null;
  for (const place of places) {
    const value = readAuthorization(context, place);
    if (value !== null && typeof value !== 'string') return value;
    const signature = value === null ? null : readSignature(value);
    if (signature !== null) return { signature, place };
  }
  return { signature: null, place: 'authorization' };
}

/** Whether a header holds a date within the clock's skew, in either direction, ends included; in whole seconds. */
function isRecent(context: Context, name: string, skewSeconds: number): boolean {
  const value = context.headers.get(name);
  const date = value === null ? null : parseHttpDate(value);
  return date !== null && Math.abs(Math.floor(context.startedAt / 1000) - date) <= skewSeconds;
}

/** Path and query as they were sent; Kong up to 2.8 took the decoded path without the query, too. */
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

/** Kong's words. Before 1.1 all but a missing signature were 403, and before 3.8 there was no challenge. */
function refusalsOf({ realm }: HmacAuthSettings, compat: Settings['compat']) {
  const old = compat === 'kong-2018';
  const challenge = old ? [] : [['WWW-Authenticate', challengeOf('hmac', realm, compat)] as const];
  const bad = (message: string): Refusal => refuse('bad_signature', old ? 403 : 401, message, challenge);
  return {
    missing: refuse('no_signature', 401, 'Unauthorized', challenge),
    outdated: bad(`${UNVERIFIABLE}, a valid date or x-date header is required for HMAC Authentication`),
    unverifiable: bad(UNVERIFIABLE),
    wrong: bad('HMAC signature does not match'),
  };
}
const UNVERIFIABLE = 'HMAC signature cannot be verified';
