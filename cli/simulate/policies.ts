/** All policies, by their name in the table. The product's own come first. */
import { conventional } from './conventional.ts';
import { PROBE, product } from './product.ts';
import { askLoad, cachedRace, prequal, random, roundRobin, tutorial, twice } from './simple.ts';
import type { PolicyMaker } from './world.ts';

const ENVOY = {
  after: 5,
  baseMs: 30_000,
  mostMs: 300_000,
  doubling: false,
  jitter: 0.2,
  retest: false,
  panic: 0.5,
};
const LINKERD = {
  after: 7,
  baseMs: 1000,
  mostMs: 60_000,
  doubling: true,
  jitter: 0.5,
  retest: true,
  panic: 1,
};

export const POLICIES: Record<string, PolicyMaker> = {
  adaptive: product({ probe: PROBE }),
  'adaptive, located': product({ probe: PROBE }, { located: true }),
  'adaptive, lean': product({}),
  race: product({ balance: 'race' }),
  'least-load': product({ balance: 'least-load', load: { path: '/load' } }),
  'round-robin': product({ balance: 'round-robin' }),
  'least-connections': product({ balance: 'least-connections' }),
  latency: product({ balance: 'latency' }),
  'consistent-hash': product({ balance: 'consistent-hash' }),
  random: product({ balance: 'random' }),
  'bare random': random,
  'bare round robin': roundRobin,
  tutorial: tutorial(false),
  'tutorial, 521 wins': tutorial(true),
  'race, cached 10 s': cachedRace(false),
  'race, refreshed behind': cachedRace(true),
  'load average asked': askLoad('average'),
  'in flight asked': askLoad('within'),
  'sent to two': twice,
  'two choices, in flight': conventional({ by: 'in-flight' }),
  'two choices, peak latency': conventional({ by: 'latency' }),
  'Prequal, 3 probes': prequal(3, 1000, 2),
  'Prequal, 0.1 probes': prequal(0.1, 30_000, 20),
  'like Envoy': conventional({ by: 'in-flight', retry: true, eject: ENVOY }),
  'like Linkerd': conventional({ by: 'latency', failureMs: 5000, retry: true, eject: LINKERD }),
  'best of proxies': conventional({ by: 'latency', retry: true, hedge: 3, eject: ENVOY }),
  'adaptive, board': product({ probe: PROBE }, { board: true }),
  'adaptive, lean, board': product({}, { board: true }),
};

/** Those of one script alone: a board of each data centre needs more than that, and is simulated on request. */
export const ALONE = Object.keys(POLICIES).filter((name) => !name.endsWith('board'));

export const SHORT_POLICIES = [
  'adaptive',
  'adaptive, located',
  'adaptive, lean',
  'race',
  'least-load',
  'tutorial',
  'load average asked',
  'two choices, in flight',
  'Prequal, 3 probes',
  'like Envoy',
  'like Linkerd',
  'best of proxies',
];
