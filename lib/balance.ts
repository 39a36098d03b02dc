/**
 * Whom to ask: one pool's memory, and the choice among its origins by the pool's policy.
 *
 * Promises a choice in two passes over the origins, without allocation, sorting or subrequest; never an origin that this
 * request already asked; ejected ones only when no other is left, and then at random, so that a pool which is out
 * altogether is tried rather than refused ("panic"). Weights divide every score, 0 drains; the lowest level of priority serves.
 * Rejected: two random choices. They protect against stale shared data; here each isolate knows its own, a pool is small,
 * and looking at all of them is both cheaper and better (77 ms against 97 ms in the middle, simulated).
 */
import type { Balance, PoolSettings } from './config/types.ts';
import { createBudget, type Budget } from './budget.ts';
import { createRing, ringOwner, type Ring } from './hash-ring.ts';
import { createHealth, failurePenalty, type Health } from './health.ts';
import { busyWith, createLoad, distanceMs, expectedLatency, expirePending, silentFor } from './load.ts';
import type { Load } from './load.ts';
import type { Moment } from './moment.ts';

export interface OriginState extends Load, Health {
  readonly weight: number;
  readonly priority: number;
  /** The smooth wheel's standing (nginx's round robin). */
  current: number;
  requests: number;
  failures: number;
  hedges: number;
  retries: number;
}

export interface PoolState extends Moment {
  readonly settings: PoolSettings;
  readonly origins: readonly OriginState[];
  readonly ring: Ring | null;
  readonly hedgeBudget: Budget;
  readonly retryBudget: Budget;
  shedAt: number;
  exploredRequest: number;
  located: boolean;
  winner: number;
  winnerAt: number;
  loadAskedAt: number;
  readonly asides: boolean;
}

/** One request's earlier attempts, latest first. */
export interface Tried {
  readonly origin: number;
  readonly earlier: Tried | null;
}

/** What the choice knows of the request. */
export interface Chooser {
  readonly pool: PoolState;
  readonly safe: boolean;
  readonly hash: string | null;
  readonly last: Tried | null;
  /** Attempts from here on back count as untried again: everybody has been asked once. */
  round: Tried | null;
  /** Set when everybody was ejected. */
  panic: boolean;
}

/**
 * `shedAt`: when any origin last shed load. `exploredRequest`: the request at which an unknown or forgotten origin was last tried. `winner`:
 * the origin that won the last race of probes, at `winnerAt`. `asides`: requests take side requests along. `located`: distances have been
 * guessed, or cannot be.
 */
export function createPool(settings: PoolSettings, random: () => number = () => 0): PoolState {
  const { hedge, retryBudgetPercent, health, load } = settings;
  const origins = settings.origins.map(({ weight, priority }) => ({
    ...createLoad(), ...createHealth(), weight, priority, requests: 0, failures: 0, hedges: 0, retries: 0,
    // Isolates start their wheels at different places, or all first requests would meet at the first origin.
    current: 1e-6 * random(),
  })); // prettier-ignore
  return {
    settings, origins, now: 0, random, requests: 0, service: 20,
    ring: settings.balance === 'consistent-hash' ? createRing(settings.origins) : null,
    hedgeBudget: createBudget(hedge.budgetPercent, 2, 0, 10),
    retryBudget: createBudget(retryBudgetPercent, 100, 0.1, 100),
    shedAt: 0, exploredRequest: 0, winner: -1, winnerAt: 0, loadAskedAt: 0,
    asides: health !== null || load !== null || settings.retries === 0,
    located: settings.origins.every((origin) => origin.location === null),
  }; // prettier-ignore
}

/** The geo prior: where the caller is (request.cf), so is this isolate. Once is enough. */
export function guessDistances(pool: PoolState, { latitude, longitude }: Record<string, unknown>): void {
  if (!latitude || !longitude) return;
  pool.located = true;
  pool.settings.origins.forEach(({ location }, i) => {
    const origin = pool.origins[i]!;
    if (location !== null && !isKnown(origin)) origin.prior = distanceMs(+latitude, +longitude, ...location);
  });
}

export const isKnown = (origin: OriginState): boolean => origin.samples > 0 || origin.prior > 0;

/** In service: has a weight, and is neither ejected nor failing its checks. */
export const isFit = (origin: OriginState): boolean => origin.weight > 0 && !origin.ejected && !origin.sick;

function wasTried({ pool, last, round }: Chooser, index: number): boolean {
  if (pool.ring !== null && pool.settings.retrySame) return false;
  for (let tried = last; tried !== round; tried = tried!.earlier) if (tried!.origin === index) return true;
  return false;
}

