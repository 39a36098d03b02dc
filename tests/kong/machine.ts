/**
 * Runs a case that depends on round trips with the race rules only and a virtual clock: real milliseconds are
 * unreliable on a busy machine.
 */
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config } from '../../lib/config/types.ts';
import { simulatePool } from '../support/pool-sim.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { KongCase } from './case.ts';

/** Requests until every target has been measured. */
const BEFORE = 8;

/** The number of requests at each target, by name. */
export function countPicks(one: KongCase, config: Config): Record<string, number> {
  const [settings] = checkConfig(config).pools;
  if (settings === undefined) throw new Error(`${one.id} has no pool`);
  const { origins } = settings;
  const sim = simulatePool(
    origins,
    { ...settings, hedge: { afterMs: 'silent', budgetPercent: 0 } },
    seededRandom(1),
  );
  const counts: Record<string, number> = {};
  for (let turn = 0; turn < BEFORE + (one.request.repeat ?? 1); turn++) {
    const request = sim.begin();
    const [at] = request.attempts();
    if (at === undefined) throw new Error(`${one.id}: no request was sent`);
    const { name } = origins[at]!;
    sim.pass(1000 * (one.config.x_mock?.[name]?.rtt ?? 0));
    request.settle(at, 'ok');
    if (turn >= BEFORE) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
