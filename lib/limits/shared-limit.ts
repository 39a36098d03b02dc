/**
 * A limit over all isolates: each one spends tokens that the companion has granted it, chunk by chunk.
 *
 * Promises for `exact` with `onFailure: closed` that all isolates together spend no more tokens of a window than its
 * limit, whatever fails: a token is spent once and only in the window that it was granted for, it leaves the counter
 * before the message that returns it is sent, and an answer counts only while its ask is in flight. A lost answer, an
 * isolate that dies and a window that ends can only lose tokens.
 *
 * Costs nothing while tokens are left. A caller's first request in an isolate and window waits for one round trip;
 * later chunks, and those of the next second or minute, are asked for in parallel with a request that does not wait.
 * Rejected: a call for each request (0.3 of the throughput); counting here and sending deltas each second as Kong's
 * redis policy does (up to 2.9 times the limit passes); caching refusals only (half a call per request). Pure: neither
 * clock nor network.
 */
import type { Period, RateLimitSettings } from '../config/types.ts';
import type { LeaseAsk, LeaseGrant, Sender } from './lease-messages.ts';
import { LENGTHS_MS, windowEnd, windowStart } from './windows.ts';

type Windows = RateLimitSettings['windows'];

export interface LeaseSettings {
  /** `loose`: a caller's first requests in an isolate and window pass at once and are charged after the response. */
  readonly limits: 'exact' | 'loose';
  /**
   * While the companion can't be reached. `local`: this isolate's share of what was left passes; `open`: all requests
   * pass; `closed`: none.
   */
  readonly onFailure: 'local' | 'open' | 'closed';
  readonly timeoutMs: number;
}

/** The state of the link to the companion's object that holds a counter. */
export interface LeaseLink extends Sender {
  readonly shard: number;
  /** The last call failed: one call a second tries again, the other requests follow `onFailure`. */
  down: boolean;
  retryAt: number;
  roundTripMs: number;
  /** How many isolates ask the object; 1 before its first answer. */
  isolates: number;
  /** When the timer that returns idle tokens fires. */
  sweepsAt: number;
}

/** The current one of a limit's windows of one length. */
interface CurrentWindow {
  readonly period: Period;
  readonly limit: number;
  /** When it began. */
  start: number;
  /** Tokens to return or, below zero, requests to report that passed without one. */
  back: number;
  /** What could still be granted as of the last answer, and what passed without a token since. */
  room: number;
  unpaid: number;
}

export interface LeaseCounter {
  readonly key: string;
  readonly windows: readonly CurrentWindow[];
  readonly link: LeaseLink;
  /** Tokens that are left to spend; each counts in all the windows. */
  left: number;
  /** Tokens spent since the last message to the companion, of those granted ahead of need. */
  spent: number;
  /** With `loose`: requests of the current windows that passed before the companion was asked. */
  early: number;
  /** Tokens of windows that have not begun yet. */
  next: { readonly starts: readonly number[]; readonly granted: number } | null;
  /** Requests per chunk's time, decaying; as of `usedAt`. */
  demand: number;
  usedAt: number;
  /** Requests are refused until then: the window ends, or other isolates may have returned tokens. */
  fullUntil: number;
  /** The companion does not know a current window's count: until it is asked again it is treated as down. */
  aloneUntil: number;
  /** Requests that wait for an answer. An estimate: a caller that disconnects is counted until a grant. */
  waiting: number;
  ask: { readonly message: LeaseAsk; readonly sentAt: number } | null;
}

export interface Leases {
  readonly settings: LeaseSettings;
  readonly counters: Map<string, LeaseCounter>;
  readonly capacity: number;
}

/**
 * `wait`: for the answer to the ask that is in flight, or due now. `unavailable`: refused because the companion can't
 * be reached.
 */
export type Lease = 'pass' | 'refuse' | 'wait' | 'unavailable';

const LEASE_CAPACITY = 20_000;
/** While the companion is down, one call a second checks whether it is back. */
const LEASE_RETRY_MS = 1000;
/** How long after its timeout an ask is given up if its request was killed. */
const LEASE_GRACE_MS = 250;
const MINUTE_MS = LENGTHS_MS.minute;

export function createLeases(settings: LeaseSettings, capacity = LEASE_CAPACITY): Leases {
  return { settings, counters: new Map(), capacity };
}

export function createLink(shard = 0): LeaseLink {
  const state = { down: false, retryAt: 0, roundTripMs: 30, isolates: 1, sweepsAt: 0 };
  return { ...state, shard, session: '', sequence: 0 };
}

/** The time that a chunk is meant to last: a tenth of the shortest window, in ms. */
export function chunkMs({ windows }: LeaseCounter): number {
  return Math.min(20_000, Math.max(250, LENGTHS_MS[windows[0]!.period] / 10));
}

