/** A rate limit as check-config resolves it. */
import { checkConfig } from '../../lib/check-config.ts';
import type { RateLimit, RateLimitSettings } from '../../lib/config.ts';

export const limitOf = (rateLimit: RateLimit): RateLimitSettings =>
  checkConfig({ origins: ['http://a'], rateLimit }).routes[0]!.rateLimit!;
