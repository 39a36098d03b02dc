/**
 * The finished run as plain data: the source of every report and the summary that --json writes at its end.
 */
import type { Histogram } from 'hdr-histogram-js';
import type { Format } from './input.ts';
import type { Options } from './options.ts';
import { latencyAt, type Group, type Tally } from './tally.ts';

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}
export interface Summary {
  readonly from: string;
  readonly to: string;
  readonly file: string;
  readonly format: Format;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly interrupted: boolean;
  /** An error in the input that ended the run early; null if it was read to the end. */
  readonly fault: string | null;
  readonly counts: Readonly<Tally['counts']> & { readonly skipped: Readonly<Record<string, number>> };
  readonly firstUnanswered: string;
  readonly differences: readonly Group[];
  readonly otherDifferences: number;
  /** Milliseconds until the response's headers; null if nothing was compared. */
  readonly latency: { readonly from: Percentiles; readonly to: Percentiles } | null;
}

export function summarize(
  options: Options,
  { file, format }: { readonly file: string; readonly format: Format },
  tally: Tally,
  times: { startedAt: Date; endedAt: Date; interrupted: boolean; fault: string | null },
): Summary {
  const measured = tally.fromLatency.totalCount > 0;
  return {
    from: options.from.origin + options.from.basePath,
    to: options.to.origin + options.to.basePath,
    file,
    format,
    startedAt: times.startedAt.toISOString(),
    endedAt: times.endedAt.toISOString(),
    interrupted: times.interrupted,
    fault: times.fault,
    counts: { ...tally.counts, skipped: Object.fromEntries(tally.skipped) },
    firstUnanswered: tally.firstUnanswered,
    differences: [...tally.groups.values()].sort((a, b) => b.count - a.count),
    otherDifferences: tally.otherGroups,
    latency: measured ? { from: percentiles(tally.fromLatency), to: percentiles(tally.toLatency) } : null,
  };
}

function percentiles(histogram: Histogram): Percentiles {
  const at = (percentile: number) => Math.round(latencyAt(histogram, percentile) * 10) / 10;
  return { p50: at(50), p90: at(90), p99: at(99), max: at(100) };
}
