/** A scenario small enough for a test: ten isolates at 20 requests/s for a minute, four origins at half their load. */
import { average } from '../../cli/simulate/runner.ts';
import type { Summary } from '../../cli/simulate/figures.ts';
import { product, PROBE } from '../../cli/simulate/product.ts';
import { simulate } from '../../cli/simulate/simulate.ts';
import type { FaultKind, PolicyMaker, Scenario } from '../../cli/simulate/world.ts';

export const SMALL: Scenario = {
  origins: 4,
  isolates: [{ count: 10, perSecond: 20 }],
  servers: 4,
  serviceMs: 30,
  durationMs: 60_000,
  warmupMs: 5000,
  lifeMs: 300_000,
  places: 10,
  windowMs: 500,
  beforeMs: 10_000,
};
/** One fault of origin 1 from second 15 to 35. */
export const during = (kind: FaultKind): Scenario => ({
  ...SMALL,
  faults: [{ origin: 1, from: 15_000, to: 35_000, ...kind }],
});

/** Defaults: no probe path. */
export const LEAN = product({});
/** Isolates of a place share estimates. */
export const BOARD = product({}, { board: true });
export const PROBING = product({ probe: PROBE });

/** The average of two seeds: the same traffic for every policy. */
export const play = (scenario: Scenario, policy: PolicyMaker): Summary =>
  average([1, 2].map((seed) => simulate(scenario, policy, seed)));
