/**
 * Prometheus's text exposition format, version 0.0.4, from plain figures.
 *
 * The output passes `promtool check metrics`: HELP and TYPE once, before a family's samples; label values escaped;
 * cumulative buckets that end in +Inf. Names follow https://prometheus.io/docs/practices/naming/: snake case, seconds
 * instead of ms, `_total` on counters only. A new figure in a report needs no change here.
 */
import { LATENCY_BOUNDS } from '../core/metrics.ts';
import type { Latencies } from '../core/metrics.ts';

type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [series: string, value: number];
interface Family {
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: Sample[];
}
/** By name. */
export type Families = Map<string, Family>;

/** Figures that are counters. */
const COUNTERS = /^(requests|failures|hedges|retries|hits|misses|stale|sent|failed|dropped)$/;

/** The format has these three escapes. JSON's others, such as \t, are errors that reject the whole scrape. */
const escaped = (text: string): string =>
  text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : '\\' + char));

/** The family's samples, to which more can be added. `of`: what its figures are of. */
export function samplesOf(families: Families, name: string, type: Family['type'], of: string): Sample[] {
  const help = `${name.replace('gateway_', '').replaceAll('_', ' ')} ${of}`;
  const family = families.get(name) ?? { help, type, samples: [] };
  families.set(name, family);
  return family.samples;
}

/** `part` is the suffix of a histogram's sample, else "". */
export function addSample(
  families: Families,
  family: string,
  labels: Labels,
  value: number,
  part = '',
): void {
  const name = 'gateway_' + family;
  const type = family.endsWith('_total') ? 'counter' : part ? 'histogram' : 'gauge';
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  const series = `${name}${part}{${pairs.join()}}`;
  samplesOf(families, name, type, 'of this isolate alone').push([series, value]);
}

/** Each figure that is a number or a boolean becomes a family. */
export function addFigures(families: Families, prefix: string, labels: Labels, figures: object): void {
  for (const [key, value] of Object.entries(figures)) {
    if (typeof value !== 'number' && typeof value !== 'boolean') continue;
    const snake = `${prefix}_${key}`.replace(/[A-Z]/g, (letter) => '_' + letter.toLowerCase());
    const seconds = snake.replace(/_ms$/, '_seconds');
    const name = COUNTERS.test(key) ? seconds + '_total' : seconds;
    addSample(families, name, labels, seconds === snake ? Number(value) : Number(value) / 1000);
  }
}

/** A histogram in seconds. */
export function addLatencies(
  families: Families,
  family: string,
  labels: Labels,
  { buckets, sumMs }: Latencies,
): void {
  let count = 0;
  buckets.forEach((one, i) => {
    const le = i < LATENCY_BOUNDS.length ? String(LATENCY_BOUNDS[i]! / 1000) : '+Inf';
    addSample(families, family, { ...labels, le }, (count += one), '_bucket');
  });
  addSample(families, family, labels, sumMs / 1000, '_sum');
  addSample(families, family, labels, count, '_count');
}

export function familiesText(families: Families): string {
  return [...families]
    .map(([name, { help, type, samples }]) => {
      const lines = samples.map((sample) => sample.join(' '));
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
    })
    .join('');
}
