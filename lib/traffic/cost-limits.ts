/**
 * Limits on costs that the origin reports: Kong's response-ratelimiting. An answer names costs in a header ("video=2,
 * image=1"); each is charged to the caller's budget of that name, in fixed windows aligned to UTC.
 *
 * The request carries what is left to the origin. An answer that costs something when nothing is left becomes a 429.
 * Counters are this isolate's own, in a table like the rate limit's.
 */
import type { CostLimit, CostLimits } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Exit, Hooks, Isolate } from '../core/feature.ts';
import { memo } from '../core/memo.ts';
import { callerNetworkOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { createLimits, windowsOf } from '../limits/limit-counters.ts';
import { withSetting } from './setting-for.ts';

/** One budget of one caller. */
interface Budget {
  readonly limit: CostLimit;
  readonly windows: ReturnType<typeof windowsOf>;
}

/** What is left in each window; may be negative. */
const remaining = ({ windows }: Budget): number[] => windows.map(({ count, limit }) => limit - count);

/** Parses "video=2, image=1". The last value of a name counts; malformed parts are ignored. */
export function parseCosts(text: string | null): ReadonlyMap<string, number> {
  const costs = new Map<string, number>();
  for (const part of text?.split(',') ?? []) {
    const [, name = '', cost] = /^\s*([^=\s]+)\s*=\s*(\d{1,15}(?:\.\d{1,9})?)\s*$/.exec(part) ?? [];
    if (cost !== undefined) costs.set(name, Number(cost));
  }
  return costs;
}

function setRemainingHeaders(
  context: Context,
  costs: CostLimits,
  budgets: readonly Budget[],
): Refusal | null {
  for (const budget of budgets) {
    const { name } = budget.limit;
    const left = remaining(budget);
    if (costs.refuseEarly && left.includes(0))
      return refuse('rate_limited', 429, `API rate limit exceeded for '${name}'`);
    context.originHeaders.push([`x-ratelimit-remaining-${name}`.toLowerCase(), String(Math.min(...left))]);
  }
  return null;
}

function settleCosts(context: Context, exit: Exit, costs: CostLimits, budgets: readonly Budget[]): void {
  // The gateway's own answers cost nothing, and a cached one has been charged before.
  const reported = parseCosts(context.attempts > 0 ? exit.response.headers.get(costs.header) : null);
  const headers = exit.change();
  headers.delete(costs.header);
  const charges = budgets.map((budget) => ({
    budget,
    cost: reported.get(budget.limit.name) ?? 0,
    left: remaining(budget),
  }));
  const refused = charges.some(({ cost, left }) => cost > 0 && Math.min(...left) <= 0);
  for (const { budget, cost, left } of charges) {
    if (!costs.hideHeaders) setLimitHeaders(headers, budget.limit, left, cost);
    if (!refused) for (const window of budget.windows) window.count += cost;
  }
  if (!refused) return;
  exit.response.body?.cancel().catch(() => undefined);
  const kept = new Headers(headers);
  kept.delete('content-encoding');
  kept.set('content-length', '0');
  exit.replace(new Response(null, { status: 429, headers: kept }));
}

function setLimitHeaders(
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
  const limits = createLimits();
  let generated = 0;
  /** Settings without a scope have one each. */
  const scopeOf = memo(({ scope }: CostLimits) => scope ?? `#${generated++}`);
  const budgetsOf = (costs: CostLimits, context: Context): Budget[] => {
    const now = runtime.now();
    const { consumer, credentialId } = context;
    const { by } = costs;
    const identity =
      (by === 'consumer' ? consumer?.id : null) ??
      (by === 'ip' ? null : credentialId) ??
      callerNetworkOf(context);
    return costs.limits.map((limit) => {
      const scope = `${scopeOf(costs)}\n${limit.name}`;
      return { limit, windows: windowsOf(limits, { windows: limit.windows, scope }, identity, now) };
    });
  };
  return {
    admit: (route) =>
      withSetting('costLimits', route, settings, (costs, context) => {
        const refusal = setRemainingHeaders(context, costs, budgetsOf(costs, context));
        context.costsPassed = refusal === null;
        return refusal;
      }),
    finish: (route) =>
      route &&
      withSetting('costLimits', route, settings, (costs, context, exit: Exit) => {
        if (context.costsPassed && exit.status !== 101)
          settleCosts(context, exit, costs, budgetsOf(costs, context));
      }),
  };
}
