/**
 * Thirty scenarios, and six more. Faults affect the most popular origin. Dense: 4 isolates with 200 requests per second
 * each; medium: 20 with 10; sparse: 1000 with one every ten seconds; mixed: one with 120, four with 20, forty with 1,
 * four hundred with one every 20 s.
 */
import { rollDice } from './dice.ts';
import type { Fault, FaultKind, Scenario } from './world.ts';

const S = 1000;
const COMMON = { origins: 4, serviceMs: 30 };
const DENSE: Scenario = {
  ...COMMON,
  isolates: [{ count: 4, perSecond: 200 }],
  servers: 14,
  durationMs: 60 * S,
  warmupMs: 5 * S,
  lifeMs: 300 * S,
  places: 20,
  windowMs: 500,
  beforeMs: 10 * S,
};
const MEDIUM: Scenario = {
  ...COMMON,
  isolates: [{ count: 20, perSecond: 10 }],
  servers: 4,
  durationMs: 180 * S,
  warmupMs: 10 * S,
  lifeMs: 300 * S,
  places: 20,
  windowMs: 1000,
  beforeMs: 30 * S,
};
const SPARSE: Scenario = {
  ...COMMON,
  isolates: [{ count: 1000, perSecond: 0.1 }],
  servers: 3,
  durationMs: 360 * S,
  warmupMs: 20 * S,
  lifeMs: 300 * S,
  places: 40,
  windowMs: 5000,
  beforeMs: 60 * S,
};
const MIXED: Scenario = {
  ...COMMON,
  isolates: [
    { count: 1, perSecond: 120 },
    { count: 4, perSecond: 20 },
    { count: 40, perSecond: 1 },
    { count: 400, perSecond: 0.05 },
  ],
  servers: 5,
  durationMs: 150 * S,
  warmupMs: 10 * S,
  lifeMs: 240 * S,
  places: 40,
  windowMs: 1000,
  beforeMs: 30 * S,
};

/** One fault at one origin between two seconds. */
const during = (from: number, to: number, kind: FaultKind, origin = 1): { faults: Fault[] } => ({
  faults: [{ origin, from: from * S, to: to * S, ...kind }],
});
const outage = (origin: number, from: number, to: number): Fault => ({
  ...{ origin, from: from * S, to: to * S },
  kind: 'down',
});
/** The origins are down one after the other, and slow for `warm` seconds after they return. */
const rolling = (from: number, to: number, every: number, warm: number): Fault[] =>
  [0, 1, 2, 3].map((k) => ({
    ...outage(k, from + every * k, to + every * k),
    ...{ kind: 'down', warmFactor: 4, warmMs: warm * S },
  }));

/**
 * Effects that the other thirty do not show. A hedge after a fixed time drives an overload to collapse; rolling
 * restarts with slow starts and little spare capacity; requests that fail the same way everywhere; callers whose
 * disconnect loses the bookkeeping.
 */
const FURTHER: Record<string, Scenario> = {
  'overload-sparse': {
    ...MEDIUM,
    isolates: [{ count: 150, perSecond: 1 }],
    uniform: true,
    serviceMs: 80,
    servers: 7,
    ...during(30, 180, { kind: 'capacity', factor: 0.3 }),
  },
  'rolling-dense': {
    ...DENSE,
    isolates: [{ count: 3, perSecond: 150 }],
    servers: 5,
    faults: rolling(12, 17, 11, 8),
  },
  'poison-502': { ...MEDIUM, poison: 0.05, poisonAs: 'gateway' },
  'poison-reset': { ...MEDIUM, poison: 0.05, poisonAs: 'reset' },
  'poison-hang': { ...MEDIUM, poison: 0.01, poisonAs: 'hang' },
  leaks: { ...MEDIUM, hangUp: 0.05, leaks: true },
};

