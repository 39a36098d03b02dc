/**
 * Limits extra attempts: a token bucket that requests fill and extra attempts drain.
 *
 * A pool that fails as a whole gets its requests plus a share, never a multiple (Finagle's retry budget; Google's SRE
 * book, "Handling Overload"). Rejected: a fixed number of retries per request, which multiplies the load just when the
 * origins can bear it least.
 */
export interface Budget {
  tokens: number;
  /** Tokens that one request adds. */
  readonly share: number;
  readonly most: number;
}

/**
 * `percent` of the requests; with 0 the bucket is always empty. It starts with `tokens`, and holds no more than
 * `most`.
 */
export const createBudget = (percent: number, tokens: number, most: number): Budget => ({
  tokens: percent > 0 ? tokens : 0,
  share: percent / 100,
  most,
});

/** One request arrived. */
export function earnToken(budget: Budget): void {
  budget.tokens = Math.min(budget.most, budget.tokens + budget.share);
}

/** There is a token for one more attempt; the code that sends it takes the token. */
export const canPay = ({ tokens }: Budget): boolean => tokens >= 1;
