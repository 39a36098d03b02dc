/**
 * May I try again? A bucket that requests fill and extra attempts empty.
 *
 * Promises that repeats stay a share of the traffic: a pool that fails as a whole gets its requests plus that share, never
 * a multiple (Finagle's retry budget; Google's SRE book, "Handling Overload"). Costs one addition a request.
 * Rejected: a fixed number of retries per request, which multiplies the load just when the origins can bear it least;
 * a ratio over a sliding window, which needs a ring of counters to say the same.
 */

export interface Budget {
  tokens: number;
  earnedAt: number;
  /** Tokens that one request adds. */
  readonly share: number;
  /** Tokens that one second adds, so that a quiet pool can still retry. */
  readonly perSecond: number;
  readonly most: number;
}

/** A bucket with `tokens` in it; a share of nothing makes one that never pays. */
export function createBudget(percent: number, tokens: number, perSecond: number, most: number): Budget {
  const on = percent > 0 ? 1 : 0;
  return {
    tokens: tokens * on,
    earnedAt: 0,
    share: percent / 100,
    perSecond: perSecond * on,
    most: most * on,
  };
}

/** One request came in at `now` (ms). */
export function earnTokens(budget: Budget, now: number): void {
  const seconds = budget.earnedAt === 0 ? 0 : Math.max(0, now - budget.earnedAt) / 1000;
  budget.earnedAt = now;
  budget.tokens = Math.min(budget.most, budget.tokens + budget.share + seconds * budget.perSecond);
}

/** Takes one token; false if there is none. */
export function spendToken(budget: Budget): boolean {
  if (budget.tokens < 1) return false;
  budget.tokens -= 1;
  return true;
}
