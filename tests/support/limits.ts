/** A rate limit as check-config resolves it: once, because some tests take from it ten thousand times. */
import { checkConfig } from '../../lib/config/settings.ts';
import type { RateLimit, RateLimitSettings } from '../../lib/config/types.ts';

const resolved = new Map<string, RateLimitSettings>();

export function limitOf(rateLimit: RateLimit): RateLimitSettings {
  const text = JSON.stringify(rateLimit);
  const known = resolved.get(text) ?? checkConfig({ origins: ['http://a'], rateLimit }).routes[0]!.rateLimit!;
  resolved.set(text, known);
  return known;
}
