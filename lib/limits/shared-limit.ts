/**
 * A limit that holds over all isolates: this one spends tokens that the companion has granted it, chunk by chunk.
 *
 * Promises for `exact` with `onFailure: closed` that of one window no more tokens are spent than its limit, over all
 * isolates, whatever fails: a token is spent once and only in the window that it was granted for, it leaves the counter
 * before the message that gives it back does, and an answer counts only while its ask is under way. An answer that is
 * lost, an isolate that dies and a window that ends only lose tokens.
 *
 * Costs nothing where tokens are at hand. A caller's first request in an isolate and window waits one round trip; later
 * chunks, and those of the next second or minute, are asked for beside a request that goes on. Rejected: a call for
 * each request (0.3 of the throughput); counting here and telling deltas each second as Kong's redis policy does (up to
 * 2.9 times the limit passes); keeping refusals alone (half a call a request). Pure: neither clock nor network.
 */
import type { RateLimitSettings } from '../config/types.ts';
import type { LeaseAsk, LeaseGrant } from './lease-messages.ts';
import { LENGTHS_MS, windowEnd, windowStart } from './windows.ts';

type Windows = RateLimitSettings['windows'];

export interface LeaseSettings {
  /** `loose`: a caller's first requests in an isolate and window pass unasked and are charged behind the answer. */
  readonly limits: 'exact' | 'loose';
  /**
   * While the companion can't be asked. `local`: this isolate's share of what was left; `open`: all pass; `closed`:
   * none.
   */
  readonly onFailure: 'local' | 'open' | 'closed';
  readonly timeoutMs: number;
}

/** What is known of the companion's object that answers for a counter. */
export interface LeaseLink {
  /** The last call failed: one a second tries again, the others go by `onFailure`. */
  down: boolean;
  retryAt: number;
  roundTripMs: number;
  /** How many isolates ask; 1 before the first answer. */
  isolates: number;
}

export interface LeaseCounter {
  readonly key: string;
  readonly windows: Windows;
  readonly link: LeaseLink;
  /** When each current window began. */
  starts: readonly number[];
  /** Tokens at hand; each counts in all the windows. */
  left: number;
  /** Tokens spent since the companion was last told, of those granted ahead of need. */
  spent: number;
  /** For each window: tokens to be given back, or below zero requests to be told that passed without one. */
  back: number[];
  /** For each window: what was left to be granted when last heard of, and what passed without a token since. */
  room: number[];
  unpaid: number[];
  /** Requests of the current windows that passed before the companion was asked, in `loose`. */
  early: number;
  /** Tokens of windows that have not begun. */
  next: { readonly starts: readonly number[]; readonly granted: number } | null;
  /** Requests in the time that a chunk is for, fading; as of `usedAt`. */
  demand: number;
  usedAt: number;
  /** Refused until then: the window ends, or others may have given tokens back. */
  fullUntil: number;
  /** The companion does not know the current window: as if it were down, until then. */
  aloneUntil: number;
  /** Requests that wait for an answer. Who hangs up stays in it until a grant: it is an estimate. */
  waiting: number;
  ask: { readonly message: LeaseAsk; readonly sentAt: number } | null;
}

export interface Leases {
  readonly settings: LeaseSettings;
  readonly counters: Map<string, LeaseCounter>;
  readonly capacity: number;
}

/**
 * `wait`: for the answer to the ask that is under way, or due now. `unavailable`: refused because the companion can't
 * be asked.
 */
export type Lease = 'pass' | 'refuse' | 'wait' | 'unavailable';

const LEASE_CAPACITY = 20_000;
/** While the companion is down, one call a second finds out. */
const LEASE_RETRY_MS = 1000;
/** An ask whose request was killed is given up that long after its time-out. */
const LEASE_GRACE_MS = 250;
const MINUTE_MS = LENGTHS_MS.minute;

export function createLeases(settings: LeaseSettings, capacity = LEASE_CAPACITY): Leases {
  return { settings, counters: new Map(), capacity };
}

export function createLink(): LeaseLink {
  return { down: false, retryAt: 0, roundTripMs: 30, isolates: 1 };
}

