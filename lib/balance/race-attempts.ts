/**
 * When each attempt is sent: the first one, a retry after a failure, and a hedge if an origin has gone silent.
 */
import { chooseOrigin, takeTurn } from './policies.ts';
import type { Origin } from './pool.ts';
import { judgeAttempt } from './race-outcome.ts';
import type { Attempt, Race } from './race-record.ts';

const UNKNOWN_STAGGER_MS = 300;
const LAST_HEDGE_MS = 1000;
const LONG_MS = 5000;
/** An origin that shed load this recently would do so again. */
const SHED_MS = 1000;

export function sendTo(state: Race, origin: Origin, now: number): void {
  const { pool } = state;
  const attempt: Attempt = {
    origin,
    startedAt: now,
    earlier: state.last,
    retest: origin.ejectedUntil > 0,
    outcome: null,
    status: 0,
    judged: false,
    response: null,
    control: null,
  };
  origin.pending.push(now);
  origin.requests++;
  if (state.last === null) takeTurn(pool, origin);
  state.last = attempt;
  if (++state.waiting === 1) armTimer(state, attempt, now);
  state.network.send(state, attempt);
}

/** For unsafe requests too: they also record that their origin is silent. */
function armTimer(state: Race, leader: Attempt, now: number): void {
  const { origins, settings } = state.pool;
  const { afterMs } = settings.hedge;
  const { mean, deviation } = leader.origin;
  if (origins.length < 2) return;
  const usual = Math.min(2000, Math.max(20, mean + 5 * deviation || UNKNOWN_STAGGER_MS));
  // Whole milliseconds, like the clock: for a deadline between two ticks the timer would be set again and again.
  state.stagger = Math.ceil(afterMs === 'silent' ? usual : Math.max(1, afterMs));
  state.leader = leader;
  state.hedgeAt = now + state.stagger;
}

/**
 * Every attempt has failed. A request that never left cost no origin anything: it may be retried with any method, and
 * takes no token.
 */
export function retry(state: Race, now: number): void {
  const { pool, traits, failed, round } = state;
  const { settings, retryBudget } = pool;
  if (failed === null || !traits.replayable || state.retriesLeft === 0) return;
  const { outcome } = failed;
  const { unreachable, timeout } = settings.retryOn;
  const free = outcome === 'unsent';
  const lost = free || outcome === 'lost';
  if (outcome === 'rejected' || (lost && !unreachable) || (outcome === 'timeout' && !timeout)) return;
  if (!free && !(traits.repeatable && retryBudget.tokens >= 1)) return;
  // As in Kong, an attempt that another follows is counted at once, so that an origin it ejects is not asked again.
  if (settings.retrySame && pool.countFailures !== null) judgeAttempt(state, failed, null, now);
  let next = chooseOrigin(state, Infinity, now);
  if (next === null && (lost || settings.retrySame) && settings.balance !== 'latency') {
    state.round = state.last;
    next = chooseOrigin(state, Infinity, now);
  }
  // If every origin sheds load, retries add to it: 17% more requests in a surge to 130%, and no more good answers.
  state.exhausted = next === null;
  if (next === null || (outcome === 'shed' && now - next.shedAt < SHED_MS)) return void (state.round = round);
  if (!free) retryBudget.tokens--;
  state.retriesLeft--;
  next.retries++;
  sendTo(state, next, now);
}

/**
 * Asks the next origin as well if the leader's has gone silent. An origin that answers other requests is not silent:
 * this request is just long.
 */
export function sendHedge(state: Race, now: number): void {
  const { pool, traits, stagger } = state;
  const { afterMs, budgetPercent } = pool.settings.hedge;
  const { origin, startedAt } = state.leader!;
  const waited = now - startedAt;
  const lastAfter = Math.max(LAST_HEDGE_MS, 3 * stagger);
  const early = waited < lastAfter;
  state.hedgeAt = early ? startedAt + lastAfter : now + LAST_HEDGE_MS;
  const silent = Math.min(waited, now - origin.answeredAt) >= Math.max(100, stagger / 2);
  if (silent) origin.silentSince ||= startedAt;
  if (!silent && waited < LONG_MS && (afterMs === 'silent' || !early)) return;
  // Early hedges are optional: few, and within the priority level. Later ones count as retries.
  const budget = early ? pool.hedgeBudget : pool.retryBudget;
  if (!traits.safe || budgetPercent === 0 || state.waiting > 1 || budget.tokens < 1) return;
  const next = chooseOrigin(state, early ? origin.priority : Infinity, now);
  if (next === null) return;
  budget.tokens--;
  next.hedges++;
  sendTo(state, next, now);
}
