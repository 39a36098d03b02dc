/**
 * How much one caller may send: Kong's fixed windows, aligned to UTC, with Kong's headers (plugins/rate-limiting).
 *
 * Counts live in this isolate alone: a caller spread over n isolates may send up to n times the limit. What is promised
 * is the window, the headers and the memory. A full table gives up, of the few counters it looks at, the one that has
 * used least of its limit: a flood of invented callers pushes out its own, and nobody is forgiven by one. Every new
 * counter has two old ones looked at, so ended ones go without a sweep; a timer was rejected, Workers have none.
 * Only requests that are let through count.
 */
import type { Call } from './call.ts';
import type { Period, RateLimitSettings, Settings } from './config.ts';
import { refuse } from './errors.ts';
import type { Refusal } from './errors.ts';

interface Window {
  /** Ms since 1970. */
  start: number;
  end: number;
  /** Requests let through. */
  count: number;
}
interface Counter {
  readonly windows: readonly Window[];
  /** The fullest window's share of its limit. */
  used: number;
}
export interface Limits {
  readonly counters: Map<string, Counter>;
  readonly capacity: number;
  /** Where the look at old counters goes on. */
  hand: IterableIterator<[string, Counter]>;
}
export interface LimitResult {
  readonly allowed: boolean;
  readonly headers: [string, string][];
  /** Seconds until the fullest window ends; 0 where the request may pass. */
  readonly retryAfter: number;
}

const CAPACITY = 50_000;
const DAY = 86_400;
/** Seconds, as Kong counts them: a month is 30 days and a year 365, though both begin where the calendar's do. */
const LENGTHS: Record<Period, number> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: DAY,
  month: 30 * DAY,
  year: 365 * DAY,
};

/** An empty table of at most so many counters. */
export function createLimits(capacity = CAPACITY): Limits {
  const counters = new Map<string, Counter>();
  return { counters, capacity, hand: counters.entries() };
}

/** When the UTC window that holds `time` began; both in ms since 1970. */
export function windowStart(period: Period, time: number): number {
  if (period !== 'month' && period !== 'year') return time - (time % (LENGTHS[period] * 1000));
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), period === 'month' ? date.getUTCMonth() : 0);
}

/** Looks at the next old counters, drops the ended ones and, in a full table, the one that has used least. */
function makeRoom(limits: Limits, now: number): void {
  const { counters, capacity } = limits;
  const full = counters.size >= capacity;
  let least = '';
  let use = Infinity;
  for (let look = full ? 8 : 2; look > 0; look--) {
    let next = limits.hand.next();
    if (next.done) {
      limits.hand = counters.entries();
      next = limits.hand.next();
    }
    if (next.done) return;
    const [key, counter] = next.value;
    if (counter.windows.every((window) => window.end <= now)) counters.delete(key);
    else if (counter.used < use) {
      least = key;
      use = counter.used;
    }
  }
  if (counters.size >= capacity) counters.delete(least);
}

function counterOf(limits: Limits, settings: RateLimitSettings, identity: string, now: number): Counter {
  const key = `${settings.scope}\n${identity}`;
  let counter = limits.counters.get(key);
  if (!counter) {
    makeRoom(limits, now);
    counter = { windows: settings.windows.map(() => ({ start: 0, end: 0, count: 0 })), used: 0 };
    limits.counters.set(key, counter);
  }
  for (const [index, window] of counter.windows.entries()) {
    const period = settings.windows[index]?.period;
    if (!period || now < window.end) continue;
    window.start = windowStart(period, now);
    // A little more than the length leads into the next window, whatever the length of this month or year.
    window.end = windowStart(period, window.start + LENGTHS[period] * 1070);
    window.count = 0;
  }
  return counter;
}

const WORDS: Record<Period, string> = {
  second: 'Second',
  minute: 'Minute',
  hour: 'Hour',
  day: 'Day',
  month: 'Month',
  year: 'Year',
};

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
  const counter = counterOf(limits, settings, identity, now);
  const { windows } = settings;
  const left = (index: number): number => (windows[index]?.limit ?? 0) - (counter.windows[index]?.count ?? 0);
  let allowed = true;
  for (let index = 0; index < windows.length; index++) if (left(index) <= 0) allowed = false;

  const headers: [string, string][] = [];
  let tightest = { limit: 0, remaining: Infinity, length: 0, reset: 0 };
  counter.used = 0;
  for (const [index, { period, limit }] of windows.entries()) {
    const window = counter.windows[index];
    if (!window) continue;
    // A refusal is charged to the window that refuses, in the headers alone.
    const remaining = Math.max(0, left(index) - (allowed || left(index) <= 0 ? 1 : 0));
    if (allowed) window.count++;
    counter.used = Math.max(counter.used, window.count / limit);
    headers.push(
      [`X-RateLimit-Limit-${WORDS[period]}`, String(limit)],
      [`X-RateLimit-Remaining-${WORDS[period]}`, String(remaining)],
    );
    const length = LENGTHS[period];
    if (remaining > tightest.remaining || (remaining === tightest.remaining && length < tightest.length))
      continue;
    tightest = {
      limit,
      remaining,
      length,
      reset: Math.max(1, length - Math.floor((now - window.start) / 1000)),
    };
  }
  if (!legacy) {
    headers.push(
      ['RateLimit-Limit', String(tightest.limit)],
      ['RateLimit-Remaining', String(tightest.remaining)],
    );
    headers.push(['RateLimit-Reset', String(tightest.reset)]);
    if (!allowed) headers.push(['Retry-After', String(tightest.reset)]);
  }
  return { allowed, headers: settings.hideHeaders ? [] : headers, retryAfter: allowed ? 0 : tightest.reset };
}

/** Whose count a request goes to; without the identity asked for, the caller's address. */
export function limitIdentity(settings: RateLimitSettings, call: Call): string {
  const { by } = settings;
  if (typeof by === 'object') {
    if ('header' in by) return call.request.headers.get(by.header) ?? call.clientIp;
    return call.path === by.path ? by.path : call.clientIp;
  }
  if (by === 'service') return '';
  if (by === 'path') return call.path;
  const id = by === 'ip' ? null : ((by === 'consumer' ? call.consumer?.id : null) ?? call.credentialId);
  return id ?? call.clientIp;
}

/** Counts a request, by its consumer's own limit where it has one; its headers then stand in the call. Null: it may pass. */
export function limitCall(limits: Limits, settings: Settings, call: Call, now: number): Refusal | null {
  const { route, consumer } = call;
  const own = consumer && (route?.consumerLimits?.[consumer.id] ?? settings.consumerLimits?.[consumer.id]);
  const limit = own ?? route?.rateLimit;
  if (!limit) return null;
  const result = takeFromLimit(
    limits,
    limit,
    limitIdentity(limit, call),
    now,
    settings.answers === 'kong-2018',
  );
  call.answerHeaders.push(...result.headers);
  return result.allowed ? null : refuse('rate_limited', limit.status, limit.message);
}