/** What a chunk is for: a tenth of the shortest window, in ms. */
export function chunkMs({ windows }: LeaseCounter): number {
  return Math.min(20_000, Math.max(250, LENGTHS_MS[(windows[0] as Windows[number]).period] / 10));
}

/** The counter of a caller, and takes note of one request of it at `now`. */
export function useCounter(
  leases: Leases,
  key: string,
  windows: Windows,
  link: LeaseLink,
  now: number,
): LeaseCounter {
  // Limits of one scope share its windows, whichever of them each has: the companion counts each window by itself.
  const id = windows.reduce((text, { period, limit }) => `${text}\n${limit} a ${period}`, key);
  let counter = leases.counters.get(id);
  if (counter === undefined) {
    makeLeaseRoom(leases, now);
    counter = createCounter(key, windows, link, now);
    leases.counters.set(id, counter);
  }
  const fade = Math.exp(-Math.max(0, now - counter.usedAt) / chunkMs(counter));
  counter.demand = counter.demand * fade + 1;
  counter.usedAt = now;
  roll(counter, now);
  return counter;
}

function createCounter(key: string, windows: Windows, link: LeaseLink, now: number): LeaseCounter {
  return {
    key,
    windows,
    link,
    starts: [],
    left: 0,
    spent: 0,
    back: windows.map(() => 0),
    room: windows.map(({ limit }) => limit),
    unpaid: windows.map(() => 0),
    early: 0,
    next: null,
    demand: 0,
    usedAt: now,
    fullUntil: 0,
    aloneUntil: 0,
    waiting: 0,
    ask: null,
  };
}

/**
 * Halves a full table: those that are idle go, then the oldest. A counter that goes loses its tokens, and is asked for
 * again; only what passed without a token and was not told yet is forgotten with it.
 */
function makeLeaseRoom({ counters, capacity }: Leases, now: number): void {
  for (const idleOnly of [true, false])
    if (counters.size >= capacity)
      for (const [key, counter] of counters)
        if (counters.size > capacity / 2 && !(idleOnly && isBusy(counter, now))) counters.delete(key);
}

function isBusy(counter: LeaseCounter, now: number): boolean {
  return counter.ask !== null || now < counter.fullUntil || now - counter.usedAt < 2 * chunkMs(counter);
}

const startsAt = (windows: Windows, now: number): number[] =>
  windows.map(({ period }) => windowStart(period, now));
const areEqual = (a: readonly number[], b: readonly number[]): boolean => a.every((each, i) => each === b[i]);

/**
 * Moves into the windows of `now`. Tokens left of those that ended go back to the longer ones that go on. The clock may
 * have been set back: then, too, nothing that belongs to other windows is kept.
 */
function roll(counter: LeaseCounter, now: number): void {
  const { windows, next } = counter;
  const starts = startsAt(windows, now);
  if (counter.starts.length > 0 && areEqual(starts, counter.starts)) return;
  const fits = next !== null && areEqual(next.starts, starts);
  windows.forEach(({ limit }, i) => {
    const goesOn = counter.starts[i] === starts[i];
    if (!goesOn) {
      counter.back[i] = counter.unpaid[i] = 0;
      counter.room[i] = limit;
    } else counter.back[i] = (counter.back[i] ?? 0) + counter.left;
    if (next !== null && !fits && next.starts[i] === starts[i])
      counter.back[i] = (counter.back[i] ?? 0) + next.granted;
  });
  counter.starts = starts;
  counter.left = fits ? next.granted : 0;
  counter.next = null;
  counter.spent = counter.early = counter.fullUntil = counter.aloneUntil = 0;
}

/** Passes without a token, to be told with the next ask. */
function passUnpaid(counter: LeaseCounter): Lease {
  counter.windows.forEach((_, i) => {
    counter.back[i] = (counter.back[i] ?? 0) - 1;
    counter.unpaid[i] = (counter.unpaid[i] ?? 0) + 1;
  });
  return 'pass';
}

