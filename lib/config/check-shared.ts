/** What `shared` may be: what isolates share, and what holds while they can't. */
import { filled, number, offOr, onOr, oneOf, or, shape, whole } from './validate.ts';

export const checkShared = shape({
  limits: offOr(oneOf('exact', 'loose'), null, 'exact' as const),
  onFailure: or(oneOf('local', 'open', 'closed'), 'local' as const),
  timeoutMs: or(whole(1, 10_000), 300),
  shards: or(whole(1, 1000), 1),
  revocations: onOr(shape({ pollSeconds: or(number(1, 3600), 5) }), null),
  metrics: offOr(filled(shape({ everySeconds: or(number(1, 3600), 15) })), null, null),
});
