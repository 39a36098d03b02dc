/**
 * The run's counters, in bounded memory for recordings of any length: counts, the kinds of differences with one example
 * each, and two latency histograms. At the end they become the summary, the source of every report.
 */
import { build, type Histogram } from 'hdr-histogram-js';
import type { Difference } from './difference.ts';

/** One exchange, already redacted. */
export interface Exchange {
  readonly where: string;
  readonly method: string;
  readonly target: string;
  readonly fromStatus: number;
  readonly toStatus: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly differences: readonly Difference[];
}
/** One kind of difference: the same header, cookie or location in a body, for any number of requests. */
export interface Group {
  readonly kind: Difference['kind'];
  readonly name: string;
  count: number;
  readonly example: Difference;
  readonly where: string;
  readonly request: string;
}
const MOST_GROUPS = 500;
const MICROSECONDS = 1000;

export type Tally = ReturnType<typeof createTally>;
export type Summary = ReturnType<typeof summarize>;
export type Percentiles = ReturnType<typeof percentiles>;

export function createTally() {
  const histogram = () => build({ highestTrackableValue: 4_000_000_000, numberOfSignificantValueDigits: 2 });
  return {
    counts: {
      read: 0,
      sent: 0,
      same: 0,
      different: 0,
      /** Neither gateway answered. */
      unanswered: 0,
      /** Entries that were not sent, by reason. */
      skipped: {} as Record<string, number>,
    },
    firstUnanswered: '',
    groups: new Map<string, Group>(),
    /** Differences of kinds beyond the bound. */
    otherGroups: 0,
    latency: { from: histogram(), to: histogram() },
  };
}

export function summarize({ counts, firstUnanswered, groups, otherGroups, latency }: Tally) {
  const { from, to } = latency;
  return {
    counts,
    firstUnanswered,
    differences: [...groups.values()].sort((a, b) => b.count - a.count),
    otherDifferences: otherGroups,
    /** Milliseconds until the response's headers; null if nothing was compared. */
    latency: from.totalCount > 0 ? { from: percentiles(from), to: percentiles(to) } : null,
  };
}

function percentiles(histogram: Histogram) {
  const at = (percentile: number) =>
    Math.round((10 * histogram.getValueAtPercentile(percentile)) / MICROSECONDS) / 10;
  return { p50: at(50), p90: at(90), p99: at(99), max: at(100) };
}

export function countSkipped({ counts: { skipped } }: Tally, reason: string): void {
  skipped[reason] = (skipped[reason] ?? 0) + 1;
}

export function countExchange(tally: Tally, exchange: Exchange): void {
  const { counts, latency } = tally;
  counts[exchange.differences.length === 0 ? 'same' : 'different']++;
  // Where only one answered there is nothing to compare.
  if (exchange.fromStatus > 0 && exchange.toStatus > 0)
    for (const side of ['from', 'to'] as const)
      latency[side].recordValue(Math.max(1, Math.round(exchange[`${side}Ms`] * MICROSECONDS)));
  for (const difference of exchange.differences) countDifference(tally, difference, exchange);
}

function countDifference(tally: Tally, difference: Difference, exchange: Exchange): void {
  const { kind, from, to, note } = difference;
  // list indexes: one kind per field; statuses: one kind per pair
  const name = kind === 'body' ? difference.name.replace(/\/\d+(?=\/|$)/g, '/*') : difference.name;
  const apart = kind === 'status' ? `${from} ${to}` : kind === 'latency' || kind === 'body' ? '' : note;
  const key = [kind, name, apart].join('\n');
  const group = tally.groups.get(key);
  if (group) group.count++;
  else if (tally.groups.size >= MOST_GROUPS) tally.otherGroups++;
  else {
    const { where, method, target } = exchange;
    const request = `${method} ${target}`;
    tally.groups.set(key, { kind, name, count: 1, example: difference, where, request });
  }
}
