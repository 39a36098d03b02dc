/**
 * `{status.path}/metrics?all`: the counters of all isolates, for Prometheus.
 *
 * Each isolate reports the increase of its counters to the companion, in parallel with a request and once more when it
 * becomes idle; what an isolate counted since then is lost when it is killed. Gauges cannot be summed and stay per
 * isolate. A message whose answer is lost is sent again unchanged, with its old number, and counts once. If the
 * companion has restarted meanwhile, the message is dropped: undercounting is better than counting twice.
 */
import { havePassed } from '../core/clock.ts';
import type { SumsReport } from '../companion/sums.ts';
import type { Hooks } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { delay } from '../core/runtime.ts';
import type { Envelope, Sender } from '../limits/lease-messages.ts';
import type { State } from '../http/state.ts';
import { IDLE_MS, callCompanion, createCompanion, newEnvelope } from '../shared/companion.ts';
import type { Companion } from '../shared/companion.ts';
import { familiesText, samplesOf } from './prometheus.ts';
import type { Families, Sample } from './prometheus.ts';
import { metricFamilies, statusReport } from './report.ts';

interface Reporter {
  readonly companion: Companion;
  readonly sender: Sender;
  /** This isolate's counters, by series. */
  readonly read: () => Sample[];
  /** Each series' value as last reported to the companion. */
  readonly reported: Map<string, number>;
  /** The unanswered message, and how often it was sent. */
  pending: { readonly message: Envelope & { counts: Sample[] }; sent: number } | null;
  /** Time of the last report in ms since 1970; 0 for never. */
  reportedAt: number;
}

export function startSums(state: State): Hooks {
  const { settings, runtime } = state;
  const { shared, status } = settings;
  if (!shared?.metrics || status === null) return {};
  const companion = createCompanion(shared, runtime);
  const read = () => countersIn(metricFamilies(statusReport(state, runtime.now())));
  const sender = { session: '', sequence: 0 };
  const reporter: Reporter = { companion, sender, read, reported: new Map(), pending: null, reportedAt: 0 };
  const everyMs = 1000 * shared.metrics.everySeconds;
  return {
    finish: () => (context) => reportBeside(reporter, everyMs, context),
    allMetrics: async () => {
      await reportSums(reporter);
      const report = await callCompanion<SumsReport>(companion, '/count');
      return report && sumsText(report);
    },
  };
}

function reportBeside(reporter: Reporter, everyMs: number, { waitUntil }: Context): void {
  const { runtime } = reporter.companion;
  const now = runtime.now();
  if (!havePassed(everyMs, reporter.reportedAt, now)) return;
  reporter.reportedAt = now;
  const idle = delay(runtime, Math.min(everyMs, IDLE_MS));
  waitUntil(reportSums(reporter));
  waitUntil(idle.then(() => (reporter.reportedAt === now ? reportSums(reporter) : undefined)));
}

async function reportSums(reporter: Reporter): Promise<void> {
  const { companion, sender, reported } = reporter;
  if (reporter.pending === null) {
    const counts = reporter.read();
    const grown = counts.flatMap(([series, value]): Sample[] => {
      const more = value - (reported.get(series) ?? 0);
      return more > 0 ? [[series, more]] : [];
    });
    if (grown.length === 0) return;
    for (const [series, value] of counts) reported.set(series, value);
    reporter.pending = { message: { ...newEnvelope(companion, sender), counts: grown }, sent: 0 };
  }
  const { pending } = reporter;
  pending.sent++;
  const answer = await callCompanion<{ session: string }>(companion, '/count', pending.message);
  if (answer === null || reporter.pending !== pending) return;
  sender.session = answer.session;
  reporter.pending = null;
  // A message of an unknown session counts nothing. One that was sent only once cannot have counted before.
  if (answer.session === pending.message.session || pending.sent > 1) return;
  reporter.pending = { message: { ...pending.message, ...newEnvelope(companion, sender) }, sent: 0 };
  return reportSums(reporter);
}

export function countersIn(families: Families): Sample[] {
  return [...families.values()].flatMap(({ type, samples }) => (type === 'gauge' ? [] : samples));
}

/** The sums in Prometheus's text format: each family's samples together, after its type. */
export function sumsText({ since, isolates, sums }: SumsReport): string {
  const families: Families = new Map();
  for (const sample of sums) {
    const name = sample[0].slice(0, sample[0].indexOf('{'));
    const family = name.replace(/_(bucket|sum|count)$/, '');
    const type = family === name ? 'counter' : 'histogram';
    samplesOf(families, family, type, 'of all isolates').push(sample);
  }
  const addGauge = (name: string, of: string, value: number) =>
    samplesOf(families, name, 'gauge', of).push([name, value]);
  addGauge('gateway_isolates', 'that reported anything within the last minute', isolates);
  addGauge('gateway_sums_start_time_seconds', '(when the companion began to add up)', since / 1000);
  return familiesText(families);
}