export const SCENARIOS: Record<string, Scenario> = {
  'steady-dense': DENSE,
  'steady-medium': MEDIUM,
  'steady-sparse': SPARSE,
  'steady-mixed': MIXED,
  'uniform-heavy': { ...MEDIUM, uniform: true, serviceMs: 54, pareto: true },
  'overload-one': {
    ...MEDIUM,
    uniform: true,
    serviceMs: 40,
    ...during(60, 120, { kind: 'capacity', factor: 0.25 }),
  },
  'down-medium': { ...MEDIUM, ...during(60, 120, { kind: 'down' }) },
  'down-sparse': { ...SPARSE, ...during(120, 240, { kind: 'down' }) },
  'hole-dense': { ...DENSE, ...during(20, 40, { kind: 'hole' }) },
  'hole-medium': { ...MEDIUM, ...during(60, 120, { kind: 'hole' }) },
  'hole-sparse': { ...SPARSE, ...during(120, 240, { kind: 'hole' }) },
  'brown-dense': { ...DENSE, ...during(20, 40, { kind: 'slow', factor: 10 }) },
  'brown-sparse': { ...SPARSE, ...during(120, 240, { kind: 'slow', factor: 10 }) },
  'err500-medium': { ...MEDIUM, ...during(60, 120, { kind: 'errors', share: 1 }) },
  'err30-medium': { ...MEDIUM, ...during(60, 120, { kind: 'errors', share: 0.3 }) },
  'flap-medium': {
    ...MEDIUM,
    faults: [0, 1, 2, 3, 4, 5].map((k) => outage(1, 40 + 20 * k, 50 + 20 * k)),
  },
  'deploy-medium': { ...MEDIUM, faults: rolling(40, 48, 25, 15) },
  'net-pop-medium': { ...MEDIUM, ...during(60, 120, { kind: 'detour', every: 2, ms: 400 }) },
  'all-down': { ...MEDIUM, faults: [1, 0, 2, 3].map((k) => outage(k, 60, 80)) },
  'surge-130': {
    ...MEDIUM,
    uniform: true,
    serviceMs: 40,
    queue: 60,
    surge: { from: 60 * S, to: 90 * S, factor: 2.6 },
    durationMs: 150 * S,
  },
  'post-only-down': { ...MEDIUM, safe: 0, ...during(60, 120, { kind: 'down' }) },
  'post-only-hole': { ...MEDIUM, safe: 0, ...during(60, 120, { kind: 'hole' }) },
  'post-only-500': { ...MEDIUM, safe: 0, ...during(60, 120, { kind: 'errors', share: 1 }) },
  'two-hole': { ...MEDIUM, origins: 2, servers: 8, ...during(60, 120, { kind: 'hole' }) },
  'eight-2down': {
    ...MIXED,
    origins: 8,
    servers: 3,
    faults: [{ origin: 1, from: 50 * S, to: 100 * S, kind: 'hole' }, outage(0, 50, 100)],
  },
  bimodal: { ...MEDIUM, servers: 9, long: { share: 0.02, factor: 60 } },
  poison: { ...MEDIUM, poison: 0.05 },
  'poison-sparse': { ...SPARSE, poison: 0.15 },
  cancel: { ...MEDIUM, hangUp: 0.05 },
  'mixed-hole': { ...MIXED, ...during(50, 100, { kind: 'hole' }) },
  ...FURTHER,
};

/** The scenarios of the short run. */
export const SHORT = [
  'steady-dense',
  'steady-sparse',
  'uniform-heavy',
  'down-medium',
  'hole-medium',
  'hole-sparse',
  'brown-dense',
  'brown-sparse',
  'err500-medium',
  'flap-medium',
  'surge-130',
  'mixed-hole',
];

/** Scenarios that nothing has been tuned for: `random-7` is always the same one. */
export function randomScenario(number: number): Scenario {
  const dice = rollDice(number, 4711);
  const between = (low: number, high: number): number => low + (high - low) * dice.unit();
  const oneOf = <T>(list: readonly T[]): T => list[dice.below(list.length)]!;
  const traffic = oneOf([
    DENSE,
    MEDIUM,
    SPARSE,
    MIXED,
    { ...MEDIUM, isolates: [{ count: 60, perSecond: 1.5 }] },
  ]);
  const origins = 2 + dice.below(7);
  const serviceMs = between(10, 70);
  const perSecond = traffic.isolates.reduce((sum, { count, perSecond: each }) => sum + count * each, 0);
  const kind = oneOf<FaultKind>([
    { kind: 'down' },
    { kind: 'hole' },
    { kind: 'slow', factor: between(3, 20) },
    { kind: 'errors', share: between(0.2, 1) },
    { kind: 'capacity', factor: 0.25 },
    { kind: 'detour', every: 2, ms: 400 },
  ]);
  const sparse = traffic === SPARSE;
  return {
    ...traffic,
    origins,
    serviceMs,
    servers: Math.max(1, Math.ceil((perSecond * serviceMs) / 1000 / origins / between(0.3, 0.6))),
    uniform: dice.unit() < 0.25,
    pareto: dice.unit() < 0.3,
    safe: 1 - between(0.1, 0.7),
    lifeMs: between(90, 1200) * S,
    durationMs: (sparse ? 240 : 90) * S,
    ...during(sparse ? 80 : 30, sparse ? 160 : 60, kind, dice.below(origins)),
  };
}
