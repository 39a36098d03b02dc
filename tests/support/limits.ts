/** A rate limit as resolved by the configuration check: cached, because some tests use it ten thousand times. */
import { checkConfig } from '../../lib/config/settings.ts';
import type { RateLimit, RateLimitSettings } from '../../lib/config/types.ts';

const resolved = new Map<string, RateLimitSettings>();

export function limitOf(rateLimit: RateLimit): RateLimitSettings {
  const key = JSON.stringify(rateLimit);
  const known = resolved.get(key) ?? checkConfig({ origins: ['http://a'], rateLimit }).routes[0]!.rateLimit!;
  resolved.set(key, known);
  return known;
}
