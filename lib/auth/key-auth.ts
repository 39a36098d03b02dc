/**
 * API keys: key -> digest -> consumer, by the configured credentials or by a verifier.
 *
 * A recently used key costs one look-up; any other key a digest in addition. On routes without authentication the Kong
 * profiles forward the caller's own identity headers, as Kong does; otherwise they are removed there too if any route
 * has authentication (unasked.ts).
 */
import {
  checkKey,
  createVerifierCache,
  freshnessOf,
  hashedKey,
  lookUpVerdict,
  CHECK_RETRY_MS,
} from '../auth-cache.ts';
import type { HashedKey, VerifierCache } from '../auth-cache.ts';
import type { AuthSettings, Settings } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate, MaybePromise, Parts, VerdictTier } from '../core/feature.ts';
import { countKey } from '../core/metrics.ts';
import type { Context } from '../core/request.ts';
import type { Runtime } from '../core/runtime.ts';
import { admitBy } from './admit.ts';
import type { Authenticator, Authenticated } from './admit.ts';
import { challengeOf } from './authorization.ts';
import { findKey, hideKeys } from './api-key.ts';
import type { Found } from './api-key.ts';
import { claimedNames } from './consumer-headers.ts';
import type { Entry } from './packed-entry.ts';
import { hasFreeSlot, isInFlight } from './single-flight.ts';
import { varyBy } from './vary.ts';
import type { Verdict } from './verifier.ts';
import { anonymousCaller, callerByDigest, createCredentials } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { keepWarm } from './warm-keys.ts';

const NO_VERDICT = refuse('no_verdict', 503, 'API key could not be verified', [
  ['Retry-After', String(CHECK_RETRY_MS / 1000)],
]);

export function startKeyAuth({ settings, runtime, hooks, parts }: Isolate): Hooks {
  const { compat, consumers } = settings;
  const credentials = createCredentials(consumers);
  const tier = hooks.find(({ verdictTier }) => verdictTier)?.verdictTier ?? null;
  const caches = new Map<string, VerifierCache>();
  return {
    admit: ({ auth }) => {
      if (!auth) return null;
      const { hideAsKong } = parts;
      const cache = cacheOf(caches, auth, tier);
      const authenticator = keyAuthenticator({ auth, compat, credentials, cache, runtime, hideAsKong });
      return admitBy(authenticator, anonymousCaller(consumers, auth.anonymous));
    },
    finish: (route) =>
      route?.auth?.keyIn.includes('header') && compat === null
        ? varyBy(route.auth.keyNames.join(', '))
        : null,
    verdicts: () => [...caches.values()],
  };
}

/** The verifier cache of a route: those with the same verifier and cache settings share one. */
export function cacheOf(
  caches: Map<string, VerifierCache>,
  auth: AuthSettings,
  tier: VerdictTier | null,
): VerifierCache {
  const terms = JSON.stringify([auth.verify, auth.cache]);
  const cache = caches.get(terms) ?? createVerifierCache(auth, tier);
  caches.set(terms, cache);
  return cache;
}

/** Key authentication of one route. */
interface KeyAuth {
  readonly auth: AuthSettings;
  readonly compat: Settings['compat'];
  readonly credentials: Credentials;
  readonly cache: VerifierCache;
  readonly runtime: Runtime;
  readonly hideAsKong: Parts['hideAsKong'];
}

function keyAuthenticator(keyAuth: KeyAuth): Authenticator<Found> {
  const { auth, compat, hideAsKong } = keyAuth;
  const { realm, keyNames, hideCredentials, runOnPreflight } = auth;
  const challenge = challengeOf('Key', realm, compat);
  const unauthorized = (reason: 'no_key' | 'duplicate_key' | 'bad_key', message: string): Refusal =>
    refuse(reason, 401, message, [['WWW-Authenticate', challenge]]);
  const noKey = unauthorized('no_key', 'No API key found in request');
  const duplicate = unauthorized('duplicate_key', 'Duplicate API key found');
  const bad = unauthorized('bad_key', 'Unauthorized');
  const fromVerifier = auth.verify?.upstreamHeaders.map(([name]) => name) ?? [];
  return {
    runOnPreflight,
    claimed: claimedNames(hideCredentials ? [...fromVerifier, ...keyNames] : fromVerifier),
    find: (context) => {
      const found = findKey(auth, context.headers, context.query.slice(1), context.fields);
      if (found === null) return noKey;
      if (found.repeated) return duplicate;
      if (found.key === '') return compat === 'kong-2018' ? bad : noKey;
      return found;
    },
    verify: (context, { key, joined }) => verifyKey(keyAuth, context, key, joined ? duplicate : bad),
    hide: (context, found) => {
      // Under Kong's profiles too, a caller must not set the headers that come from a verifier.
      if (compat !== null) for (const name of fromVerifier) context.originHeaders.push([name, null]);
      if (!hideCredentials) return;
      if (compat === null) hideKeys(context, keyNames);
      else if (found !== null) hideAsKong?.(context, found.name);
    },
  };
}

type Judged = Authenticated | Refusal;

/** The caller that a key belongs to; `bad` for a bad key, another refusal if there is no verdict. */
function verifyKey(keyAuth: KeyAuth, context: Context, key: string, bad: Refusal): MaybePromise<Judged> {
  const { cache, runtime } = keyAuth;
  const warm = cache.warm.get(key);
  if (warm) return judgeKey(keyAuth, context, key, warm, bad);
  return runtime.digest(key).then((digest) => judgeKey(keyAuth, context, key, hashedKey(digest), bad));
}

/**
 * While the verifier is down, an unknown key is neither accepted nor called bad, and a known one is accepted until
 * staleSeconds have passed.
 */
function judgeKey(
  { credentials, cache, runtime }: KeyAuth,
  { metrics, waitUntil }: Context,
  key: string,
  hashed: HashedKey,
  bad: Refusal,
): MaybePromise<Judged> {
  const { warm, auth, flights } = cache;
  const { digest } = hashed;
  const now = runtime.now();
  const configured = callerByDigest(credentials, digest, now);
  if (configured) keepWarm(warm, key, hashed);
  if (configured || auth.verify === null) {
    countKey(metrics, 'hits');
    return configured ?? bad;
  }
  const entry = lookUpVerdict(cache, hashed);
  const freshness = freshnessOf(cache, entry, now);
  if (entry?.good && freshness !== 'expired') keepWarm(warm, key, hashed);
  else warm.delete(key);
  const judged = (verdict: Verdict | Entry | null | undefined): Judged => {
    if (!verdict) return NO_VERDICT;
    return verdict.good ? { identity: verdict, credentialId: digest } : bad;
  };
  const check = (known: boolean): Promise<Verdict | null> =>
    checkKey(cache, digest, key, known, { runtime, waitUntil });
  if (entry === undefined || freshness === 'expired') {
    countKey(metrics, 'misses');
    return check(false).then(judged);
  }
  if (freshness === 'stale' && hasFreeSlot(flights, now)) {
    return check(true).then((verdict) => {
      countKey(metrics, verdict === null ? 'stale' : 'misses');
      return judged(verdict ?? lookUpVerdict(cache, hashed));
    });
  }
  countKey(metrics, now < entry.freshUntil ? 'hits' : 'stale');
  // In the background: this caller's verdict is still valid, or the verifier is overloaded.
  if (freshness !== 'fresh' && !isInFlight(flights, digest, now)) waitUntil(check(true));
  return judged(entry);
}
