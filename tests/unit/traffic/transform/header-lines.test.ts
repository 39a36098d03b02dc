/** Transformation of headers: which are present, beyond the cases of tests/kong (the transformers). */
import t from 'tap';
import * as lines from '../../../../lib/traffic/transform/header-lines.ts';
import { operations, type Changes } from '../../../support/operations.ts';

type Lines = Record<string, string>;

t.test('request: each operation sees the result of the one before', async (t) => {
  const CASES: readonly [Lines, Changes, Lines][] = [
    [{ 'x-a': '1' }, { rename: { 'x-a': 'x-b' }, replace: { 'x-b': 'z' } }, { 'x-b': 'z' }],
    [{}, { replace: { 'x-d': 'r' }, add: { 'x-d': 'a' } }, { 'x-d': 'a' }],
    [{ 'x-t': 'a' }, { append: { 'x-t': ['b', 'c'] } }, { 'x-t': 'a, b, c' }],
    [{}, { add: { 'x-a': 'a\r\nx-b: c\0' } }, { 'x-a': 'a x-b: c' }],
  ];
  for (const [headers, changes, expected] of CASES) {
    const changed = new Headers(headers);
    lines.transformRequestHeaders(changed as never, operations(changes));
    t.same(Object.fromEntries(changed), expected, JSON.stringify(changes));
  }
});

t.test('response: operations see the original headers; in Kong 0.x the current ones', async (t) => {
  const renewed = { remove: ['x-a'], add: { 'x-a': 'new' } };
  const CASES: readonly [Lines, Changes, Lines, live?: true][] = [
    [{ 'x-a': 'old' }, renewed, {}],
    [{ 'x-a': 'old' }, renewed, { 'x-a': 'new' }, true],
    [{ 'x-a': 'old' }, { remove: ['x-a'], replace: { 'x-a': 'new' } }, { 'x-a': 'new' }],
    [{ 'x-a': 'v' }, { rename: { 'x-a': 'x-b' }, add: { 'x-b': 'w' } }, { 'x-b': 'w' }],
    [{ 'x-old': 'v', 'x-new': 'w' }, { rename: { 'x-old': 'x-new' } }, { 'x-new': 'v' }],
    [{}, { add: { 'x-3': 'c' }, append: { 'x-3': 'd' } }, { 'x-3': 'c, d' }],
  ];
  for (const [headers, changes, expected, live] of CASES) {
    const changed = new Headers(headers);
    lines.transformAnswerHeaders(changed as never, operations(changes), live);
    t.same(Object.fromEntries(changed), expected, JSON.stringify(changes));
  }
});

t.test('Set-Cookie stays on separate lines', async (t) => {
  const headers = new Headers();
  for (const cookie of ['a=1', 'b=2']) headers.append('set-cookie', cookie);
  lines.transformAnswerHeaders(headers as never, operations({ append: { 'Set-Cookie': 'c=3' } }));
  t.same(headers.getSetCookie(), ['a=1', 'b=2', 'c=3']);
  lines.transformAnswerHeaders(headers as never, operations({ remove: ['set-cookie'] }));
  t.same(headers.getSetCookie(), []);
});