/** Spends a token for one request, which is in the counter's demand already. */
export function takeToken(leases: Leases, counter: LeaseCounter, now: number): Lease {
  roll(counter, now);
  if (counter.left > 0) {
    counter.left--;
    counter.spent++;
    return 'pass';
  }
  if (now < counter.fullUntil) return 'refuse';
  if (isAlone(counter, now)) {
    // Where others are refused, the request that finds out whether the companion is back may as well wait for the
    // answer.
    const findsOut =
      leases.settings.onFailure === 'closed' && now >= counter.aloneUntil && isRetryDue(counter.link, now);
    return findsOut ? 'wait' : takeAlone(leases, counter);
  }
  if (leases.settings.limits === 'loose' && counter.early < earlyMost(counter)) {
    counter.early++;
    return passUnpaid(counter);
  }
  return 'wait';
}

/** The companion can't be asked, or does not know the current window. */
export function isAlone({ link, aloneUntil }: LeaseCounter, now: number): boolean {
  return link.down || now < aloneUntil;
}

/** Of all isolates together a twentieth of the limit; but one in each. */
function earlyMost({ windows, link }: LeaseCounter): number {
  return Math.max(1, Math.floor(Math.min(...windows.map(({ limit }) => limit)) / 20 / link.isolates));
}

/** What `onFailure` says. Alone, an isolate has an equal share of what was left when it last heard of it. */
export function takeAlone({ settings: { onFailure } }: Leases, counter: LeaseCounter): Lease {
  if (onFailure === 'closed') return 'unavailable';
  const { room, unpaid, link } = counter;
  const mayPass = (rest: number, i: number): boolean =>
    rest > 0 && (unpaid[i] ?? 0) < Math.max(1, Math.floor(rest / link.isolates));
  return onFailure === 'open' || room.every(mayPass) ? passUnpaid(counter) : 'refuse';
}

/**
 * What is to be asked at `now`, beside a request or before one that waits; null for nothing. Its tokens have left the
 * counter. One ask is under way at a time.
 */
export function nextAsk(leases: Leases, counter: LeaseCounter, now: number, waits: boolean): LeaseAsk | null {
  const { link, ask } = counter;
  roll(counter, now);
  if (ask !== null && isRunning(ask.sentAt, now, leases.settings.timeoutMs + LEASE_GRACE_MS)) return null;
  if (now < counter.aloneUntil || now < counter.fullUntil) return null;
  if (link.down) {
    if (!isRetryDue(link, now)) return null;
    link.retryAt = now + LEASE_RETRY_MS;
  }
  const need = waits ? Math.max(1, counter.waiting) : counter.waiting;
  const owes = counter.unpaid.some((count) => count > 0);
  if (need > 0 || owes || link.down) return sendAsk(counter, counter.starts, need, now);
  const ahead = 2 * link.roundTripMs + 5;
  const low = counter.demand * Math.min(0.5, ahead / chunkMs(counter));
  if (counter.left > 0 && counter.left <= low && counter.room.every((rest) => rest > 0))
    return sendAsk(counter, counter.starts, 0, now);
  return isNextDue(counter, now + ahead)
    ? sendAsk(counter, startsAt(counter.windows, now + ahead), 0, now)
    : null;
}

/** A clock that was set back makes it over, or nothing would be asked until it is back where it was. */
const isRunning = (since: number, now: number, ms: number): boolean => now >= since && now < since + ms;

const isRetryDue = ({ retryAt }: LeaseLink, now: number): boolean =>
  !isRunning(retryAt - LEASE_RETRY_MS, now, LEASE_RETRY_MS);

function isNextDue({ windows, starts, next, demand }: LeaseCounter, then: number): boolean {
  const { period } = windows[0] as Windows[number];
  return (
    LENGTHS_MS[period] <= MINUTE_MS &&
    next === null &&
    demand >= 1.5 &&
    windowStart(period, then) !== starts[0]
  );
}

function sendAsk(counter: LeaseCounter, starts: readonly number[], need: number, now: number): LeaseAsk {
  const message = composeAsk(counter, starts, need, Math.ceil(counter.demand) + need);
  counter.ask = { message, sentAt: now };
  return message;
}

