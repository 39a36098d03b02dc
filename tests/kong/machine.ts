/**
 * A case in which round trips decide, played on the machine of attempts alone and a clock of our own: real milliseconds
 * say nothing on a busy computer.
 */
import { beginJourney, createPool, nextMove, settle } from '../../lib/attempts.ts';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config } from '../../lib/config/types.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { KongCase } from './case.ts';

/** Requests until every target has been measured. */
const BEFORE = 8;

/** How many requests each target gets, by name. */
export function countPicks(one: KongCase, config: Config): Record<string, number> {
  const [settings] = checkConfig(config).pools;
  if (settings === undefined) throw new Error(`${one.id} has no pool`);
  const random = seededRandom(1);
  const pool = createPool(settings, random);
  const counts: Record<string, number> = {};
  let now = 1_000_000;
  for (let turn = 0; turn < BEFORE + (one.request.repeat ?? 1); turn++) {
    const facts = { safe: true, repeatable: true, replayable: true, hash: null };
    const journey = beginJourney(pool, facts, now, random);
    const move = nextMove(journey, now, random);
    if (move.do !== 'send') throw new Error(`${one.id}: nobody is asked, but ${move.do}`);
    const name = settings.origins[move.attempt.origin]!.name;
    now += 1000 * (one.config.x_mock?.[name]?.rtt ?? 0);
    settle(journey, move.attempt, 'ok', 200, now, random);
    if (turn >= BEFORE) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
