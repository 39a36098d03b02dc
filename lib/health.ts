/**
 * How well is an origin? What its failures cost it, when it is left out, and how it comes back.
 *
 * Promises that an origin which cannot be reached is left out after its first such failure, one that answers with gateway
 * errors after three in a row, for twice as long each time; that it returns by itself through exactly one live request
 * (a lease of time, never a flag: whoever holds it may have vanished); and that nobody is left out for a 503 or 429,
 * because an origin that sheds load still works for others and ejecting it moves the overload on.
 * Costs one exponential a failure. Kong's passive checks never bring a target back; this is a deliberate departure.
 * Rejected: Envoy's five in a row and thirty seconds, which never fire in an isolate that sees a request every ten.
 */

import type { OutlierSettings } from './config/types.ts';
import type { Moment } from './moment.ts';

const FADE_MS = 30_000;
/** A failure to connect, a reset or a timeout weighs as much as three bad answers. */
export const HARD_STRIKES = 3;
const TRIAL_LEASE_MS = 5000;
const FORGET_MS = 30_000;
const SHUNNED_MS = 10_000;

/**
 * `error`: 500. `gateway`: 502, 504. `shed`: 503, 429, 529. `timeout`: no headers in time, 522, 524. `lost`: fetch threw, 520 and
 * other 52x. `unsent`: provably never left, 521, 523, 525, 526, 530. `superseded`: stopped by us, says nothing.
 */
export type Outcome = 'ok' | 'error' | 'gateway' | 'shed' | 'timeout' | 'lost' | 'unsent' | 'superseded';

/** Why a side request was sent. */
export type Purpose = 'cold' | 'preflight' | 'race' | 'trial' | 'health' | 'load';

export interface Health {
  failing: number;
  failingAt: number;
  strikes: number;
  suspicions: number;
  ejected: boolean;
  ejectedUntil: number;
  ejectedUntilRequest: number;
  ejectedFor: string;
  level: number;
  trialAt: number;
  returnedAt: number;
  shedAt: number;
  sick: boolean;
  goodChecks: number;
  badChecks: number;
  checkedAt: number;
}

/**
 * `failing`: share of recent attempts that failed, as of `failingAt`. `strikes`: failures in a row, hard ones threefold. `suspicions`: plain
 * 500s in a row that no other origin could be compared with. `ejected`: left out because of `ejectedFor`, until `ejectedUntil` and until the
 * pool has counted `ejectedUntilRequest` requests: back-off for isolates with little traffic. `level`: how often it was ejected lately;
 * doubles the time. `trialAt`: when a request last went to find out. `sick`: out by active checks; they alone bring it back.
 */
export function createHealth(): Health {
  return {
    failing: 0, failingAt: 0, strikes: 0, suspicions: 0, ejected: false, ejectedUntil: 0, ejectedUntilRequest: 0, ejectedFor: '',
    level: 0, trialAt: 0, returnedAt: 0, shedAt: 0, sick: false, goodChecks: 0, badChecks: 0, checkedAt: 0,
  }; // prettier-ignore
}

/** How many times worse an origin looks for its recent failures; 1 for none. */
export function failurePenalty(health: Health, now: number): number {
  return health.failing < 0.01 ? 1 : 1 + 20 * health.failing * Math.exp(-(now - health.failingAt) / FADE_MS);
}

/** One attempt failed (1) or succeeded (0); `weight` is how much it says. */
export function noteFailing(health: Health, failed: 0 | 1, weight: number, now: number): void {
  if (failed === 0 && health.failing === 0) return;
  const faded = health.failing * Math.exp(-(now - health.failingAt) / FADE_MS);
  health.failing = faded + weight * (failed - faded);
  health.failingAt = now;
}

/** Leaves the origin out, twice as long as last time; no effect while its time still runs. */
export function ejectOrigin(health: Health, outlier: OutlierSettings, why: string, at: Moment): void {
  const { now } = at;
  if (outlier.consecutiveFailures === Infinity || (health.ejected && now < health.ejectedUntil)) return;
  const factor = 2 ** health.level;
  health.level = Math.min(10, health.level + 1);
  health.ejected = true;
  health.ejectedFor = why;
  // The jitter keeps isolates that saw the same failure from returning in one wave.
  const seconds =
    Math.min(outlier.maxEjectSeconds, outlier.ejectSeconds * factor) * (0.8 + 0.4 * at.random());
  health.ejectedUntil = now + 1000 * seconds;
  health.ejectedUntilRequest = at.requests + Math.min(40, 5 * factor);
}

/** A failure that counts: `weight` strikes. Ejects at the limit. */
export function strikeOrigin(
  health: Health,
  outlier: OutlierSettings,
  weight: number,
  why: string,
  at: Moment,
): void {
  health.strikes += weight;
  // Shares of a limit may not add up to it exactly.
  if (health.strikes > outlier.consecutiveFailures - 1e-6) ejectOrigin(health, outlier, why, at);
}

/** The trial was good. The level stays, so that a flapping origin waits longer next time. */
export function readmitOrigin(health: Health, now: number): void {
  health.ejected = false;
  health.strikes = health.suspicions = health.failing = 0;
  health.returnedAt = now;
}

/** A good answer in ordinary service: failures in a row are over (unless they add up), and after half a minute the past fades. */
export function praiseOrigin(health: Health, cumulative: boolean, now: number): void {
  if (!cumulative) health.strikes = health.suspicions = 0;
  if (health.level > 0 && now - health.returnedAt > FORGET_MS) {
    health.level--;
    health.returnedAt = now;
  }
}

/** Out, and its time is up; or still in, but shunned for its failures and not asked for ten seconds. And nobody is trying it. */
export function mayTry(health: Health, at: Moment): boolean {
  if (at.now - health.trialAt < TRIAL_LEASE_MS) return false;
  return health.ejected
    ? at.now >= health.ejectedUntil && at.requests >= health.ejectedUntilRequest
    : health.failing > 0.05 && at.now - health.failingAt > SHUNNED_MS;
}

/** The result of one active check; counts in a row as HAProxy's rise and fall. */
export function noteCheck(health: Health, good: boolean, healthyAfter: number, unhealthyAfter: number): void {
  health.goodChecks = good ? health.goodChecks + 1 : 0;
  health.badChecks = good ? 0 : health.badChecks + 1;
  if (health.goodChecks >= healthyAfter) health.sick = false;
  if (health.badChecks >= unhealthyAfter) health.sick = true;
}
