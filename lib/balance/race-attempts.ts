/** Who is asked when: the first attempt, the next one after a failure, and one beside an origin that has gone silent. */
import { chooseOrigin, takeTurn } from './policies.ts';
import type { Origin } from './pool.ts';
import type { Attempt, Race } from './race-record.ts';
import { canPay, spendToken } from './retry-budget.ts';

/** Connections of one request that may wait for headers at once. */
const SLOTS = 6;
const UNKNOWN_STAGGER_MS = 300;
const LAST_HEDGE_MS = 1000;
const LONG_MS = 5000;

export function sendNext(race: Race, most: number, now: number): void {
  const next = chooseOrigin(race, most, now);
  if (next !== null) send(race, next, now);
}

export function send(race: Race, origin: Origin, now: number): void {
  const { pool, traits } = race;
  const attempt: Attempt = {
    origin,
    startedAt: now,
    earlier: race.last,
    retest: origin.ejectedUntil > 0,
    outcome: null,
    status: 0,
    response: null,
    control: null,
  };
  origin.pending.push(now);
  origin.requests++;
  race.last = attempt;
  race.waiting++;
  if (++race.sent === 1) {
    race.level = origin.priority;
    takeTurn(pool, origin);
  }
  if (race.waiting === 1 && traits.safe) armHedge(race, attempt, now);
  race.network.send(race, attempt);
}

function armHedge(race: Race, attempt: Attempt, now: number): void {
  const { balance, hedge } = race.pool.settings;
  const { mean, deviation } = attempt.origin;
  race.leader = attempt;
  if (balance === 'race') race.stagger = 0;
  else if (hedge.budgetPercent === 0) return;
  else if (hedge.afterMs !== 'silent') race.stagger = Math.max(1, hedge.afterMs);
  // Whole milliseconds, as the clock: a deadline between two ticks would be waited for again and again.
  else race.stagger = Math.ceil(Math.min(2000, Math.max(20, mean + 5 * deviation || UNKNOWN_STAGGER_MS)));
  race.hedgeAt = now + race.stagger;
}

/** Everything sent has failed. A request that never left cost no origin anything: it may always be repeated, and is not paid for. */
export function retry(race: Race, now: number): void {
  const { pool, traits, failed, sent, hedges, round } = race;
  const { settings, retryBudget } = pool;
  if (failed === null || !traits.replayable || sent - hedges > settings.retries) return;
  const { outcome } = failed;
  const lost = outcome === 'lost' || outcome === 'unsent';
  const free = outcome === 'unsent';
  if (outcome === 'rejected' || (!free && !(traits.repeatable && canPay(retryBudget)))) return;
  if (outcome === 'timeout' ? !settings.retryOn.timeout : lost && !settings.retryOn.unreachable) return;
  let next = chooseOrigin(race, Infinity, now);
  if (next === null && (lost || settings.retrySame) && settings.balance !== 'latency') {
    race.round = race.last;
    next = chooseOrigin(race, Infinity, now);
  }
  if (next === null) return void (race.round = round);
  if (!free) spendToken(retryBudget);
  next.retries++;
  send(race, next, now);
}

/** The next origin is asked beside one that has gone silent; one that answers others is not silent, this request is just long. */
export function hedge(race: Race, now: number): void {
  const { pool, stagger } = race;
  const { origin, startedAt } = race.leader!;
  const waited = now - startedAt;
  const lastAfter = Math.max(LAST_HEDGE_MS, 3 * stagger);
  const early = stagger === 0 || waited < lastAfter;
  if (stagger > 0) {
    race.hedgeAt = early ? startedAt + lastAfter : now + LAST_HEDGE_MS;
    const silent = Math.min(waited, now - origin.answeredAt) >= Math.max(100, stagger / 2);
    const asked = silent || waited >= LONG_MS || (early && pool.settings.hedge.afterMs !== 'silent');
    if (race.waiting > 1 || !asked || (!early && pool.settings.retries === 0)) return;
    // Early hedges are a luxury, and few; later ones are repeats.
    if (!canPay(early ? pool.hedgeBudget : pool.retryBudget)) return;
  }
  const next = race.waiting < SLOTS ? chooseOrigin(race, early ? race.level : Infinity, now) : null;
  if (next === null) {
    if (!early || stagger === 0) race.hedgeAt = Infinity;
    return;
  }
  if (stagger > 0) {
    spendToken(early ? pool.hedgeBudget : pool.retryBudget);
    next.hedges++;
  }
  race.hedges++;
  send(race, next, now);
}