const isCandidate = (chooser: Chooser, index: number, level: number): boolean => {
  const origin = chooser.pool.origins[index]!;
  return isFit(origin) && origin.priority === level && !wasTried(chooser, index);
};

/** Lower is better. `usual`: the least that is expected of any, for those of whom nothing is known. */
type Rank = (origin: OriginState, usual: number, at: Moment) => number;

// A breath of chance in every score: ties must not follow the order of the list, or every new isolate asks the first origin.
const byLatency: Rank = (origin, usual, at) =>
  (isKnown(origin) ? origin.expected : Math.max(usual, silentFor(origin, at))) *
  failurePenalty(origin, at.now) *
  (1 + 0.002 * at.random());
const inTurn: Rank = (origin) => -(origin.current += origin.weight) * origin.weight;
/** A reading older than this says nothing any more. */
const READING_MS = 60_000;

const POLICIES: Record<Balance, Rank> = {
  adaptive: (origin, usual, at) => byLatency(origin, usual, at) * (1 + 0.5 * busyWith(origin, at)),
  latency: byLatency,
  race: byLatency,
  'least-connections': (origin, _usual, at) => origin.pending.length + 1 + 1e-6 * at.random(),
  'least-load': (origin, _usual, at) =>
    (at.now - origin.readAt < READING_MS ? origin.reading : 1e9) + 1e-6 * at.random(),
  random: (_origin, _usual, at) => -Math.log(1 - at.random()),
  'round-robin': inTurn,
  'consistent-hash': inTurn,
};

/** More than `threshold` percent of the pool's weight is in service. */
function isUsable({ origins, settings }: PoolState): boolean {
  const weigh = (list: readonly OriginState[]): number => list.reduce((sum, { weight }) => sum + weight, 0);
  return settings.threshold < 0 || 100 * weigh(origins.filter(isFit)) > settings.threshold * weigh(origins);
}

/** The index of the origin to ask next, at most of priority `most`; -1 when everybody has been tried. */
export function chooseOrigin(chooser: Chooser, most: number): number {
  const { pool } = chooser;
  const { origins } = pool;
  if (!isUsable(pool)) return -1;
  let level = Infinity;
  let usual = Infinity;
  let known = 0;
  let unknown = 0;
  for (let i = 0; i < origins.length; i++) {
    const origin = origins[i]!;
    expirePending(origin, pool.now, pool.settings.timeoutMs + 1000);
    if (origin.priority > most || origin.priority > level || !isCandidate(chooser, i, origin.priority))
      continue;
    if (origin.priority < level) [level, usual, known, unknown] = [origin.priority, Infinity, 0, 0];
    if (isKnown(origin)) known++;
    else unknown++;
    origin.expected = expectedLatency(origin, pool);
    if (origin.expected > 0 && origin.expected < usual) usual = origin.expected;
  }
  if (level === Infinity) return choosePanicked(chooser, most);
  const kind = known > 0 && unknown > 0 ? wantedKind(chooser) : null;
  if (pool.ring !== null)
    return ringOwner(pool.ring, chooser.hash ?? '', (i) => isCandidate(chooser, i, level));
  const rank = POLICIES[pool.settings.balance];
  let best = -1;
  let lowest = Infinity;
  let total = 0;
  for (let i = 0; i < origins.length; i++) {
    const origin = origins[i]!;
    if (!isCandidate(chooser, i, level) || (kind !== null && isKnown(origin) !== kind)) continue;
    total += origin.weight;
    const score = rank(origin, usual === Infinity ? 100 : usual, pool) / origin.weight;
    if (score < lowest) [lowest, best] = [score, i];
  }
  if (best >= 0) origins[best]!.current -= total;
  return best;
}

/** With a probe path the adaptive policy keeps to origins it knows, and safe requests try an unknown one now and then. Null: any. */
function wantedKind({ pool, safe, last }: Chooser): boolean | null {
  if (pool.settings.balance !== 'adaptive' || pool.settings.probe === null) return null;
  if (!safe || last !== null || pool.requests < 40 || pool.requests - pool.exploredRequest < 10) return true;
  pool.exploredRequest = pool.requests;
  return false;
}

function choosePanicked(chooser: Chooser, most: number): number {
  const { origins, random } = chooser.pool;
  let best = -1;
  let seen = 0;
  for (let i = 0; i < origins.length; i++) {
    const { weight, priority } = origins[i]!;
    if (weight > 0 && priority <= most && !wasTried(chooser, i) && random() * ++seen < 1) best = i;
  }
  if (best >= 0) chooser.panic = true;
  return best;
}
