/**
 * Prometheus's text exposition format, version 0.0.4: families in, text out. What is in the families is report.ts's matter.
 *
 * Promises output that `promtool check metrics` passes: HELP and TYPE once before a family's samples, label values escaped,
 * cumulative buckets that end in +Inf. Names follow https://prometheus.io/docs/practices/naming/: base units, `_total`
 * on counters alone, no type in the name.
 */

export type Labels = Readonly<Record<string, string>>;

/** A counter's or gauge's value, or a histogram's counts (one for each bound and one above them) and their sum. */
export type Sample = [labels: Labels, value: number | readonly number[], sum?: number];

/** Without the prefix "gateway_"; a name in "_total" is a counter, one with several counts a histogram. */
export type Family = [name: string, help: string, samples: Sample[]];

/** `bounds` are the histograms' upper bounds, in the families' unit. */
export function prometheusText(families: readonly Family[], bounds: readonly number[]): string {
  let text = '';
  for (const [suffix, help, samples] of families) {
    const name = 'gateway_' + suffix;
    const type = name.endsWith('_total') ? 'counter' : typeof samples[0]?.[1] === 'object' ? 'histogram' : 'gauge';
    text += `# HELP ${name} ${help}.\n# TYPE ${name} ${type}\n`;
    for (const [labels, value, sum] of samples) {
      let count = 0;
      const line = (part: string, shown: number | undefined, more?: Labels) => {
        text += `${name}${part}{${Object.entries({ ...labels, ...more }).map(([label, of]) => `${label}=${JSON.stringify(of)}`)}} ${shown}\n`;
      };
      if (typeof value === 'number') line('', value);
      else {
        value.forEach((one, i) => line('_bucket', (count += one), { le: `${bounds[i] ?? '+Inf'}` }));
        line('_sum', sum);
        line('_count', count);
      }
    }
  }
  return text;
}
