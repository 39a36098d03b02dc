/**
 * Caches responses: Kong's proxy-cache.
 *
 * An entry is the response as the origin sent it: CORS headers, limits and ids are added for each caller. (Kong stores
 * its own headers too, among them one caller's Access-Control-Allow-Origin.) Unlike in Kong, responses with Set-Cookie
 * are never stored.
 */
import type { Cache } from '../../config/types.ts';
import { cacheDirectives, freshSeconds } from '../../core/cache-control.ts';
import { refuse } from '../../core/errors.ts';
import type { Refusal } from '../../core/errors.ts';
import type { Exit, Hooks, Isolate } from '../../core/feature.ts';
import type { CacheUse, Context } from '../../core/request.ts';
import { platformCache } from '../../core/runtime.ts';
import type { Runtime } from '../../core/runtime.ts';
import { isDecoded, readAtMost } from '../../core/read-at-most.ts';
import { secretNames } from '../secret-names.ts';
import type { IsSecret } from '../secret-names.ts';
import { withSetting } from '../setting-for.ts';
import { isAcceptable, isListedType } from './freshness.ts';
import { carriesCredential, keyText } from './key.ts';
import { createStore, LARGEST_ENTRY } from './store.ts';
import type { Entry, Store } from './store.ts';

interface Parts {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly isSecret: IsSecret;
  readonly settings: Isolate['settings'];
}

const NOT_KEPT = refuse('cache_only', 504, '');
/** Hop-by-hop headers, and those that are computed for each response. */
const LEFT_OUT = new RegExp(
  '^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*' +
    '|content-length|content-encoding|age)$|ratelimit-remaining',
);

async function lookUpAnswer(
  context: Context,
  cache: Cache,
  parts: Parts,
): Promise<Response | Refusal | null> {
  const wishes = cacheDirectives(cache.obeyCacheControl ? context.headers.get('cache-control') : null);
  const use: CacheUse = { status: 'Bypass', key: null, age: 0 };
  context.cache = use;
  if (
    !(cache.methods as readonly string[]).includes(context.originMethod) ||
    context.headers.has('upgrade') ||
    wishes.has('no-store') ||
    wishes.has('no-cache') ||
    carriesCredential(context, cache, parts.isSecret)
  )
    return null;
  use.key = await parts.runtime.digest(keyText(context, cache));
  const now = parts.runtime.now();
  const entry = await parts.store.get(use.key, now);
  use.status = entry === null ? 'Miss' : 'Refresh';
  if (entry === null) return wishes.has('only-if-cached') ? NOT_KEPT : null;
  use.age = Math.max(0, Math.floor((now - entry.storedAt) / 1000));
  // With cache_control Kong serves stale entries unless the caller objects.
  const fresh =
    now - entry.storedAt <= entry.lifetime * 1000 || (cache.obeyCacheControl && context.kong !== null);
  if (!fresh || !isAcceptable(wishes, use.age, entry.lifetime)) return null;
  use.status = 'Hit';
  return answerFrom(entry, context, parts);
}

/** Treated like a response that the origin has just sent. */
function answerFrom(
  { status, headers, body, origin }: Entry,
  context: Context,
  { settings, runtime }: Parts,
): Response {
  if (context.pool < 0) context.pool = context.route?.pool ?? -1;
  context.origin = settings.pools[context.pool]?.origins.find(({ name }) => name === origin) ?? null;
  context.sentAt = context.answeredAt = runtime.now();
  const empty = context.method === 'HEAD' || body.byteLength === 0;
  return new Response(empty ? null : body, { status, headers: headers as [string, string][] });
}

/** Seconds for which the response may be reused; 0 or less if it must not be stored. */
function lifetimeOf(cache: Cache, context: Pick<Context, 'kong'>, response: Response, now: number): number {
  const { headers, status } = response;
  if (!cache.statuses.includes(status) || headers.has('set-cookie')) return 0;
  // They answer Range and If-None-Match, which are not in the key: the next caller may have sent neither.
  if (status === 206 || status === 304) return 0;
  if (cache.contentTypes !== null && !isListedType(cache.contentTypes, headers.get('content-type'))) return 0;
  // Kong ignores Vary. Bodies are stored decoded, so Accept-Encoding makes no difference.
  const varied = (headers.get('vary') ?? '').toLowerCase().split(/[\s,]+/);
  const kept = (name: string): boolean =>
    name === '' || name === 'accept-encoding' || name === 'origin' || cache.varyHeaders.includes(name);
  if (context.kong === null && !varied.every(kept)) return 0;
  if (!cache.obeyCacheControl) return cache.ttlSeconds;
  if (cacheDirectives(headers.get('cache-control')).has('private')) return 0;
  return freshSeconds(headers, now) ?? cache.ttlSeconds;
}

/** Stores a copy after the response has gone out. */
function keepAnswer(context: Context, response: Response, cache: Cache, parts: Parts): void {
  const use = context.cache;
  if (use === null || use.key === null || use.status === 'Hit') return;
  const now = parts.runtime.now();
  const lifetime = lifetimeOf(cache, context, response, now);
  const large = Number(response.headers.get('content-length') ?? 0) > LARGEST_ENTRY;
  if (lifetime <= 0 || large || !isDecoded(response)) {
    use.status = 'Bypass';
    return;
  }
  const { key } = use;
  const entry = {
    status: response.status,
    headers: [...response.headers].filter(([name]) => !LEFT_OUT.test(name)),
    storedAt: now,
    lifetime,
    storage: cache.storageSeconds ?? lifetime,
    origin: context.origin?.name ?? '',
  };
  const copy = response.clone().body;
  const body = copy === null ? Promise.resolve(new ArrayBuffer(0)) : readAtMost(copy, LARGEST_ENTRY);
  // A response that breaks off is not stored.
  const stored = body.then((bytes) =>
    bytes === null ? undefined : parts.store.put(key, { ...entry, body: bytes }),
  );
  context.waitUntil(stored.catch(() => undefined));
}

function showCacheStatus(context: Context, use: CacheUse, { change }: Exit, cache: Cache): void {
  const debug = context.kong !== null && context.headers.has('kong-debug');
  const shown = (name: Cache['show'][number]): boolean => debug || cache.show.includes(name);
  // The gateway's own answers are never from the cache.
  const status = context.origin === null ? 'Bypass' : use.status;
  if (shown('status')) change().set('X-Cache-Status', status);
  if (shown('key') && use.key !== null) change().set('X-Cache-Key', use.key);
  if (shown('age') && status === 'Hit') change().set('Age', String(use.age));
}

export function startCache({ settings, runtime }: Isolate): Hooks {
  const parts: Parts = {
    settings,
    runtime,
    store: createStore(platformCache),
    isSecret: secretNames(settings),
  };
  return {
    answer: (route) =>
      withSetting('cache', route, settings, (cache, context) => lookUpAnswer(context, cache, parts)),
    received: (route) =>
      withSetting('cache', route, settings, (cache, context, response: Response) =>
        keepAnswer(context, response, cache, parts),
      ),
    finish: (route) =>
      route &&
      withSetting('cache', route, settings, (cache, context, exit: Exit) => {
        if (context.cache) showCacheStatus(context, context.cache, exit, cache);
      }),
  };
}
