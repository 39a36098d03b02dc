/** What `shared` may be: what isolates share, and what holds while they can't. */
import {
  derive,
  filled,
  hidden,
  matching,
  number,
  offOr,
  onOr,
  oneOf,
  or,
  shape,
  whole,
} from './validate.ts';

const SECRET = hidden(matching(/^[^]{16,}$/, 'a text of at least 16 characters'));

const checkRecord = shape({
  limits: offOr(oneOf('exact', 'loose'), null, 'exact' as const),
  onFailure: or(oneOf('local', 'open', 'closed'), 'local' as const),
  timeoutMs: or(whole(1, 10_000), 300),
  shards: or(whole(1, 1000), 1),
  revocations: onOr(shape({ pollSeconds: or(number(1, 3600), 5) }), null),
  verdicts: offOr(shape({ secret: SECRET }), null, null),
  metrics: offOr(filled(shape({ everySeconds: or(number(1, 3600), 15) })), null, null),
});

export const checkShared = derive(checkRecord, (shared, path, faults) => {
  if (shared.verdicts && !shared.revocations)
    faults.push(`${path}.verdicts must be left out where ${path}.revocations is false, received both`);
  return shared;
});
