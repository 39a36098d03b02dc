import t from 'tap';
import * as prometheus from '../../../lib/status/prometheus.ts';
import type { Families } from '../../../lib/status/prometheus.ts';
import { lintMetrics } from '../../support/lint-metrics.ts';

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, '+Inf'];
const { addSample, familiesText } = prometheus;
t.test('a family is declared once, in any order of samples; label values are escaped', async (t) => {
  const families: Families = new Map();
  addSample(families, 'requests_total', { route: 'a' }, 1);
  addSample(families, 'origin_weight', { origin: 'a"b\\c\nd\te' }, 2.5);
  addSample(families, 'requests_total', { route: 'b' }, 3);
  const lines = [
    '# HELP gateway_requests_total requests total of this isolate alone',
    '# TYPE gateway_requests_total counter',
    'gateway_requests_total{route="a"} 1',
    'gateway_requests_total{route="b"} 3',
    '# HELP gateway_origin_weight origin weight of this isolate alone',
    '# TYPE gateway_origin_weight gauge',
    'gateway_origin_weight{origin="a\\"b\\\\c\\nd\te"} 2.5',
    '',
  ];
  t.equal(familiesText(families), lines.join('\n'));
  t.strictSame(lintMetrics(familiesText(families)), []);
});

t.test('names are snake case with units; buckets are cumulative and end in +Inf', async (t) => {
  const families: Families = new Map();
  const figures = {
    estimateMs: 250,
    inFlight: 3,
    ejected: true,
    requests: 7,
    name: 'x',
    load: null,
    reason: '',
  };
  prometheus.addFigures(families, 'origin', { origin: 'x' }, figures);
  const buckets = [1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 2];
  prometheus.addLatencies(families, 'latency_seconds', {}, { buckets, sumMs: 12_500 });
  const text = familiesText(families);
  t.match(text, /TYPE gateway_latency_seconds histogram/);
  const samples = text.split('\n').filter((line) => line.startsWith('gateway'));
  t.strictSame(samples, [
    'gateway_origin_estimate_seconds{origin="x"} 0.25',
    'gateway_origin_in_flight{origin="x"} 3',
    'gateway_origin_ejected{origin="x"} 1',
    'gateway_origin_requests_total{origin="x"} 7',
    ...[1, 1, 5, 5, 5, 5, 5, 5, 5, 5, 7].map(
      (count, i) => `gateway_latency_seconds_bucket{le="${BOUNDS[i]}"} ${count}`,
    ),
    'gateway_latency_seconds_sum{} 12.5',
    'gateway_latency_seconds_count{} 7',
  ]);
});

t.test('the linter finds an invalid exposition', async (t) => {
  const bad = [
    '# TYPE a_seconds gauge\na_seconds 1\n',
    'a_seconds 1\n',
    '# HELP a x\n# TYPE a gauge\na 1 x y\n',
    '# HELP a x\n# TYPE a gauge\na{b="c"} 1\na{b="c"} 1\n',
  ];
  for (const text of bad) t.not(lintMetrics(text).length, 0, text);
});
