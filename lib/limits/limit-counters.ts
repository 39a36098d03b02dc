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
import { havePassed } from '../core/clock.ts';
import { PERIODS } from '../core/periods.ts';
import type { Period, RateLimitSettings } from '../config/types.ts';
import { windowStart } from './windows.ts';

/** What has passed in a caller's current window of one length. */
interface Window {
  readonly period: Period;
  /** When it began, in ms since 1970. */
  start: number;
  count: number;
  /** The limit that it was last counted against. */
  limit: number;
}
/** One caller's windows: those that some limit has. */
type Counter = Window[];
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

/** An identity's windows as they are at `now`, in the order of the limit's. */
export function windowsOf(
  limits: Limits,
  { windows, scope: name }: Pick<RateLimitSettings, 'windows' | 'scope'>,
  identity: string,
  now: number,
): Window[] {
  const scope: Scope = limits.scopes.get(name) ?? { counters: new Map(), groups: new Map() };
  limits.scopes.set(name, scope);
  const counter: Counter = scope.counters.get(identity) ?? addCounter(limits, scope, identity, now);
  return windows.map(({ period, limit }) => {
    const start = windowStart(period, now);
    let window = counter.find((one) => one.period === period);
    if (!window) counter.push((window = { period, start, count: 0, limit }));
    if (window.start !== start) window.count = 0;
    window.start = start;
    window.limit = limit;
    return window;
  });
}

function addCounter(limits: Limits, scope: Scope, identity: string, now: number): Counter {
  if (limits.size >= limits.capacity) makeCounterRoom(limits, now);
  const share = limits.capacity / limits.scopes.size;
  if (limits.size >= limits.capacity && scope.counters.size >= share) return groupOf(scope, identity);
  const counter: Counter = [];
  scope.counters.set(identity, counter);
  limits.size++;
  return counter;
}

function groupOf({ groups }: Scope, identity: string): Counter {
  let group = 0;
  for (let i = 0; i < identity.length; i++) group = (31 * group + identity.charCodeAt(i)) % NEWCOMER_GROUPS;
  const counter = groups.get(group) ?? [];
  groups.set(group, counter);
  return counter;
}

/** Halves a full table: evicts ended counters, then those that have used the least, oldest first. */
function makeCounterRoom(limits: Limits, now: number): void {
  if (!havePassed(SWEEP_MS, limits.sweptInVain, now)) return;
  const current = new Map(PERIODS.map((period) => [period, windowStart(period, now)]));
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
function shareOf(counter: Counter, current: ReadonlyMap<Period, number>): number {
  let share = 0;
  for (const { period, start, count, limit } of counter)
    if (start === current.get(period)) share = Math.max(share, count / limit);
  return share;
}
