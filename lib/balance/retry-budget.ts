/**
 * May one more request be sent? A bucket that requests fill and extra attempts empty.
 *
 * A pool that fails as a whole gets its requests plus a share, never a multiple (Finagle's retry budget; Google's SRE
 * book, "Handling Overload"). Rejected: a fixed number of retries a request, which multiplies the load just when the
 * origins can bear it least.
 */
export interface Budget {
  tokens: number;
  /** Tokens that one request adds. */
  readonly share: number;
  readonly most: number;
}

/**
 * `percent` of the requests; 0 makes a bucket that never pays. `tokens` are there at the start, and no more than
 * `most` are kept.
 */
export const createBudget = (percent: number, tokens: number, most: number): Budget => ({
  tokens: percent > 0 ? tokens : 0,
  share: percent / 100,
  most,
});

/** One request came in. */
export function earnToken(budget: Budget): void {
  budget.tokens = Math.min(budget.most, budget.tokens + budget.share);
}

/** There is a token for one more request; whoever sends it takes it. */
export const canPay = ({ tokens }: Budget): boolean => tokens >= 1;