function composeAsk(counter: LeaseCounter, starts: readonly number[], need: number, want: number): LeaseAsk {
  const isCurrent = areEqual(starts, counter.starts);
  const spent = isCurrent ? Math.max(0, counter.spent) : 0;
  counter.spent -= spent;
  return {
    key: counter.key,
    windows: counter.windows.map(({ period, limit }, i) => ({
      start: starts[i] ?? 0,
      length: LENGTHS_MS[period],
      limit,
    })),
    need,
    want,
    spent,
    back: counter.back.map((back, i) => {
      if (starts[i] !== counter.starts[i]) return 0;
      counter.back[i] = 0;
      return back;
    }),
  };
}

/** The companion's answer to an ask; ignored unless that ask is under way. */
export function receiveGrant(counter: LeaseCounter, message: LeaseAsk, grant: LeaseGrant, now: number): void {
  const { link, ask } = counter;
  if (ask === null || ask.message !== message) return;
  counter.ask = null;
  link.down = false;
  // The clock may have been set meanwhile.
  const took = Math.min(LEASE_RETRY_MS, Math.max(0, now - ask.sentAt));
  link.roundTripMs += (took - link.roundTripMs) / 8;
  roll(counter, now);
  const starts = message.windows.map(({ start }) => start);
  if (areEqual(starts, counter.starts)) receiveCurrent(counter, message, grant, now);
  else if (!grant.unknown) receiveOther(counter, starts, grant.granted);
}

function receiveCurrent(counter: LeaseCounter, message: LeaseAsk, grant: LeaseGrant, now: number): void {
  const { granted, room, full, held } = grant;
  if (grant.unknown) {
    const [shortest] = message.windows;
    counter.waiting = 0;
    counter.aloneUntil = shortest ? shortest.start + shortest.length : 0;
    return;
  }
  counter.left += granted;
  // Those who waited take theirs now, and the companion knows of them.
  counter.spent -= Math.min(granted, message.need);
  counter.waiting = Math.max(0, counter.waiting - granted);
  counter.room = [...room];
  counter.unpaid = counter.back.map((back) => Math.max(0, -back));
  const window = message.windows[full];
  if (granted > 0 || window === undefined) return;
  counter.waiting = 0;
  const ends = windowEnd((counter.windows[full] as Windows[number]).period, window.start);
  counter.fullUntil = held > 0 ? Math.min(ends, now + Math.max(chunkMs(counter), window.length / 20)) : ends;
}

/** Of windows to come, or of such as ended meanwhile. */
function receiveOther(counter: LeaseCounter, starts: readonly number[], granted: number): void {
  if ((starts[0] ?? 0) > (counter.starts[0] ?? 0)) {
    counter.next = { starts, granted };
    return;
  }
  starts.forEach((start, i) => {
    if (start === counter.starts[i]) counter.back[i] = (counter.back[i] ?? 0) + granted;
  });
}

/** No answer came. What was to be given back is given up; a debt is told again, at the risk of telling it twice. */
export function failAsk(counter: LeaseCounter, message: LeaseAsk, now: number): void {
  const { link, ask } = counter;
  if (ask === null || ask.message !== message) return;
  counter.ask = null;
  counter.waiting = 0;
  link.down = true;
  link.retryAt = now + LEASE_RETRY_MS;
  message.windows.forEach(({ start }, i) => {
    const back = message.back[i] ?? 0;
    if (back < 0 && start === counter.starts[i]) counter.back[i] = (counter.back[i] ?? 0) + back;
  });
}

/**
 * What idle counters of a link hold, to be given back in one message whose answer says nothing; their tokens have left
 * them.
 */
export function returnIdle(leases: Leases, link: LeaseLink, now: number): LeaseAsk[] {
  const asks: LeaseAsk[] = [];
  for (const counter of leases.counters.values()) {
    if (counter.link !== link || counter.left === 0 || isBusy(counter, now)) continue;
    roll(counter, now);
    if (counter.left === 0) continue;
    counter.back = counter.back.map((back) => back + counter.left);
    counter.left = 0;
    counter.demand = 0;
    asks.push(composeAsk(counter, counter.starts, 0, 0));
  }
  return asks;
}

/** For each window, what a caller may still send as far as this isolate knows. */
export function remainingOf({ room, unpaid, left }: LeaseCounter): number[] {
  return room.map((rest, i) => Math.max(0, rest + left - (unpaid[i] ?? 0)));
}
