/**
 * The run's counters, in bounded memory for recordings of any length: counts, the kinds of differences with one example
 * each, and two latency histograms.
 */
import { build, type Histogram } from 'hdr-histogram-js';
import type { Difference } from './difference.ts';

/** One differing exchange, already redacted. */
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
export interface Tally {
  readonly counts: {
    read: number;
    sent: number;
    same: number;
    different: number;
    /** Neither gateway answered. */
    unanswered: number;
  };
  firstUnanswered: string;
  /** Entries that were not sent, by reason. */
  readonly skipped: Map<string, number>;
  readonly groups: Map<string, Group>;
  /** Differences of kinds beyond the bound. */
  otherGroups: number;
  readonly fromLatency: Histogram;
  readonly toLatency: Histogram;
}

const MOST_GROUPS = 500;
const MICROSECONDS = 1000;

export function createTally(): Tally {
  const histogram = () =>
    build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: 4_000_000_000,
      numberOfSignificantValueDigits: 2,
    });
  return {
    counts: { read: 0, sent: 0, same: 0, different: 0, unanswered: 0 },
    firstUnanswered: '',
    skipped: new Map(),
    groups: new Map(),
    otherGroups: 0,
    fromLatency: histogram(),
    toLatency: histogram(),
  };
}

export function countSkipped(tally: Tally, reason: string): void {
  tally.skipped.set(reason, (tally.skipped.get(reason) ?? 0) + 1);
}

export function countLatency(tally: Tally, fromMs: number, toMs: number): void {
  tally.fromLatency.recordValue(Math.max(1, Math.round(fromMs * MICROSECONDS)));
  tally.toLatency.recordValue(Math.max(1, Math.round(toMs * MICROSECONDS)));
}

/** Milliseconds at a percentile. */
export function latencyAt(histogram: Histogram, percentile: number): number {
  return histogram.getValueAtPercentile(percentile) / MICROSECONDS;
}

export function countExchange(tally: Tally, exchange: Exchange): void {
  tally.counts[exchange.differences.length === 0 ? 'same' : 'different']++;
  for (const difference of exchange.differences) countDifference(tally, difference, exchange);
}

function countDifference(tally: Tally, difference: Difference, exchange: Exchange): void {
  // list indexes: one kind per field; statuses: one kind per pair
  const name = difference.kind === 'body' ? difference.name.replace(/\/\d+(?=\/|$)/g, '/*') : difference.name;
  const pair = difference.kind === 'status' ? `${difference.from} ${difference.to}` : difference.note;
  const key = [
    difference.kind,
    name,
    difference.kind === 'latency' || difference.kind === 'body' ? '' : pair,
  ].join('\n');
  const group = tally.groups.get(key);
  if (group) group.count++;
  else if (tally.groups.size >= MOST_GROUPS) tally.otherGroups++;
  else {
    const request = `${exchange.method} ${exchange.target}`;
    tally.groups.set(key, {
      kind: difference.kind,
      name,
      count: 1,
      example: difference,
      where: exchange.where,
      request,
    });
  }
}
