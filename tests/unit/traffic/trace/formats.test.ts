/** Trace headers. */
import t from 'tap';
import { extractTrace, traceLines } from '../../../../lib/traffic/trace/formats.ts';
import type { Extractable, Format } from '../../../../lib/traffic/trace/formats.ts';

const T32 = '4bf92f3577b34da6a3ce929d0e0e4736';
const T16 = 'a3ce929d0e0e4736';
const S = '00f067aa0ba902b7';
const P = '05e3ac9a4f6e3b90';
const ALL: Extractable[] = ['b3', 'w3c', 'jaeger', 'ot'];

function read(headers: Record<string, string>, formats = ALL): unknown {
  const lines = new Headers(headers);
  const found = extractTrace(formats, (name) => lines.get(name));
  return found && [found.format, found.traceId, found.spanId, found.sampled];
}

t.test('extraction: valid and malformed headers', async (t) => {
  const CASES: readonly [Record<string, string>, unknown][] = [
    [{}, null],
    [{ traceparent: `00-${T32}-${S}-01` }, ['w3c', T32, S, true]],
    [{ traceparent: `00-${T32}-${S}-00` }, ['w3c', T32, S, false]],
    [{ traceparent: `01-${T32}-${S}-01` }, null],
    [{ traceparent: `00-${T32}-01` }, null],
    [{ traceparent: `00-${'0'.repeat(32)}-${S}-01` }, null],
    [{ traceparent: `00-${T32}-${'0'.repeat(16)}-01` }, null],
    [{ 'x-b3-traceid': T16, 'x-b3-spanid': S, 'x-b3-sampled': '1' }, ['b3', T16, S, true]],
    [{ 'x-b3-traceid': T32, 'x-b3-spanid': S, 'x-b3-flags': '1' }, ['b3', T32, S, true]],
    [{ 'x-b3-traceid': 'zz', 'x-b3-spanid': S }, null],
    [{ 'x-b3-sampled': '0' }, ['b3', null, null, false]],
    [{ b3: `${T32}-${S}-1-${P}` }, ['b3-single', T32, S, true]],
    [{ b3: `${T32}-${S}`, 'x-b3-sampled': '1' }, ['b3-single', T32, S, true]],
    [{ b3: `${T32}-${S}-0` }, ['b3-single', T32, S, false]],
    [{ b3: `${T32}-${S}-d` }, ['b3-single', T32, S, true]],
    [{ b3: '0' }, ['b3-single', null, null, false]],
    [{ b3: 'x' }, null],
    [{ 'uber-trace-id': `${T32}:${S}:0:1` }, ['jaeger', T32, S, true]],
    [{ 'uber-trace-id': `${T16}%3A${S}%3A0%3A0` }, ['jaeger', T16, S, false]],
    [{ 'uber-trace-id': `abc:def:0:0` }, ['jaeger', '0000000000000abc', '0000000000000def', false]],
    [{ 'uber-trace-id': `${T32}:${S}:0` }, null],
    [{ 'ot-tracer-traceid': T16, 'ot-tracer-spanid': S, 'ot-tracer-sampled': 'true' }, ['ot', T16, S, true]],
    [{ 'ot-tracer-traceid': T16 }, null],
    [{ b3: `${T32}-${S}-1`, traceparent: `00-${T32}-${P}-01` }, ['b3-single', T32, S, true]],
  ];
  for (const [headers, expected] of CASES) t.same(read(headers), expected, JSON.stringify(headers));
  t.same(
    read({ b3: '0', traceparent: `00-${T32}-${S}-01` }, ['w3c', 'b3']),
    ['w3c', T32, S, true],
    'in the order of the list',
  );
});

t.test('injection in each format', async (t) => {
  const span = { traceId: T32, spanId: S, parentId: P, sampled: true };
  const CASES: readonly [Format, Partial<typeof span> & { parentId?: null }, Record<string, string>][] = [
    ['w3c', {}, { traceparent: `00-${T32}-${S}-01` }],
    ['w3c', { traceId: T16, sampled: false }, { traceparent: `00-${'0'.repeat(16)}${T16}-${S}-00` }],
    ['b3', {}, { 'x-b3-traceid': T32, 'x-b3-spanid': S, 'x-b3-parentspanid': P, 'x-b3-sampled': '1' }],
    ['b3-single', { sampled: false }, { b3: `${T32}-${S}-0-${P}` }],
    ['b3-single', { parentId: null } as never, { b3: `${T32}-${S}-1` }],
    ['jaeger', {}, { 'uber-trace-id': `${T32}:${S}:${P}:01` }],
    ['ot', {}, { 'ot-tracer-traceid': T32, 'ot-tracer-spanid': S, 'ot-tracer-sampled': '1' }],
  ];
  for (const [format, parts, expected] of CASES)
    t.same(Object.fromEntries(traceLines(format, { ...span, ...parts })), expected, format);
});
