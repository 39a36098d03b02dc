/**
 * Rate limits: Kong's fixed windows, aligned to UTC, with Kong's headers (plugins/rate-limiting).
 *
 * Counts are per isolate: a caller spread over n isolates may send up to n times the limit. The table of counters is
 * limit-counters.ts. Only requests that pass are counted.
 */
import { callerNetworkOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { Period, RateLimitSettings, Settings } from '../config/types.ts';
import type { Hooks, Isolate, Limiter, LimitResult, Parts } from '../core/feature.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import { createLimits, windowsOf } from './limit-counters.ts';
import type { Limits } from './limit-counters.ts';
import { LENGTHS_MS, windowEnd, windowStart } from './windows.ts';

/**
 * Checks one request of this identity at `now` (ms since 1970), and counts it if it may pass. `compat` decides how long
 * a month is, and which version's headers are sent.
 */
export function takeFromLimit(
  limits: Limits,
  settings: RateLimitSettings,
  identity: string,
  now: number,
  compat: Settings['compat'] = null,
): LimitResult {
  const windows = windowsOf(limits, settings, identity, now);
  const allowed = windows.every(({ count, limit }) => count < limit);
  if (allowed) for (const window of windows) window.count++;
  const remaining = windows.map(({ count, limit }) => Math.max(0, limit - count));
  return { allowed, headers: limitHeaders(settings, { allowed, remaining }, now, compat) };
}

/** Kong's headers; `remaining` is what is left of each window once the request is counted. */
export function limitHeaders(
  { windows, hideHeaders }: RateLimitSettings,
  { allowed, remaining }: { allowed: boolean; remaining: readonly number[] },
  now: number,
  compat: Settings['compat'],
): [string, string][] {
  const headers: [string, string][] = [];
  if (hideHeaders) return headers;
  let [most, least, seconds] = [0, Infinity, 0];
  windows.forEach(({ period, limit }, i) => {
    const rest = remaining[i] as number;
    const name = period.charAt(0).toUpperCase() + period.slice(1);
    headers.push(
      [`X-RateLimit-Limit-${name}`, String(limit)],
      [`X-RateLimit-Remaining-${name}`, String(rest)],
    );
    // Windows are ordered from short to long: of two equals, the longer one counts.
    if (rest > least) return;
    most = limit;
    least = rest;
    seconds = secondsLeft(period, now, compat);
  });
  if (compat === 'kong-2018') return headers;
  headers.push(
    ['RateLimit-Limit', String(most)],
    ['RateLimit-Remaining', String(least)],
    ['RateLimit-Reset', String(seconds)],
  );
  if (!allowed) headers.push(['Retry-After', String(seconds)]);
  return headers;
}

/** Seconds until the window ends, at least 1; Kong's months have 30 days and its years 365. */
function secondsLeft(period: Period, now: number, compat: Settings['compat']): number {
  if (compat === null) return Math.max(1, Math.ceil((windowEnd(period, now) - now) / 1000));
  return Math.max(1, LENGTHS_MS[period] / 1000 - Math.floor((now - windowStart(period, now)) / 1000));
}

/** The identity that a request is counted under; if it has none of that kind, the caller's address. */
export function limitIdentity(
  { by }: RateLimitSettings,
  context: Context,
  limitKey: Parts['limitKey'],
): string {
  const { consumer, credentialId } = context;
  const key =
    by === 'consumer'
      ? (consumer?.id ?? credentialId)
      : by === 'credential'
        ? credentialId
        : limitKey?.(by, context);
  return key ?? callerNetworkOf(context);
}

export function startRateLimit({ settings, hooks, parts, runtime }: Isolate): Hooks {
  const limits = createLimits();
  // Not the time of the request's arrival: one that was held up by its body would bring back a window that has ended,
  // and so empty the present one.
  const countHere: Limiter = (limit, identity) =>
    takeFromLimit(limits, limit, identity, runtime.now(), settings.compat);
  return {
    admit: ({ rateLimit, consumerLimits }) => {
      if (!rateLimit && !consumerLimits && !settings.consumerLimits) return null;
      const count = hooks.find(({ limiter }) => limiter)?.limiter ?? countHere;
      return (context) => {
        const limit = parts.consumerLimit?.(settings, context) ?? rateLimit ?? null;
        if (limit === null) return null;
        const result = count(limit, limitIdentity(limit, context, parts.limitKey), context);
        return result instanceof Promise
          ? result.then((taken) => judgeLimit(context, limit, taken))
          : judgeLimit(context, limit, result);
      };
    },
  };
}

/** Adds the limit's headers to the context. Null: the request may pass. */
function judgeLimit(
  context: Context,
  limit: RateLimitSettings,
  result: LimitResult | Refusal,
): Refusal | null {
  if ('reason' in result) return result;
  context.answerHeaders.push(...result.headers);
  return result.allowed ? null : refuse('rate_limited', limit.status, limit.message);
}
