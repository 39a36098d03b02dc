/** The metrics of a run. */
import { GIVE_UP_MS, type Fault, type Scenario } from './world.ts';

export const emptyTally = () => ({
  visits: 0,
  subrequests: 0,
  /** Work of winning attempts, and total work, in server-ms. */
  useful: 0,
  work: 0,
  answers: [] as { at: number; ms: number; ok: boolean }[],
  choices: [] as { at: number; origin: number }[],
  imbalance: [] as number[],
});
export type Tally = ReturnType<typeof emptyTally>;

/** Times in ms, shares 0 to 1; NaN if a metric does not apply. */
export type Summary = Readonly<ReturnType<typeof summarise>>;

export function summarise(scenario: Scenario, tally: Tally) {
  const [fault] = scenario.faults ?? [];
  const good = tally.answers.filter((answer) => answer.ok).map((answer) => answer.ms);
  const all = tally.answers.map((answer) => (answer.ok ? answer.ms : GIVE_UP_MS));
  good.sort(ascending);
  return {
    requests: all.length,
    success: good.length / all.length,
    // Latency of the successful requests.
    p50: quantile(good, 0.5),
    p95: quantile(good, 0.95),
    p99: quantile(good, 0.99),
    /** Mean latency with a failure counted as 10 s: the cost of a policy. */
    cost: mean(all),
    /** p99 with failures as 10 s. */
    p99All: quantile(all.sort(ascending), 0.99),
    subrequests: tally.subrequests / tally.visits,
    /** Origin work beyond the winning attempts, relative to theirs. */
    extraWork: tally.work / tally.useful - 1,
    imbalance: mean(tally.imbalance),
    ...(fault ? duringFault(scenario, fault, tally) : NO_FAULT),
  };
}

const NO_FAULT = { faultSuccess: NaN, exposure: NaN, divertMs: NaN, returnMs: NaN };

function duringFault(scenario: Scenario, { from, to, origin }: Fault, tally: Tally) {
  const start = Math.max(scenario.warmupMs, from - scenario.beforeMs);
  const shareOf = (since: number, until: number): number => {
    const there = tally.choices.filter((choice) => choice.at >= since && choice.at < until);
    return there.filter((choice) => choice.origin === origin).length / there.length;
  };
  const before = shareOf(start, from);
  const { windowMs, durationMs } = scenario;
  const firstWindow = (since: number, until: number, fits: (share: number) => boolean): number => {
    for (
      let w = Math.floor(since / windowMs) * windowMs;
      w + windowMs <= until && w < durationMs;
      w += windowMs
    )
      if (fits(shareOf(w, w + windowMs))) return w - since;
    return NaN;
  };
  const during = tally.answers.filter((answer) => answer.at >= from && answer.at < to);
  return {
    faultSuccess: during.filter((answer) => answer.ok).length / during.length,
    /** Share of first choices on the bad origin, relative to before. */
    exposure: shareOf(from, to) / before,
    // Until the origin got less than a fifth of its former share; after the fault, until it got more than half.
    divertMs: firstWindow(from, to, (share) => share <= 0.2 * before),
    returnMs: before > 0.01 ? firstWindow(to, Infinity, (share) => share >= 0.5 * before) : NaN,
  };
}

const ascending = (a: number, b: number): number => a - b;
const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
/** NaN for an empty list. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
