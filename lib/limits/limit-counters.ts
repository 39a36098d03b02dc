/**
 * The table of counters, bounded, by scope and identity.
 *
 * Limits of one scope share its counters, each window for itself, whatever windows each of them has. A full table gives
 * up the counters whose windows have ended, then those that have used least of their limit, up to half of it: a flood
 * of invented callers pushes out its own, and frees nobody who is near a limit. Where nothing can be given up,
 * newcomers of a scope that has more than its share of the table are counted together, in a few groups: the limit holds
 * for each group, so that nobody is ever let in uncounted. A sweep costs milliseconds; one that was in vain is not
 * repeated within a second. Looking at a few counters each time was rejected for its size, a timer because Workers have
 * none, a sketch (count-min) because it refuses callers who never came before.
 */
import { PERIODS } from '../core/periods.ts';
import type { RateLimitSettings } from '../config/types.ts';
import { windowStart } from './windows.ts';

/** One caller's windows, in the order of PERIODS; those that no limit has are 0. */
export interface Counter {
  /** When each window began, in ms since 1970. */
  readonly starts: number[];
  /** What was let through in it. */
  readonly counts: number[];
  /** The limit that it was last counted by. */
  readonly limits: number[];
}
interface Scope {
  readonly counters: Map<string, Counter>;
  /** For newcomers where the table is full. */
  readonly groups: Map<number, Counter>;
}
export interface Limits {
  readonly scopes: Map<string, Scope>;
  readonly capacity: number;
  /** How many counters there are, groups left out. */
  size: number;
  /** When a sweep last found too little to give up, in ms since 1970. */
  sweptInVain: number;
}

const COUNTER_CAPACITY = 20_000;
/** A prime: whatever identities have in common, they spread over all of them. */
const NEWCOMER_GROUPS = 61;
const SWEEP_MS = 1000;

/**
 * An empty table of about so many counters: twice as many where every scope takes its share beside one that has taken
 * all.
 */
export function createLimits(capacity = COUNTER_CAPACITY): Limits {
  return { scopes: new Map(), capacity, size: 0, sweptInVain: -Infinity };
}

/** The counter of an identity, with the windows of `settings` as they are at `now`. */
export function counterOf(
  limits: Limits,
  { windows, scope: name }: Pick<RateLimitSettings, 'windows' | 'scope'>,
  identity: string,
  now: number,
): Counter {
  const scope = limits.scopes.get(name) ?? { counters: new Map(), groups: new Map() };
  limits.scopes.set(name, scope);
  const counter = scope.counters.get(identity) ?? addCounter(limits, scope, identity, now);
  for (const { period, limit } of windows) {
    const start = windowStart(period, now);
    const i = PERIODS.indexOf(period);
    if (counter.starts[i] !== start) counter.counts[i] = 0;
    counter.starts[i] = start;
    counter.limits[i] = limit;
  }
  return counter;
}

function addCounter(limits: Limits, scope: Scope, identity: string, now: number): Counter {
  if (limits.size >= limits.capacity) makeCounterRoom(limits, now);
  const share = limits.capacity / limits.scopes.size;
  if (limits.size >= limits.capacity && scope.counters.size >= share) return groupOf(scope, identity);
  const counter = newCounter();
  scope.counters.set(identity, counter);
  limits.size++;
  return counter;
}

function groupOf({ groups }: Scope, identity: string): Counter {
  let group = 0;
  for (let i = 0; i < identity.length; i++) group = (31 * group + identity.charCodeAt(i)) % NEWCOMER_GROUPS;
  const counter = groups.get(group) ?? newCounter();
  groups.set(group, counter);
  return counter;
}

function newCounter(): Counter {
  const zeros = () => PERIODS.map(() => 0);
  return { starts: zeros(), counts: zeros(), limits: zeros() };
}

/** Halves a full table: the ended counters go, then those that have used least, the oldest first. */
function makeCounterRoom(limits: Limits, now: number): void {
  if (now - limits.sweptInVain < SWEEP_MS) return;
  const current = PERIODS.map((period) => windowStart(period, now));
  for (const spare of [0, 0.1, 0.5])
    for (const { counters } of limits.scopes.values())
      for (const [identity, counter] of counters) {
        if (limits.size <= limits.capacity / 2) return;
        if (shareOf(counter, current) > spare) continue;
        counters.delete(identity);
        limits.size--;
      }
  if (limits.size > 0.75 * limits.capacity) limits.sweptInVain = now;
}

/** The share of its limit that the fullest window has used; 0 where all have ended. */
function shareOf({ starts, counts, limits }: Counter, current: readonly number[]): number {
  let share = 0;
  for (let i = 0; i < current.length; i++)
    if (limits[i]! > 0 && starts[i] === current[i]) share = Math.max(share, counts[i]! / limits[i]!);
  return share;
}