/** Returns a caller's counter, and records one request of the caller at `now`. */
export function useCounter(
  leases: Leases,
  key: string,
  windows: Windows,
  link: LeaseLink,
  now: number,
): LeaseCounter {
  // Limits of one scope share its windows, whichever of them each has: the companion counts each window separately.
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
    // `roll` starts them.
    windows: windows.map((window) => ({ ...window, start: NaN, back: 0, room: 0, unpaid: 0 })),
    link,
    left: 0,
    spent: 0,
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
 * Halves a full table: evicts idle counters, then the oldest. An evicted counter loses its tokens, and asks again when
 * it is next used; requests that passed without a token and were not yet reported are lost with it.
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

const startsAt = ({ windows }: LeaseCounter, now: number): number[] =>
  windows.map(({ period }) => windowStart(period, now));
const startsOf = ({ windows }: LeaseCounter): number[] => windows.map(({ start }) => start);
const areCurrent = ({ windows }: LeaseCounter, starts: readonly number[]): boolean =>
  windows.every(({ start }, i) => start === starts[i]);

/**
 * Moves the counter into the windows of `now`. Tokens left when a window ends are returned to the longer windows that
 * continue. If the clock was set back, too, nothing that belongs to other windows is kept.
 */
function roll(counter: LeaseCounter, now: number): void {
  const { windows, next, left } = counter;
  const starts = startsAt(counter, now);
  if (areCurrent(counter, starts)) return;
  const fits = next !== null && next.starts.every((start, i) => start === starts[i]);
  windows.forEach((window, i) => {
    const start = starts[i]!;
    if (window.start === start) window.back += left;
    else Object.assign(window, { start, back: 0, room: window.limit, unpaid: 0 });
    if (next !== null && !fits && next.starts[i] === start) window.back += next.granted;
  });
  counter.left = fits ? next.granted : 0;
  counter.next = null;
  counter.spent = counter.early = counter.fullUntil = counter.aloneUntil = 0;
}

/** Passes a request without a token, to be reported with the next ask. */
function passUnpaid({ windows }: LeaseCounter): Lease {
  for (const window of windows) {
    window.back--;
    window.unpaid++;
  }
  return 'pass';
}

/** Spends a token for one request, which the counter's demand includes already. */
export function takeToken(leases: Leases, counter: LeaseCounter, now: number): Lease {
  roll(counter, now);
  if (counter.left > 0) {
    counter.left--;
    counter.spent++;
    return 'pass';
  }
  if (now < counter.fullUntil) return 'refuse';
  if (isAlone(counter, now)) {
    // If others are refused, the request that checks whether the companion is back may as well wait for the answer.
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

/** The companion can't be reached, or does not know the current window's count. */
export function isAlone({ link, aloneUntil }: LeaseCounter, now: number): boolean {
  return link.down || now < aloneUntil;
}

/** A twentieth of the limit for all isolates together, but at least one in each. */
function earlyMost({ windows, link }: LeaseCounter): number {
  return Math.max(1, Math.floor(Math.min(...windows.map(({ limit }) => limit)) / 20 / link.isolates));
}

/** Applies `onFailure`. For `local`, an isolate has an equal share of what was left as of the last answer. */
export function takeAlone({ settings: { onFailure } }: Leases, counter: LeaseCounter): Lease {
  if (onFailure === 'closed') return 'unavailable';
  const { windows, link } = counter;
  const mayPass = ({ room, unpaid }: CurrentWindow): boolean =>
    room > 0 && unpaid < Math.max(1, Math.floor(room / link.isolates));
  return onFailure === 'open' || windows.every(mayPass) ? passUnpaid(counter) : 'refuse';
}

/**
 * The ask to send at `now`, in parallel with a request or before one that waits; null for none. The tokens that it
 * returns have left the counter. Only one ask is in flight at a time.
 */
export function nextAsk(leases: Leases, counter: LeaseCounter, now: number, waits: boolean): LeaseAsk | null {
  const { windows, link, ask } = counter;
  roll(counter, now);
  if (ask !== null && isRunning(ask.sentAt, now, leases.settings.timeoutMs + LEASE_GRACE_MS)) return null;
  if (now < counter.aloneUntil || now < counter.fullUntil) return null;
  if (link.down) {
    if (!isRetryDue(link, now)) return null;
    link.retryAt = now + LEASE_RETRY_MS;
  }
  const need = waits ? Math.max(1, counter.waiting) : counter.waiting;
  const owes = windows.some(({ unpaid }) => unpaid > 0);
  if (need > 0 || owes || link.down) return sendAsk(counter, startsOf(counter), need, now);
  const ahead = 2 * link.roundTripMs + 5;
  const low = counter.demand * Math.min(0.5, ahead / chunkMs(counter));
  if (counter.left > 0 && counter.left <= low && windows.every(({ room }) => room > 0))
    return sendAsk(counter, startsOf(counter), 0, now);
  return isNextDue(counter, now + ahead) ? sendAsk(counter, startsAt(counter, now + ahead), 0, now) : null;
}

/** False if the clock was set back: otherwise nothing would be asked until it has caught up. */
const isRunning = (since: number, now: number, ms: number): boolean => now >= since && now < since + ms;

const isRetryDue = ({ retryAt }: LeaseLink, now: number): boolean =>
  !isRunning(retryAt - LEASE_RETRY_MS, now, LEASE_RETRY_MS);

function isNextDue({ windows, next, demand }: LeaseCounter, then: number): boolean {
  const { period, start } = windows[0]!;
  return (
    LENGTHS_MS[period] <= MINUTE_MS && next === null && demand >= 1.5 && windowStart(period, then) !== start
  );
}

function sendAsk(counter: LeaseCounter, starts: readonly number[], need: number, now: number): LeaseAsk {
  const message = composeAsk(counter, starts, need, Math.ceil(counter.demand) + need);
  counter.ask = { message, sentAt: now };
  return message;
}

function composeAsk(counter: LeaseCounter, starts: readonly number[], need: number, want: number): LeaseAsk {
  const isCurrent = areCurrent(counter, starts);
  const spent = isCurrent ? Math.max(0, counter.spent) : 0;
  counter.spent -= spent;
  return {
    key: counter.key,
    windows: counter.windows.map(({ period, limit }, i) => ({
      start: starts[i]!,
      length: LENGTHS_MS[period],
      limit,
    })),
    need,
    want,
    spent,
    back: counter.windows.map((window, i) => {
      const { start, back } = window;
      if (starts[i] !== start) return 0;
      window.back = 0;
      return back;
    }),
  };
}

/** The companion's answer to an ask; ignored unless that ask is in flight. */
export function receiveGrant(counter: LeaseCounter, message: LeaseAsk, grant: LeaseGrant, now: number): void {
  const { link, ask } = counter;
  if (ask === null || ask.message !== message) return;
  counter.ask = null;
  link.down = false;
  // The clock may have been set in the meantime.
  const took = Math.min(LEASE_RETRY_MS, Math.max(0, now - ask.sentAt));
  link.roundTripMs += (took - link.roundTripMs) / 8;
  roll(counter, now);
  const starts = message.windows.map(({ start }) => start);
  if (areCurrent(counter, starts)) receiveCurrent(counter, message, grant, now);
  else if (!grant.unknown) receiveOther(counter, starts, grant.granted);
}

function receiveCurrent(counter: LeaseCounter, message: LeaseAsk, grant: LeaseGrant, now: number): void {
  const { granted, room, full, held } = grant;
  if (grant.unknown) {
    counter.waiting = 0;
    // Not until the window ends, which may be a month: the companion's table may have room soon.
    counter.aloneUntil = now + chunkMs(counter);
    restoreDebts(counter, message);
    return;
  }
  counter.left += granted;
  // Waiting requests spend theirs now, and the companion has counted them.
  counter.spent -= Math.min(granted, message.need);
  counter.waiting = Math.max(0, counter.waiting - granted);
  counter.windows.forEach((window, i) => {
    window.room = room[i]!;
    window.unpaid = Math.max(0, -window.back);
  });
  const exhausted = counter.windows[full];
  if (granted > 0 || exhausted === undefined) return;
  counter.waiting = 0;
  const { period, start } = exhausted;
  const ends = windowEnd(period, start);
  const soon = now + Math.max(chunkMs(counter), LENGTHS_MS[period] / 20);
  counter.fullUntil = held > 0 ? Math.min(ends, soon) : ends;
}

/** A grant for windows that have not begun, or that have ended in the meantime. */
function receiveOther(counter: LeaseCounter, starts: readonly number[], granted: number): void {
  const { windows } = counter;
  if (starts[0]! > windows[0]!.start) counter.next = { starts, granted };
  else windows.forEach((window, i) => (window.back += starts[i] === window.start ? granted : 0));
}

/** No answer came. Tokens being returned are lost; a debt is reported again, at the risk of reporting it twice. */
export function failAsk(counter: LeaseCounter, message: LeaseAsk, now: number): void {
  const { link, ask } = counter;
  if (ask === null || ask.message !== message) return;
  counter.ask = null;
  counter.waiting = 0;
  link.down = true;
  link.retryAt = now + LEASE_RETRY_MS;
  restoreDebts(counter, message);
}

function restoreDebts(counter: LeaseCounter, { windows, back }: LeaseAsk): void {
  counter.windows.forEach((window, i) => {
    if (windows[i]!.start === window.start) window.back += Math.min(0, back[i]!);
  });
}

/**
 * The tokens of a link's idle counters, to be returned in one message whose answer is ignored. The tokens have left the
 * counters.
 */
export function returnIdle(leases: Leases, link: LeaseLink, now: number): LeaseAsk[] {
  const asks: LeaseAsk[] = [];
  for (const counter of leases.counters.values()) {
    if (counter.link !== link || counter.left === 0 || isBusy(counter, now)) continue;
    roll(counter, now);
    if (counter.left === 0) continue;
    for (const window of counter.windows) window.back += counter.left;
    counter.left = 0;
    counter.demand = 0;
    asks.push(composeAsk(counter, startsOf(counter), 0, 0));
  }
  return asks;
}

/** For each window, how many requests a caller may still send, as far as this isolate knows. */
export function remainingOf({ windows, left }: LeaseCounter): number[] {
  return windows.map(({ room, unpaid }) => Math.max(0, room + left - unpaid));
}
