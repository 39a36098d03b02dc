/**
 * May one more request be sent? A bucket that requests fill and extra attempts empty.
 *
 * A pool that fails as a whole gets its requests plus a share, never a multiple (Finagle's retry budget; Google's SRE book, "Handling
 * Overload"). Rejected: a fixed number of retries a request, which multiplies the load just when the origins can bear it least.
 */
export interface Budget {
  tokens: number;
  /** Tokens that one request adds. */
  readonly share: number;
  readonly most: number;
}

/** `percent` of the requests; 0 makes a bucket that never pays. `tokens` are there at the start, and no more than `most` are kept. */
export function createBudget(percent: number, tokens: number, most: number): Budget {
  const used = percent > 0 ? 1 : 0;
  return { tokens: used * tokens, share: percent / 100, most: used * most };
}

/** One request came in. */
export function earnToken(budget: Budget): void {
  budget.tokens = Math.min(budget.most, budget.tokens + budget.share);
}

export const canPay = (budget: Budget): boolean => budget.tokens >= 1;

/** Takes one token; false where there is none. */
export function spendToken(budget: Budget): boolean {
  const paid = canPay(budget);
  if (paid) budget.tokens--;
  return paid;
}
