/** What a pool may be: its origins, how long they have, and how it chooses among them (check-balance.ts). */
import { FLAG, offOr, oneOf, or, PATH, shape, derive, whole } from './validate.ts';
import type { Check } from './validate.ts';
import { BALANCE_FIELDS } from './check-balance.ts';
import { checkOrigins } from './check-origin.ts';
import type { OriginSettings, PoolSettings } from './types.ts';

const checkPoolRecord = shape({
  origins: checkOrigins,
  balance: or(
    oneOf(
      'adaptive',
      'race',
      'least-load',
      'round-robin',
      'least-connections',
      'latency',
      'consistent-hash',
      'random',
    ),
    'adaptive',
  ),
  timeoutMs: or(whole(1), 10_000),
  totalTimeoutMs: or(whole(1), 30_000),
  retries: or(whole(0, 32_767), 2),
  probe: offOr(
    shape({ path: PATH, method: or(oneOf('GET', 'HEAD'), 'GET'), timeoutMs: or(whole(1), 3000) }),
    null,
    null,
  ),
  idempotencyKey: or(FLAG, true),
  ...BALANCE_FIELDS,
});

/** @param name how metrics and the plan call it. */
export function checkPool(name: string): Check<PoolSettings> {
  return derive(checkPoolRecord, (written, path, faults) => {
    if (written.balance === 'least-load' && !written.load)
      faults.push(`${path}.load must be set where ${path}.balance is "least-load", received nothing`);
    return Object.freeze({ name, ...written });
  });
}

/** A pool of these origins, with every default. */
export function poolOf(name: string, origins: readonly OriginSettings[]): PoolSettings {
  return Object.freeze({ ...checkPool(name)({ origins: [] }, name, []), origins });
}
