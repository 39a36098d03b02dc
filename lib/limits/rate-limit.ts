/**
 * How much one caller may send: Kong's fixed windows, aligned to UTC, with Kong's headers (plugins/rate-limiting).
 *
 * Counts live in this isolate alone: a caller spread over n isolates may send up to n times the limit. The table of counters is
 * limit-counters.ts. Only requests that are let through count.
 */
import type { Context } from '../core/request.ts';
import type { Period, RateLimitSettings, Settings } from '../config/types.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import { normalisePath } from '../core/url-path.ts';
import { xxh32 } from '../core/xxhash.ts';
import { counterOf, createLimits, PERIODS } from './limit-counters.ts';
import type { Limits } from './limit-counters.ts';
import { LENGTHS_MS, windowEnd, windowStart } from './windows.ts';

export interface LimitResult {
  readonly allowed: boolean;
  readonly headers: [string, string][];
}

const namesOf = (start: string): Record<Period, string> =>
  Object.fromEntries(
    PERIODS.map((period) => [period, start + period.charAt(0).toUpperCase() + period.slice(1)]),
  ) as Record<Period, string>;
const LIMIT_NAMES = namesOf('X-RateLimit-Limit-');
const REMAINING_NAMES = namesOf('X-RateLimit-Remaining-');

/**
 * Asks for one request of this identity at `now` (ms since 1970) and counts it if it may pass. `compat` decides how long a month is, and
 * of which age the headers are.
 */
export function takeFromLimit(
  limits: Limits,
  settings: RateLimitSettings,
  identity: string,
  now: number,
  compat: Settings['compat'] = null,
): LimitResult {
  const { windows, hideHeaders } = settings;
  const counter = counterOf(limits, settings, identity, now);
  const used = (period: Period): number => counter.counts[PERIODS.indexOf(period)] as number;
  const allowed = windows.every(({ period, limit }) => limit > used(period));
  const headers: [string, string][] = [];
  let [most, least, seconds] = [0, Infinity, 0];
  for (const { period, limit } of windows) {
    const before = limit - used(period);
    // A refusal is charged to the window that refuses, in the headers alone.
    const remaining = Math.max(0, before - Number(allowed || before <= 0));
    if (allowed) counter.counts[PERIODS.indexOf(period)]!++;
    if (!hideHeaders)
      headers.push([LIMIT_NAMES[period], String(limit)], [REMAINING_NAMES[period], String(remaining)]);
    // Windows stand from short to long: of equals the longer one counts.
    if (remaining > least) continue;
    most = limit;
    least = remaining;
    seconds = secondsLeft(period, now, compat);
  }
  if (hideHeaders || compat === 'kong-2018') return { allowed, headers };
  headers.push(
    ['RateLimit-Limit', String(most)],
    ['RateLimit-Remaining', String(least)],
    ['RateLimit-Reset', String(seconds)],
  );
  if (!allowed) headers.push(['Retry-After', String(seconds)]);
  return { allowed, headers };
}

/** Until the window ends, at least 1; Kong's months have 30 days and its years 365. */
function secondsLeft(period: Period, now: number, compat: Settings['compat']): number {
  if (compat === null) return Math.max(1, Math.ceil((windowEnd(period, now) - now) / 1000));
  return Math.max(1, LENGTHS_MS[period] / 1000 - Math.floor((now - windowStart(period, now)) / 1000));
}

/** What callers write may be long, or a secret: the table holds 64 bits of it. */
const shortText = (text: string | null): string | null => text && `${xxh32(text)} ${xxh32(' ' + text)}`;

/** Whose count a request goes to; without the identity asked for, the caller's address. Paths count in their normal form. */
export function limitIdentity(
  { by }: RateLimitSettings,
  { path, headers, consumer, credentialId, clientIp }: Context,
): string {
  if (typeof by === 'object') {
    if ('path' in by) return normalisePath(path) === by.path ? by.path : clientIp;
    return shortText(headers.get(by.header)) ?? clientIp;
  }
  if (by === 'service') return '';
  if (by === 'path') return shortText(normalisePath(path)) ?? '';
  return (by === 'consumer' ? consumer?.id : null) ?? (by === 'ip' ? null : credentialId) ?? clientIp;
}

/** Counts a request, by its consumer's own limit where it has one; its headers then stand in the context. Null: it may pass. */
export function limitRequest(
  limits: Limits,
  settings: Settings,
  context: Context,
  now: number,
): Refusal | null {
  const { route, consumer } = context;
  const own =
    consumer &&
    (limitOf(route?.consumerLimits, consumer.id) ?? limitOf(settings.consumerLimits, consumer.id));
  const limit = own ?? route?.rateLimit;
  if (!limit) return null;
  const identity = limitIdentity(limit, context);
  const { allowed, headers } = takeFromLimit(limits, limit, identity, now, settings.compat);
  context.answerHeaders.push(...headers);
  return allowed ? null : refuse('rate_limited', limit.status, limit.message);
}

/** A verifier may call a consumer "constructor". */
function limitOf(limits: Settings['consumerLimits'] | undefined, id: string): RateLimitSettings | undefined {
  return limits && Object.hasOwn(limits, id) ? limits[id] : undefined;
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
