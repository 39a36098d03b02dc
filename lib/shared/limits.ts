/**
 * Rate limits across all isolates. If the isolate holds tokens, a request passes at once; otherwise it waits for the
 * companion's answer.
 *
 * The request that asks keeps the exchange alive with waitUntil, and each request that waits for it has its own timer
 * (auth/single-flight.ts says why). Unspent tokens are returned when their counter is idle; the request that asked last keeps a
 * timer for that.
 */
import type { RateLimitSettings, Settings } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate, Limiter, LimitResult } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { delay, hasCompanion, settledWithin } from '../core/runtime.ts';
import { xxh32 } from '../core/xxhash.ts';
import type { LeaseAnswer, LeaseAsk } from '../limits/lease-messages.ts';
import { limitHeaders } from '../limits/rate-limit.ts';
import {
  chunkMs,
  createLeases,
  createLink,
  failAsk,
  isAlone,
  nextAsk,
  receiveGrant,
  remainingOf,
  returnIdle,
  takeAlone,
  takeToken,
  useCounter,
} from '../limits/shared-limit.ts';
import type { Lease, LeaseCounter, LeaseLink, Leases } from '../limits/shared-limit.ts';
import { IDLE_MS, callCompanion, createCompanion, newEnvelope } from './companion.ts';
import type { Companion } from './companion.ts';

type WaitUntil = Context['waitUntil'];

interface SharedLimits {
  readonly companion: Companion;
  readonly leases: Leases;
  /** By shard. */
  readonly links: readonly LeaseLink[];
  /** The exchange in flight of each counter that has one. Never rejects. */
  readonly exchanges: Map<LeaseCounter, Promise<void>>;
  readonly compat: Settings['compat'];
}

/** How many exchanges a request waits for; after that it proceeds as if the companion were unreachable. */
const MOST_TURNS = 8;
const UNAVAILABLE = 'The rate limit could not be checked';

export function startSharedLimit({ settings, runtime }: Isolate): Hooks {
  const { shared, compat } = settings;
  if (!shared?.limits) return {};
  const { limits, onFailure, timeoutMs } = shared;
  const companion = createCompanion(shared, runtime);
  // A missing binding is a mistake; it must not remove every limit.
  const isOpen = onFailure === 'open' && !hasCompanion();
  const leases = createLeases({ limits, onFailure: isOpen ? 'local' : onFailure, timeoutMs });
  const links = Array.from({ length: shared.shards }, (_, shard) => createLink(shard));
  return { limiter: createLimiter({ companion, leases, links, exchanges: new Map(), compat }) };
}

function createLimiter(shared: SharedLimits): Limiter {
  const { companion, leases, links } = shared;
  return (limit, identity, { waitUntil }) => {
    const key = `${limit.scope}\n${identity}`;
    const link = links.length === 1 ? links[0]! : links[xxh32(key) % links.length]!;
    const now = companion.runtime.now();
    const counter = useCounter(leases, key, limit.windows, link, now);
    const lease = takeToken(leases, counter, now);
    if (lease === 'wait') {
      counter.waiting++;
      return waitForToken(shared, counter, waitUntil).then((late) => resultOf(shared, limit, counter, late));
    }
    void askForLease(shared, counter, false, waitUntil);
    return resultOf(shared, limit, counter, lease);
  };
}

/** With Kong's headers, unless `onFailure` is "open" and the companion is unreachable: the count is then unknown. */
function resultOf(
  { companion, leases, compat }: SharedLimits,
  limit: RateLimitSettings,
  counter: LeaseCounter,
  lease: Lease,
): LimitResult | Refusal {
  if (lease === 'unavailable')
    return compat
      ? refuse('limit_unknown', 500, 'An unexpected error occurred')
      : refuse('limit_unknown', 503, UNAVAILABLE, [['Retry-After', '1']]);
  const now = companion.runtime.now();
  const allowed = lease === 'pass';
  if (leases.settings.onFailure === 'open' && isAlone(counter, now)) return { allowed, headers: [] };
  return { allowed, headers: limitHeaders(limit, { allowed, remaining: remainingOf(counter) }, now, compat) };
}

async function waitForToken(
  shared: SharedLimits,
  counter: LeaseCounter,
  waitUntil: WaitUntil,
): Promise<Lease> {
  const { leases, companion } = shared;
  const { runtime, settings } = companion;
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const exchange = askForLease(shared, counter, true, waitUntil);
    if (exchange === null) break;
    await settledWithin(exchange, settings.timeoutMs + 50, runtime);
    const lease = takeToken(leases, counter, runtime.now());
    if (lease === 'wait') continue;
    void askForLease(shared, counter, false, waitUntil);
    return lease;
  }
  return takeAlone(leases, counter);
}

/** Asks for the tokens that are due, or joins the exchange in flight; null if there is neither. */
function askForLease(
  shared: SharedLimits,
  counter: LeaseCounter,
  waits: boolean,
  waitUntil: WaitUntil,
): Promise<void> | null {
  const { companion, leases, exchanges } = shared;
  const message = nextAsk(leases, counter, companion.runtime.now(), waits);
  if (message === null) return exchanges.get(counter) ?? null;
  const exchange: Promise<void> = exchangeAsk(shared, counter, message).then(() => {
    if (exchanges.get(counter) === exchange) exchanges.delete(counter);
  });
  exchanges.set(counter, exchange);
  waitUntil(exchange);
  giveBackLater(shared, counter, waitUntil);
  return exchange;
}

/** Sends a message under a new sequence number. Returns the companion's answer, null if none came. */
async function postAsks(
  { companion }: SharedLimits,
  link: LeaseLink,
  asks: readonly LeaseAsk[],
): Promise<LeaseAnswer | null> {
  const message = { ...newEnvelope(companion, link), asks };
  const answer = await callCompanion<LeaseAnswer>(companion, `/lease?shard=${link.shard}`, message);
  if (answer !== null) link.session = answer.session;
  return answer;
}

async function exchangeAsk(shared: SharedLimits, counter: LeaseCounter, message: LeaseAsk): Promise<void> {
  const answer = await postAsks(shared, counter.link, [message]);
  const now = shared.companion.runtime.now();
  const grant = answer?.grants[0];
  if (grant === undefined) return failAsk(counter, message, now);
  counter.link.isolates = Math.max(1, answer?.isolates ?? 1);
  receiveGrant(counter, message, grant, now);
}

/** One timer per shard. It is lost if its request is killed, so it counts only until it should have fired. */
function giveBackLater(shared: SharedLimits, counter: LeaseCounter, waitUntil: WaitUntil): void {
  const { link } = counter;
  const { runtime } = shared.companion;
  const now = runtime.now();
  if (now < link.sweepsAt && link.sweepsAt <= now + IDLE_MS) return;
  const ms = Math.min(IDLE_MS, 2.2 * chunkMs(counter));
  link.sweepsAt = now + ms;
  waitUntil(
    delay(runtime, ms).then(async () => {
      const asks = returnIdle(shared.leases, link, runtime.now());
      if (asks.length > 0) await postAsks(shared, link, asks);
    }),
  );
}
