/**
 * Which origin to ask next: one pass over the origins, and the lowest rank wins. The rank is divided by the weight; 0
 * drains. A lower priority level serves only if the higher ones are out. Ejected origins are chosen only if no other is
 * left, at random: a pool that is out altogether is tried rather than refused ("panic").
 *
 * Rejected: two random choices. They protect against stale shared data; here each isolate uses its own, a pool is
 * small, and looking at every origin is both cheaper and better (median 77 ms instead of 97 ms, simulated).
 */
import { busyWith, expectedLatency, expirePending } from './latency.ts';
import { inService } from './outlier-detection.ts';
import type { Origin, Pool, Rank } from './pool.ts';
import type { Race, Traits } from './race-record.ts';

/** The parts of a race that the choice depends on. */
interface Selection extends Pick<Race, 'pool' | 'last' | 'round'> {
  readonly traits: Pick<Traits, 'hash'>;
}

/** `busyFactor`: how much slower each attempt in flight makes an origin. */
const byLatency =
  (busyFactor: number): Rank =>
  (origin, pool, now) => {
    const { silentSince } = origin;
    const ms = Math.max(expectedLatency(origin, pool, now), silentSince && now - silentSince);
    // A little randomness: ties must not follow the order of the list.
    return ms * (1 + 0.002 * pool.random()) * (1 + busyFactor * busyWith(origin, now));
  };

const byOpenAttempts: Rank = ({ pending }, { random }) => pending.length + 1 + 1e-6 * random();

/** The division by the weight makes it weighted random (Efraimidis and Spirakis, 2006). */
const byChance: Rank = (_origin, { random }) => -Math.log(1 - random());

/**
 * An origin's turns are 1/weight apart, and begin half of that late (Webster's rule): exact over a whole round, and
 * smooth. An origin that was out catches up by one turn at most.
 */
const inTurn: Rank = ({ turn, weight }, pool) => Math.max(turn, pool.turn - 1 / weight) * weight + 0.5;

/** The policies that every file carries. */
export const POLICIES = {
  adaptive: () => byLatency(0.5),
  latency: () => byLatency(0),
  race: () => byLatency(0),
  'least-connections': () => byOpenAttempts,
  random: () => byChance,
  'round-robin': () => inTurn,
};

/** The origin to ask next, of priority `most` at most; null if all have been tried or too few are in service. */
export function chooseOrigin(selection: Selection, most: number, now: number): Origin | null {
  const { pool, traits, round } = selection;
  const { settings, origins, rank, random } = pool;
  if (settings.threshold !== null && !isUsable(pool, settings.threshold)) return null;
  // An origin is asked once before any is asked twice, unless `retrySame` retries a caller's own origin on the ring.
  const stays = settings.retrySame && settings.balance === 'consistent-hash';
  const tried: Origin[] = [];
  for (let one = stays ? round : selection.last; one !== round; one = one!.earlier) tried.push(one!.origin);
  let best: Origin | null = null;
  let level = Infinity;
  let lowest = Infinity;
  for (const origin of origins) {
    const { weight, priority } = origin;
    if (weight === 0 || priority > most || tried.includes(origin)) continue;
    expirePending(origin, now, settings.timeoutMs + 1000);
    const own = inService(origin) ? priority : Infinity;
    if (own > level) continue;
    const score = own === Infinity ? random() : rank(origin, pool, now, traits.hash) / weight;
    if (own === level && score >= lowest) continue;
    best = origin;
    level = own;
    lowest = score;
  }
  return best;
}

/** Kong's healthchecks.threshold: more than that percentage of the pool's weight must be in service. */
function isUsable({ origins }: Pool, threshold: number): boolean {
  const weigh = (list: readonly Origin[]): number => list.reduce((sum, { weight }) => sum + weight, 0);
  return 100 * weigh(origins.filter(inService)) > threshold * weigh(origins);
}

/** The origin's turn has been used. */
export function takeTurn(pool: Pool, origin: Origin): void {
  pool.turn = Math.max(pool.turn, origin.turn);
  origin.turn = Math.max(origin.turn, pool.turn - 1 / origin.weight) + 1 / origin.weight;
}

/** Up to `most` origins in service of that priority level, at random. */
export function pickSome({ origins, random }: Pool, level: number, most: number): Origin[] {
  const fit = origins.filter((origin) => inService(origin) && origin.priority === level);
  while (fit.length > most) fit.splice(Math.floor(random() * fit.length), 1);
  return fit;
}
