/** Limits of single consumers, which override those of their routes: Kong's rate-limiting of a consumer. */
import type { RateLimitSettings, Settings } from '../config/types.ts';
import type { Context } from '../core/request.ts';

/** The consumer's limit on this route, or everywhere; null if it has none of its own. */
export function consumerLimit(
  { consumerLimits }: Settings,
  { route, consumer }: Context,
): RateLimitSettings | null {
  const own = consumer && (route?.consumerLimits?.get(consumer.id) ?? consumerLimits?.get(consumer.id));
  return own ?? null;
}
