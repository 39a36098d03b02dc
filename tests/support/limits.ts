/** A rate limit as check-config resolves it. */
import { checkConfig } from '../../lib/config/settings.ts';
import type { RateLimit, RateLimitSettings } from '../../lib/config/types.ts';

export const limitOf = (rateLimit: RateLimit): RateLimitSettings =>
  checkConfig({ origins: ['http://a'], rateLimit }).routes[0]!.rateLimit!;
