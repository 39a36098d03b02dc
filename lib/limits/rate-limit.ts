/**
 * How much one caller may send: Kong's fixed windows, aligned to UTC, with Kong's headers (plugins/rate-limiting).
 *
 * Counts live in this isolate alone: a caller spread over n isolates may send up to n times the limit. What is promised
 * is the window, the headers and the memory. A full table gives up the counters whose windows have ended, then those that
 * have used least of their limit: a flood of invented callers pushes out its own, and frees nobody who is near a limit.
 * That sweep costs milliseconds, once in ten thousand new callers; looking at a few counters each time was rejected for its
 * size, a timer because Workers have none. Only requests that are let through count.
 */
import { callerNetworkOf, normalPathOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { Period, RateLimitSettings, Settings } from '../config/types.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import { normalisePath, pathBytes } from '../core/url-path.ts';
import { xxh32 } from '../core/xxhash.ts';

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
export interface LimitResult {
  readonly allowed: boolean;
  readonly headers: [string, string][];
}

const CAPACITY = 20_000;
/** Seconds, as Kong counts them: a month is 30 days and a year 365, though both begin where the calendar's do. */
const LENGTHS: Record<Period, number> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  month: 2_592_000,
  year: 31_536_000,
};

const namesOf = (start: string): Record<Period, string> =>
  Object.fromEntries(
    Object.keys(LENGTHS).map((period) => [period, start + period.charAt(0).toUpperCase() + period.slice(1)]),
  ) as Record<Period, string>;
const LIMIT_NAMES = namesOf('X-RateLimit-Limit-');
const REMAINING_NAMES = namesOf('X-RateLimit-Remaining-');

/** An empty table of at most so many counters. */
export const createLimits = (capacity = CAPACITY): Limits => ({ counters: new Map(), capacity });

/** When the UTC window that holds `time` began; both in ms since 1970. */
export function windowStart(period: Period, time: number): number {
  if (LENGTHS[period] < 1e6) return time - (time % (LENGTHS[period] * 1000));
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), period === 'month' ? date.getUTCMonth() : 0);
}

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
  const { windows, hideHeaders } = settings;
  const { starts, counts } = counterOf(limits, settings, identity, now);
  const allowed = windows.every(({ limit }, i) => limit > counts[i]!);
  const headers: [string, string][] = [];
  let [most, least, seconds] = [0, Infinity, 0];
  for (let i = 0; i < windows.length; i++) {
    const { period, limit } = windows[i]!;
    const before = limit - counts[i]!;
    // A refusal is charged to the window that refuses, in the headers alone.
    const remaining = Math.max(0, before - Number(allowed || before <= 0));
    if (allowed) counts[i] = limit - remaining;
    if (hideHeaders) continue;
    headers.push([LIMIT_NAMES[period], String(limit)], [REMAINING_NAMES[period], String(remaining)]);
    // Windows stand from short to long: of equals the longer one counts.
    if (remaining > least) continue;
    most = limit;
    least = remaining;
    seconds = Math.max(1, LENGTHS[period] - Math.floor((now - starts[i]!) / 1000));
  }
  if (hideHeaders || legacy) return { allowed, headers };
  headers.push(
    ['RateLimit-Limit', String(most)],
    ['RateLimit-Remaining', String(least)],
    ['RateLimit-Reset', String(seconds)],
  );
  if (!allowed) headers.push(['Retry-After', String(seconds)]);
  return { allowed, headers };
}

/** What callers write may be long, or a secret: the table holds 64 bits of it. */
const shortText = (text: string | null): string | null => text && `${xxh32(text)} ${xxh32(' ' + text)}`;

/** Whose count a request goes to; without the identity asked for, the caller's address. */
export function limitIdentity({ by }: RateLimitSettings, context: Context): string {
  const { headers, consumer, credentialId } = context;
  if (typeof by === 'object') {
    if (!('path' in by)) return shortText(headers.get(by.header)) ?? callerNetworkOf(context);
    return normalPathOf(context) === normalisePath(pathBytes(by.path)) ? by.path : callerNetworkOf(context);
  }
  if (by === 'service') return '';
  if (by === 'path') return shortText(normalPathOf(context)) ?? '';
  const known = (by === 'consumer' ? consumer?.id : null) ?? (by === 'ip' ? null : credentialId);
  return known ?? callerNetworkOf(context);
}

/** Counts a request, by its consumer's own limit where it has one; its headers then stand in the call. Null: it may pass. */
export function limitRequest(
  limits: Limits,
  settings: Settings,
  context: Context,
  now: number,
): Refusal | null {
  const { route, consumer } = context;
  const own = consumer && (route?.consumerLimits?.[consumer.id] ?? settings.consumerLimits?.[consumer.id]);
  const limit = own ?? route?.rateLimit;
  if (!limit) return null;
  const { allowed, headers } = takeFromLimit(
    limits,
    limit,
    limitIdentity(limit, context),
    now,
    settings.compat === 'kong-2018',
  );
  context.answerHeaders.push(...headers);
  return allowed ? null : refuse('rate_limited', limit.status, limit.message);
}

export function startRateLimit({ settings }: Isolate): Hooks {
  const limits = createLimits();
  return {
    admit: ({ rateLimit, consumerLimits }) =>
      rateLimit || consumerLimits || settings.consumerLimits
        ? (context) => limitRequest(limits, settings, context, context.startedAt)
        : null,
  };
}
