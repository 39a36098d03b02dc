/**
 * The bounded table of counters, by scope and identity.
 *
 * Limits of one scope share its counters, one per window, whichever windows each limit has. A full table evicts the
 * counters whose windows have ended, then those that have used the least of their limit, up to half of it: a flood of
 * made-up callers evicts its own, and resets no caller that is near a limit. If nothing can be evicted, new callers of
 * a scope that has more than its share of the table are counted together, in a few groups: the limit applies to each
 * group, so that no request passes uncounted. A sweep costs milliseconds; a futile one is not repeated within a second.
 * Rejected: looking at a few counters each time (code size), a timer (Workers have none), a sketch (count-min; it
 * refuses callers that never came before).
 */
import { PERIODS } from '../core/periods.ts';
import type { RateLimitSettings } from '../config/types.ts';
import { windowStart } from './windows.ts';

/** One caller's windows, in the order of PERIODS; 0 for windows that no limit has. */
export interface Counter {
  /** When each window began, in ms since 1970. */
  readonly starts: number[];
  /** How many requests passed in it. */
  readonly counts: number[];
  /** The limit that it was last counted against. */
  readonly limits: number[];
}
interface Scope {
  readonly counters: Map<string, Counter>;
  /** For new callers if the table is full. */
  readonly groups: Map<number, Counter>;
}
export interface Limits {
  readonly scopes: Map<string, Scope>;
  readonly capacity: number;
  /** How many counters there are, without groups. */
  size: number;
  /** When a sweep last found too little to evict, in ms since 1970. */
  sweptInVain: number;
}

const COUNTER_CAPACITY = 20_000;
/** A prime: whatever identities have in common, they spread over all groups. */
const NEWCOMER_GROUPS = 61;
const SWEEP_MS = 1000;

/**
 * An empty table of about `capacity` counters: up to twice as many, if each scope takes its share after one scope has
 * filled the table.
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

/** Halves a full table: evicts ended counters, then those that have used the least, oldest first. */
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

/** The share of its limit that the fullest window has used; 0 if all have ended. */
function shareOf({ starts, counts, limits }: Counter, current: readonly number[]): number {
  let share = 0;
  for (let i = 0; i < current.length; i++)
    if (limits[i]! > 0 && starts[i] === current[i]) share = Math.max(share, counts[i]! / limits[i]!);
  return share;
}
