/**
 * Runs a case that depends on round trips with the race rules only and a virtual clock: real milliseconds are
 * unreliable on a busy machine.
 */
import { createPool } from '../../lib/balance/pool.ts';
import type { Network, Traits } from '../../lib/balance/race-record.ts';
import { beginRace, settled } from '../../lib/balance/race-state.ts';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config } from '../../lib/config/types.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { KongCase } from './case.ts';
import { ALL_POOL_FEATURES } from '../support/pool-features.ts';

/** Requests until every target has been measured. */
const BEFORE = 8;

const GET: Traits = {
  safe: true,
  repeatable: true,
  replayable: true,
  faultUnclear: false,
  caller: () => 'the same',
  upload: null,
  hash: 0,
};
const nothing = (): void => undefined;
const NETWORK: Network<Traits> = {
  send: nothing,
  cancel: nothing,
  probe: nothing,
  sleep: nothing,
  finish: nothing,
};

/** The number of requests at each target, by name. */
export function countPicks(one: KongCase, config: Config): Record<string, number> {
  const [settings] = checkConfig(config).pools;
  if (settings === undefined) throw new Error(`${one.id} has no pool`);
  const pool = createPool(settings, seededRandom(1), ALL_POOL_FEATURES);
  const counts: Record<string, number> = {};
  let now = 1_000_000;
  for (let turn = 0; turn < BEFORE + (one.request.repeat ?? 1); turn++) {
    const race = beginRace(pool, GET, NETWORK, now);
    if (race.last === null) throw new Error(`${one.id}: no request was sent`);
    const { name } = settings.origins[race.last.origin.index]!;
    now += 1000 * (one.config.x_mock?.[name]?.rtt ?? 0);
    settled(race, race.last, 'ok', 200, now);
    if (turn >= BEFORE) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
