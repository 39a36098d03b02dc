/**
 * How much one caller may send: Kong's fixed windows, aligned to UTC, with Kong's headers (plugins/rate-limiting).
 *
 * Counts live in this isolate alone: a caller spread over n isolates may send up to n times the limit. What is promised
 * is the window, the headers and the memory. A full table gives up the counters whose windows have ended, then those that
 * have used least of their limit: a flood of invented callers pushes out its own, and frees nobody who is near a limit.
 * That sweep costs milliseconds, once in ten thousand new callers; looking at a few counters each time was rejected for its
 * size, a timer because Workers have none. Only requests that are let through count.
 */
import type { Context } from '../core/request.ts';
import type { Period, RateLimitSettings, Settings } from '../config/types.ts';
import type { Hooks, Isolate, Limiter, LimitResult } from '../core/feature.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import { xxh32 } from '../core/xxhash.ts';
import { LENGTHS_MS, windowStart } from './windows.ts';

interface Counter {
  readonly windows: RateLimitSettings['windows'];
  /** When each window began, ms since 1970, and what was let through in it. */
  readonly starts: number[];
  readonly counts: number[];
}
export interface Limits {
  readonly counters: Map<string, Counter>;
  readonly capacity: number;
}

const CAPACITY = 20_000;
const namesOf = (start: string): Record<Period, string> =>
  Object.fromEntries(
    Object.keys(LENGTHS_MS).map((period) => [
      period,
      start + period.charAt(0).toUpperCase() + period.slice(1),
    ]),
  ) as Record<Period, string>;
const LIMIT_NAMES = namesOf('X-RateLimit-Limit-');
const REMAINING_NAMES = namesOf('X-RateLimit-Remaining-');

/** An empty table of at most so many counters. */
export const createLimits = (capacity = CAPACITY): Limits => ({ counters: new Map(), capacity });

/** The share of its limit that the fullest window has used; 0 where all have ended. */
const shareOf = ({ windows, starts, counts }: Counter, now: number): number =>
  Math.max(
    ...windows.map(({ period, limit }, i) =>
      starts[i] === windowStart(period, now) ? counts[i]! / limit : 0,
    ),
  );

/** Halves a full table: the ended counters go, then those that have used least, the oldest first. */
function makeRoom({ counters, capacity }: Limits, now: number): void {
  for (const spare of [0, 0.1, 0.5, 1])
    if (counters.size >= capacity)
      for (const [key, counter] of counters)
        if (counters.size > capacity / 2 && shareOf(counter, now) <= spare) counters.delete(key);
}

function counterOf(
  limits: Limits,
  { windows, scope }: RateLimitSettings,
  identity: string,
  now: number,
): Counter {
  const key = `${scope}\n${identity}`;
  let counter = limits.counters.get(key);
  if (!counter) {
    makeRoom(limits, now);
    counter = { windows, starts: [], counts: [] };
    limits.counters.set(key, counter);
  }
  for (let i = 0; i < windows.length; i++) {
    const start = windowStart(windows[i]!.period, now);
    if (counter.starts[i] === start) continue;
    counter.starts[i] = start;
    counter.counts[i] = 0;
  }
  return counter;
}

/**
 * Asks for one request of this identity at `now` (ms since 1970) and counts it if it may pass. `legacy` leaves out the
 * headers that Kong 2.0 brought.
 */
export function takeFromLimit(
  limits: Limits,
  settings: RateLimitSettings,
  identity: string,
  now: number,
  legacy = false,
): LimitResult {
  const { starts, counts } = counterOf(limits, settings, identity, now);
  const { windows } = settings;
  const allowed = windows.every(({ limit }, i) => limit > counts[i]!);
  if (allowed) for (let i = 0; i < windows.length; i++) counts[i]!++;
  const remaining = windows.map(({ limit }, i) => Math.max(0, limit - counts[i]!));
  return { allowed, headers: limitHeaders(settings, { allowed, starts, remaining }, now, legacy) };
}

/** Where a caller stands once its request is counted, for each window. */
export interface LimitStanding {
  readonly allowed: boolean;
  readonly starts: readonly number[];
  readonly remaining: readonly number[];
}

export function limitHeaders(
  { windows, hideHeaders }: RateLimitSettings,
  { allowed, starts, remaining }: LimitStanding,
  now: number,
  legacy: boolean,
): [string, string][] {
  const headers: [string, string][] = [];
  if (hideHeaders) return headers;
  let [most, least, seconds] = [0, Infinity, 0];
  for (let i = 0; i < windows.length; i++) {
    const { period, limit } = windows[i]!;
    const rest = remaining[i]!;
    headers.push([LIMIT_NAMES[period], String(limit)], [REMAINING_NAMES[period], String(rest)]);
    // Windows stand from short to long: of equals the longer one counts.
    if (rest > least) continue;
    most = limit;
    least = rest;
    seconds = Math.max(1, LENGTHS_MS[period] / 1000 - Math.floor((now - starts[i]!) / 1000));
  }
  if (legacy) return headers;
  headers.push(
    ['RateLimit-Limit', String(most)],
    ['RateLimit-Remaining', String(least)],
    ['RateLimit-Reset', String(seconds)],
  );
  if (!allowed) headers.push(['Retry-After', String(seconds)]);
  return headers;
}

/** What callers write may be long, or a secret: the table holds 64 bits of it. */
const shortText = (text: string | null): string | null => text && `${xxh32(text)} ${xxh32(' ' + text)}`;

/** Whose count a request goes to; without the identity asked for, the caller's address. */
export function limitIdentity(
  { by }: RateLimitSettings,
  { path, headers, consumer, credentialId, clientIp }: Context,
): string {
  if (typeof by === 'object') {
    if ('path' in by) return path === by.path ? path : clientIp;
    return shortText(headers.get(by.header)) ?? clientIp;
  }
  if (by === 'service') return '';
  if (by === 'path') return shortText(path) ?? '';
  return (by === 'consumer' ? consumer?.id : null) ?? (by === 'ip' ? null : credentialId) ?? clientIp;
}

/** The limit of a request: its consumer's own where it has one. */
function limitOf({ consumerLimits }: Settings, { route, consumer }: Context): RateLimitSettings | null {
  const own = consumer && (route?.consumerLimits?.[consumer.id] ?? consumerLimits?.[consumer.id]);
  return own ?? route?.rateLimit ?? null;
}

export function startRateLimit({ settings, hooks }: Isolate): Hooks {
  const limits = createLimits();
  const legacy = settings.compat === 'kong-2018';
  const countHere: Limiter = (limit, identity, { startedAt }) =>
    takeFromLimit(limits, limit, identity, startedAt, legacy);
  return {
    admit: ({ rateLimit, consumerLimits }) => {
      if (!rateLimit && !consumerLimits && !settings.consumerLimits) return null;
      const count = hooks.find(({ limiter }) => limiter)?.limiter ?? countHere;
      return (context) => {
        const limit = limitOf(settings, context);
        if (limit === null) return null;
        const result = count(limit, limitIdentity(limit, context), context);
        return result instanceof Promise
          ? result.then((settled) => judgeLimit(context, limit, settled))
          : judgeLimit(context, limit, result);
      };
    },
  };
}

/** The headers of a counted request stand in the context. Null: it may pass. */
function judgeLimit(
  context: Context,
  limit: RateLimitSettings,
  result: LimitResult | Refusal,
): Refusal | null {
  if ('reason' in result) return result;
  context.answerHeaders.push(...result.headers);
  return result.allowed ? null : refuse('rate_limited', limit.status, limit.message);
}
