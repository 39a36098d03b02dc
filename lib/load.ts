/**
 * How busy is an origin? What to expect of it, learnt from the answers that went by anyway.
 *
 * Promises an estimate of the time to response headers that rises by a third of the gap with each slower answer, falls
 * with faster ones, and drifts back to the best that was usual once nobody asks: an origin that was slow for a
 * while gets its chance again without a probe, one that never was fast is asked now and then. Costs a few additions an
 * answer and one exponential a choice.
 * Refuses to learn from failures: a fast failure would look like a fast origin (Google's SRE book, "sinkhole").
 *
 * Rejected: load averages asked of the origins (a minute old and shared by every isolate, so all of them stampede to the
 * same one); peak estimates that decay to zero as in Finagle (with few requests the origin used last looks worst);
 * counting what is in flight with `++` and `--` (a caller who hangs up may leave a count behind for ever; start times expire).
 */

import type { Moment } from './moment.ts';

/** Estimates fade with this time constant, in ms... */
const FORGET_AFTER_MS = 10_000;
/** ...but never faster than with this many requests: an isolate asked once a minute must not forget between two. */
const FADE_REQUESTS = 10;
const RECALL_MS = 30_000;
const GAIN = 0.3;
/** One answer counts as three times the estimate at most: two long requests in a hundred must not make a near origin look far. */
const AT_MOST = 3;
/** Beyond the usual by this many ms, an attempt is a long request or a caller who hung up. */
const BUSY_MS = 100;

export interface Load {
  samples: number;
  latency: number;
  learntAt: number;
  learntRequest: number;
  floor: number;
  mean: number;
  deviation: number;
  prior: number;
  readonly pending: number[];
  answeredAt: number;
  goodAt: number;
  reading: number;
  readAt: number;
  expected: number;
}

/**
 * `samples`: good answers that were learnt from. `latency`: the estimate in ms at the last of them, `learntAt` and at the pool's request
 * number `learntRequest`. `floor`: the best that is usual. `mean`, `deviation`: of answer times, as TCP keeps them (RFC 6298). `prior`: a first
 * guess from a probe or the distance, 0 for none. `pending`: start times of the attempts that wait for headers, oldest first. `answeredAt`,
 * `goodAt`: when it last answered at all, and when well. `reading`: what it said of its own load, at `readAt`. `expected`: what to expect of
 * it right now, kept between the two passes of one choice.
 */
export function createLoad(): Load {
  return {
    samples: 0, latency: 0, learntAt: 0, learntRequest: 0, floor: Infinity, mean: 0, deviation: 0, prior: 0,
    pending: [], answeredAt: 0, goodAt: 0, reading: 0, readAt: 0, expected: 0,
  }; // prettier-ignore
}

/** Expected ms to headers, what is pending aside; 0 where nothing is known. */
export function restingLatency(load: Load, at: Moment): number {
  if (load.samples === 0) return load.prior === 0 ? 0 : load.prior + at.service;
  const age = Math.min(
    (at.now - load.learntAt) / FORGET_AFTER_MS,
    (at.requests - load.learntRequest) / FADE_REQUESTS,
  );
  return load.floor + (load.latency - load.floor) * Math.exp(-Math.max(0, age));
}

/** Nothing was learnt of it for long: an origin that was slow in an isolate's first moments would stay so for all of its life. */
export function isForgotten(load: Load, now: number): boolean {
  return load.samples > 0 && now - load.learntAt > RECALL_MS;
}

/** Ms for which nothing has come back although something is pending; 0 where nothing is. */
export function silentFor(load: Load, at: Moment): number {
  const oldest = load.pending[0];
  return oldest === undefined ? 0 : at.now - Math.max(oldest, load.answeredAt);
}

/** As restingLatency, but an origin that is silent for unusually long is at least as slow as its silence. */
export function expectedLatency(load: Load, at: Moment): number {
  const resting = restingLatency(load, at);
  const silence = silentFor(load, at);
  return resting > 0 && silence > resting && silence > load.mean + 4 * load.deviation ? silence : resting;
}

/** An origin answered well after `ms`. The first answer on a new connection holds the handshake too: a prior is blended, not replaced. */
export function learnLatency(load: Load, ms: number, at: Moment): void {
  const current = restingLatency(load, at);
  // What is long ago counts for little beside a faster answer.
  const fade =
    load.samples > 0 && ms < current ? 1 - Math.exp(-(at.now - load.learntAt) / FORGET_AFTER_MS) : 0;
  if (load.samples === 0 && load.prior === 0) load.latency = ms;
  else load.latency = current + Math.max(GAIN, fade) * (Math.min(ms, AT_MOST * current) - current);
  if (load.floor === Infinity) load.floor = load.prior > 0 ? Math.min(ms, current) : ms;
  load.floor +=
    ms < load.floor
      ? Math.max(0.5, fade) * (ms - load.floor)
      : 0.02 * (Math.min(ms, 3 * load.floor) - load.floor);
  if (load.mean === 0) [load.mean, load.deviation] = [ms, ms / 2];
  else {
    load.deviation += (Math.abs(ms - load.mean) - load.deviation) / 4;
    load.mean += (ms - load.mean) / 8;
  }
  load.samples++;
  load.learntAt = load.goodAt = at.now;
  load.learntRequest = at.requests;
}

/** Another origin was faster although this one was asked first, `ms` ago: it takes at least that long. */
export function learnOvertaken(load: Load, ms: number, at: Moment): void {
  const current = restingLatency(load, at);
  if (ms <= current) return;
  load.latency = load.samples === 0 ? ms : current + GAIN * (ms - current);
  if (load.floor === Infinity) load.floor = load.latency;
  load.samples = Math.max(1, load.samples);
  load.learntAt = at.now;
  load.learntRequest = at.requests;
}

/** Attempts under way that count as load: what waits for long is a long request, or a caller who hung up and took the news along. */
export function busyWith(load: Load, at: Moment): number {
  const { pending } = load;
  const since = at.now - BUSY_MS - load.mean - 4 * load.deviation;
  let count = pending.length;
  for (let i = 0; i < pending.length && pending[i]! < since; i++) count--;
  return count;
}

/** Forgets attempts older than `lifeMs`, whose callers hung up: left to the next send, their silence would keep it away for ever. */
export function expirePending(load: Load, now: number, lifeMs: number): void {
  while (load.pending.length > 0 && now - load.pending[0]! > lifeMs) load.pending.shift();
}

/** An attempt goes out. */
export function addPending(load: Load, now: number, lifeMs: number): void {
  expirePending(load, now, lifeMs);
  load.pending.push(now);
}

/** The attempt that began at `startedAt` is no longer pending. */
export function dropPending(load: Load, startedAt: number): void {
  const at = load.pending.indexOf(startedAt);
  if (at >= 0) load.pending.splice(at, 1);
}

/** A round trip over the great circle between two points in degrees, in ms: cables lead about 70 km a ms, there and back. */
export function distanceMs(
  latitude: number,
  longitude: number,
  toLatitude: number,
  toLongitude: number,
): number {
  const rad = Math.PI / 180;
  const cosine =
    Math.sin(latitude * rad) * Math.sin(toLatitude * rad) +
    Math.cos(latitude * rad) * Math.cos(toLatitude * rad) * Math.cos((longitude - toLongitude) * rad);
  return 5 + (6371 * Math.acos(Math.min(1, Math.max(-1, cosine)))) / 70;
}
