/** The gateway as a hop of a trace. */
import t from 'tap';
import { beginSpan, startTrace } from '../../../../lib/traffic/trace/trace.ts';
import type { Config } from '../../../../lib/config/types.ts';
import { configured } from '../../../support/config.ts';
import { drive } from '../../../support/traffic.ts';

const T32 = '4bf92f3577b34da6a3ce929d0e0e4736';
const S = '00f067aa0ba902b7';
const setting = (trace: NonNullable<Config['trace']>) => configured({ trace }).routes[0]!.trace!;
const runtime = (draw: number) => ({ id: () => '0123456789abcdef'.repeat(2), random: () => draw });
const caller = (sampled: boolean | null) => ({ format: 'w3c', traceId: T32, spanId: S, sampled }) as const;

t.test('sampling is decided by the flag of the caller, `sample` and `capCallers`', async (t) => {
  type Row = readonly [sample: number, capCallers: boolean, caller: boolean | null, draw: number, boolean];
  const CASES: Row[] = [
    [0.5, false, null, 0.4, true],
    [0.5, false, null, 0.6, false],
    [0, false, true, 0.4, true],
    [1, false, false, 0.4, false],
    [0, true, true, 0.4, false],
    [0.5, true, true, 0.4, true],
    [1, true, false, 0.4, false],
  ];
  for (const [sample, capCallers, sampled, draw, expected] of CASES) {
    const span = beginSpan(setting({ sample, capCallers }), caller(sampled), runtime(draw), false);
    t.equal(span.sampled, expected, JSON.stringify([sample, capCallers, sampled, draw]));
    t.same([span.traceId, span.parentId], [T32, S]);
  }
});

t.test('a new trace: ids may be 8 bytes, and Kong invents a parent', async (t) => {
  const begin = (idBytes: 8 | 16, kong = false) => beginSpan(setting({ idBytes }), null, runtime(0), kong);
  t.match(begin(16), { traceId: '0123456789abcdef'.repeat(2), parentId: null });
  t.equal(begin(8).traceId, '0'.repeat(16) + '0123456789abcdef');
  t.match(begin(16, true).parentId, /^[\da-f]{16}$/);
});

t.test('a span contains no path or query of the caller', async (t) => {
  const to = { url: 'https://otel.test/' };
  const one = drive(startTrace, { trace: { to } }, { fetch: async () => new Response(null) });
  const { context } = await one.enter('/secret?apikey=sesame', {
    headers: { traceparent: `00-${T32}-${S}-01` },
  });
  one.leave(context, new Response('', { status: 502 }), 'origin_unreachable');
  await one.runtime.settle();
  const text = await one.runtime.sent[0]!.text();
  t.notMatch(text, /sesame|secret/);
  const { resourceSpans } = JSON.parse(text) as { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] };
  const [span] = resourceSpans[0]!.scopeSpans[0]!.spans;
  t.match(span, { traceId: T32, parentSpanId: S, name: 'GET default', kind: 2, status: { code: 2 } });
});

t.test('a response without a route also names its trace', async (t) => {
  const one = drive(startTrace, { trace: { sample: 0, responseHeader: 'X-Trace' } });
  const { context } = await one.enter('/', {}, { route: null });
  const answer = one.leave({ ...context, span: null }, new Response('', { status: 404 }), 'no_route');
  t.match(answer.headers.get('x-trace'), /^[\da-f]{32}$/);
});
