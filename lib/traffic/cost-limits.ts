/**
 * Limits on what answers say they cost: Kong's response-ratelimiting. An answer names costs in a header ("video=2, image=1"); each is taken
 * from the caller's budget of that name, in fixed windows aligned to UTC.
 *
 * The origin is told beforehand what is left. An answer that costs something where nothing is left becomes a 429. Counts live in this isolate
 * alone. A full table gives up those whose windows have ended, then those that have used least, so that a flood of callers frees nobody.
 */
import type { Period } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Exit, Hooks, Isolate } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { windowStart } from '../limits/rate-limit.ts';
import { settingFor } from './setting-for.ts';

export interface CostLimits {
  /** The answer's header that names costs; it is not passed on. */
  readonly header: string;
  readonly limits: readonly CostLimit[];
  readonly by: 'consumer' | 'credential' | 'ip';
  /** Refuse whoever has used a budget up exactly, without asking the origin. */
  readonly refuseEarly: boolean;
  /** Leave X-RateLimit-* out of answers. */
  readonly hideHeaders: boolean;
  /** Routes with the same scope share their counts. */
  readonly scope: string;
}
export interface CostLimit {
  readonly name: string;
  /** Only those that are set, shortest first. */
  readonly windows: readonly { readonly period: Period; readonly limit: number }[];
}

/** What has been used in each window, and when the window began. */
interface Used {
  readonly windows: CostLimit['windows'];
  readonly starts: number[];
  readonly counts: number[];
}
export type Budgets = Map<string, Used>;
const CAPACITY = 20_000;

const shareOf = ({ windows, starts, counts }: Used, now: number): number =>
  Math.max(
    ...windows.map(({ period, limit }, i) =>
      starts[i] === windowStart(period, now) ? counts[i]! / limit : 0,
    ),
  );

/** Halves a full table. */
function makeRoom(budgets: Budgets, now: number): void {
  for (const share of [0, 0.1, 0.5, Infinity])
    for (const [key, used] of budgets)
      if (budgets.size > CAPACITY / 2 && shareOf(used, now) <= share) budgets.delete(key);
}

function usedOf(budgets: Budgets, key: string, { windows }: CostLimit, now: number): Used {
  let used = budgets.get(key);
  if (used === undefined) {
    if (budgets.size >= CAPACITY) makeRoom(budgets, now);
    used = { windows, starts: [], counts: [] };
    budgets.set(key, used);
  }
  for (const [i, { period }] of windows.entries()) {
    const start = windowStart(period, now);
    if (used.starts[i] !== start) used.counts[i] = 0;
    used.starts[i] = start;
  }
  return used;
}

/** What is left in each window; may be less than nothing. */
export function remaining(budgets: Budgets, key: string, limit: CostLimit, now: number): number[] {
  // Nobody is remembered for having spent nothing.
  if (!budgets.has(key)) return limit.windows.map((window) => window.limit);
  const { counts } = usedOf(budgets, key, limit, now);
  return limit.windows.map((window, i) => window.limit - counts[i]!);
}

export function spend(budgets: Budgets, key: string, limit: CostLimit, cost: number, now: number): void {
  const { counts } = usedOf(budgets, key, limit, now);
  for (let i = 0; i < counts.length; i++) counts[i]! += cost;
}

/** "video=2, image=1": the last of a name counts; what is not understood does not. */
export function parseCosts(text: string | null): ReadonlyMap<string, number> {
  const costs = new Map<string, number>();
  for (const part of text?.split(',') ?? []) {
    const [, name = '', cost] = /^\s*([^=\s]+)\s*=\s*(\d{1,15})\s*$/.exec(part) ?? [];
    if (cost !== undefined) costs.set(name, Number(cost));
  }
  return costs;
}

const keyOf = (
  { by, scope }: CostLimits,
  { consumer, credentialId, clientIp }: Context,
  name: string,
): string => {
  const whose = (by === 'consumer' ? consumer?.id : null) ?? (by === 'ip' ? null : credentialId) ?? clientIp;
  return `${scope}\n${name}\n${whose}`;
};

function tellOrigin(context: Context, costs: CostLimits, budgets: Budgets, now: number): Refusal | null {
  for (const limit of costs.limits) {
    const left = remaining(budgets, keyOf(costs, context, limit.name), limit, now);
    if (costs.refuseEarly && left.includes(0))
      return refuse('rate_limited', 429, `API rate limit exceeded for '${limit.name}'`);
    context.originHeaders.push([
      `x-ratelimit-remaining-${limit.name}`.toLowerCase(),
      String(Math.min(...left)),
    ]);
  }
  return null;
}

function settle(context: Context, exit: Exit, costs: CostLimits, budgets: Budgets, now: number): void {
  // An answer out of the cache has been paid for.
  const told = parseCosts(context.attempts > 0 ? exit.response.headers.get(costs.header) : null);
  const headers = exit.change();
  headers.delete(costs.header);
  const asked = costs.limits.map((limit) => {
    const key = keyOf(costs, context, limit.name);
    return { limit, key, cost: told.get(limit.name) ?? 0, left: remaining(budgets, key, limit, now) };
  });
  const refused = asked.some(({ cost, left }) => cost > 0 && Math.min(...left) <= 0);
  for (const { limit, key, cost, left } of asked) {
    if (!costs.hideHeaders) nameLimits(headers, limit, left, cost);
    if (cost > 0 && !refused) spend(budgets, key, limit, cost, now);
  }
  if (!refused) return;
  exit.response.body?.cancel().catch(() => undefined);
  const kept = new Headers(headers);
  kept.delete('content-encoding');
  kept.set('content-length', '0');
  exit.replace(new Response(null, { status: 429, headers: kept }));
}

function nameLimits(
  headers: Headers,
  { name, windows }: CostLimit,
  left: readonly number[],
  cost: number,
): void {
  for (const [i, { period, limit }] of windows.entries()) {
    headers.set(`X-RateLimit-Limit-${name}-${period}`, String(limit));
    headers.set(`X-RateLimit-Remaining-${name}-${period}`, String(Math.max(0, left[i]! - cost)));
  }
}

export function startCostLimits({ settings, runtime }: Isolate): Hooks {
  const budgets: Budgets = new Map();
  return {
    admit: (route) => {
      const setting = settingFor('costLimits', route, settings);
      return (
        setting &&
        ((context) => {
          const costs = setting(context);
          return costs && tellOrigin(context, costs, budgets, context.startedAt);
        })
      );
    },
    finish: (route) => {
      const setting = route && settingFor('costLimits', route, settings);
      return (
        setting &&
        ((context, exit) => {
          const costs = setting(context);
          // Only what an origin answered costs anything.
          if (costs && context.origin !== null && exit.status !== 101)
            settle(context, exit, costs, budgets, runtime.now());
        })
      );
    },
  };
}
