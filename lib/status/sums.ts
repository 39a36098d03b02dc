/**
 * `{status.path}/metrics?all`: what all isolates have counted, as Prometheus reads it.
 *
 * Each isolate tells the companion by how much its counters grew, beside a request and once more when it falls idle;
 * what an isolate that is killed had counted since is lost. Gauges are no sums and stay each isolate's own. A message
 * whose answer is lost is sent again as it was, with its old number, and counts once. Where the companion has begun
 * anew meanwhile, it is dropped: less is better than twice.
 */
import type { Hooks } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import type { Envelope } from '../limits/lease-messages.ts';
import type { State } from '../http/state.ts';
import { callCompanion, createCompanion, newEnvelope } from '../shared/companion.ts';
import type { Companion } from '../shared/companion.ts';
import { metricsText, statusReport } from './report.ts';

type Counts = [series: string, value: number][];
interface SumsReport {
  readonly since: number;
  readonly isolates: number;
  readonly sums: Counts;
}
interface Reporter {
  readonly companion: Companion;
  /** What was counted in this isolate, by series. */
  readonly read: () => Counts;
  /** What the companion was told of each series. */
  readonly told: Map<string, number>;
  /** The message whose answer is outstanding, and how often it was sent. */
  pending: { readonly message: Envelope & { counts: Counts }; sent: number } | null;
  /** Ms since 1970; 0 for never. */
  toldAt: number;
}

/** waitUntil lives on for 30 s after an answer. */
const SUMS_IDLE_MS = 20_000;

export function startSums(state: State): Hooks {
  const { settings, runtime } = state;
  const { shared, status } = settings;
  if (!shared?.metrics || status === null) return {};
  const companion = createCompanion(shared, runtime);
  const read = (): Counts => countersIn(metricsText(statusReport(state, runtime.now())));
  const reporter: Reporter = { companion, read, told: new Map(), pending: null, toldAt: 0 };
  const everyMs = 1000 * shared.metrics.everySeconds;
  return {
    finish: () => (context) => tellBeside(reporter, everyMs, context),
    allMetrics: async () => {
      await tell(reporter);
      const report = await callCompanion<SumsReport>(companion, 0, '/count');
      return report && sumsText(report);
    },
  };
}

function tellBeside(reporter: Reporter, everyMs: number, { waitUntil }: Context): void {
  const { runtime } = reporter.companion;
  const now = runtime.now();
  if (Math.abs(now - reporter.toldAt) < everyMs) return;
  reporter.toldAt = now;
  const idle = new Promise<void>((done) => runtime.after(Math.min(everyMs, SUMS_IDLE_MS), done));
  waitUntil(tell(reporter));
  waitUntil(idle.then(() => (reporter.toldAt === now ? tell(reporter) : undefined)));
}

async function tell(reporter: Reporter): Promise<void> {
  const { companion, told } = reporter;
  const [link] = companion.links;
  if (reporter.pending === null) {
    const counts = reporter.read();
    const grown = counts.flatMap(([series, value]): Counts => {
      const more = value - (told.get(series) ?? 0);
      return more > 0 ? [[series, more]] : [];
    });
    if (grown.length === 0) return;
    for (const [series, value] of counts) told.set(series, value);
    reporter.pending = { message: { ...newEnvelope(companion, link), counts: grown }, sent: 0 };
  }
  const { pending } = reporter;
  pending.sent++;
  const answer = await callCompanion<{ session: string }>(companion, link.shard, '/count', pending.message);
  if (answer === null || reporter.pending !== pending) return;
  link.session = answer.session;
  reporter.pending = null;
  // Of an unknown session nothing counts. A message that was sent once cannot have counted before.
  if (answer.session === pending.message.session || pending.sent > 1) return;
  reporter.pending = { message: { ...pending.message, ...newEnvelope(companion, link) }, sent: 0 };
  return tell(reporter);
}

/** Samples of counters and histograms in Prometheus's text, without the prefix of their type's comment lines. */
export function countersIn(text: string): Counts {
  const counters = new Set(
    [...text.matchAll(/^# TYPE (\S+) (?:counter|histogram)$/gm)].map(([, name]) => name),
  );
  return [...text.matchAll(/^([^#\s{]+)(\{.*\}) (\S+)$/gm)].flatMap(
    ([, name = '', labels = '', value]): Counts => {
      const family = name.replace(/_(bucket|sum|count)$/, '');
      return counters.has(name) || counters.has(family) ? [[name + labels, Number(value)]] : [];
    },
  );
}

/** The sums in Prometheus's text: samples of a family in one piece, under its type. */
export function sumsText({ since, isolates, sums }: SumsReport): string {
  const families = new Map<string, string[]>();
  for (const [series, sum] of sums) {
    const name = series.slice(0, series.indexOf('{'));
    const family = name.replace(/_(bucket|sum|count)$/, '');
    const lines = families.get(family) ?? [
      `# HELP ${family} ${family.replace('gateway_', '').replaceAll('_', ' ')} of all isolates`,
      `# TYPE ${family} ${family === name ? 'counter' : 'histogram'}`,
    ];
    lines.push(`${series} ${sum}`);
    families.set(family, lines);
  }
  const gauges = [
    ['isolates', 'that told anything within the last minute', isolates],
    ['sums_start_time_seconds', 'since when the companion has added up', since / 1000],
  ].map(
    ([name, help, value]) =>
      `# HELP gateway_${name} ${help}\n# TYPE gateway_${name} gauge\ngateway_${name} ${value}`,
  );
  return [...[...families.values()].flat(), ...gauges, ''].join('\n');
}
