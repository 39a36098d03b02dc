/** A rate limit as the configuration check resolves it: computed once, because some tests use it ten thousand times. */
import { checkConfig } from '../../lib/config/settings.ts';
import type { RateLimit, RateLimitSettings } from '../../lib/config/types.ts';

const resolved = new Map<string, RateLimitSettings>();

export function limitOf(rateLimit: RateLimit): RateLimitSettings {
  const text = JSON.stringify(rateLimit);
  const known = resolved.get(text) ?? checkConfig({ origins: ['http://a'], rateLimit }).routes[0]!.rateLimit!;
  resolved.set(text, known);
  return known;
}
