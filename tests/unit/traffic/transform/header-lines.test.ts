/** Headers of requests and of answers: what "is there" means. */
import t from 'tap';
import * as lines from '../../../../lib/traffic/transform/header-lines.ts';
import { operations, type Changes } from '../../../support/operations.ts';

type Lines = Record<string, string>;
function request(headers: Lines, changes: Changes<string>): Lines {
  const changed = new Headers(headers);
  lines.transformRequestHeaders(changed as never, operations(changes));
  return Object.fromEntries(changed);
}
function answer(headers: Lines, changes: Changes<string>, live = false): Lines {
  const changed = new Headers(headers);
  lines.transformAnswerHeaders(changed as never, operations(changes), live);
  return Object.fromEntries(changed);
}

t.test('a request: each operation sees what the one before has done', async (t) => {
  const renamed = { rename: { 'x-old': 'x-new' } };
  const login = { authorization: 'Basic dXA=' };
  const CASES: readonly [Lines, Changes<string>, Lines][] = [
    [{ 'x-b': 'tin' }, { add: { 'x-b': 'gold', 'x-a': 'a:b' } }, { 'x-b': 'tin', 'x-a': 'a:b' }],
    [{ 'x-old': 'v' }, renamed, { 'x-new': 'v' }],
    [{ 'x-old': 'v', 'x-new': 'w' }, renamed, { 'x-new': 'v' }],
    [{ 'x-new': 'w' }, renamed, { 'x-new': 'w' }],
    [{ 'x-a': '1' }, { rename: { 'x-a': 'x-a' } }, { 'x-a': '1' }],
    [{ 'x-a': '1' }, { rename: { 'x-a': 'x-b' }, replace: { 'x-b': 'z' } }, { 'x-b': 'z' }],
    [{}, { replace: { 'x-d': 'r' }, add: { 'x-d': 'a' } }, { 'x-d': 'a' }],
    [{ 'x-t': 'a' }, { append: { 'x-t': ['b', 'c'] } }, { 'x-t': 'a, b, c' }],
    [{ authorization: 'Basic b2xk' }, { remove: ['authorization'], add: login }, login],
    [{}, { add: { 'x-a': 'a\r\nx-b: c\0' } }, { 'x-a': 'a x-b: c' }],
  ];
  for (const [headers, changes, expected] of CASES)
    t.same(request(headers, changes), expected, JSON.stringify(changes));
});

t.test('an answer: asked of what came', async (t) => {
  const renewed = { remove: ['x-a'], add: { 'x-a': 'new' } };
  const CASES: readonly [Lines, Changes<string>, Lines, live?: true][] = [
    [{ 'x-a': 'old' }, renewed, {}],
    // Kong 0.x.
    [{ 'x-a': 'old' }, renewed, { 'x-a': 'new' }, true],
    [{ 'x-a': 'old' }, { remove: ['x-a'], replace: { 'x-a': 'new' } }, { 'x-a': 'new' }],
    [{ 'x-a': 'v' }, { rename: { 'x-a': 'x-b' }, add: { 'x-b': 'w' } }, { 'x-b': 'w' }],
    [{ 'x-old': 'v', 'x-new': 'w' }, { rename: { 'x-old': 'x-new' } }, { 'x-new': 'v' }],
    [{}, { add: { 'x-3': 'c' }, append: { 'x-3': 'd' } }, { 'x-3': 'c, d' }],
  ];
  for (const [headers, changes, expected, live] of CASES)
    t.same(answer(headers, changes, live), expected, JSON.stringify(changes));
});

t.test('cookies stay lines of their own', async (t) => {
  const headers = new Headers();
  for (const cookie of ['a=1', 'b=2']) headers.append('set-cookie', cookie);
  lines.transformAnswerHeaders(headers as never, operations({ append: { 'Set-Cookie': 'c=3' } }));
  t.same(headers.getSetCookie(), ['a=1', 'b=2', 'c=3']);
  lines.transformAnswerHeaders(headers as never, operations({ remove: ['set-cookie'] }));
  t.same(headers.getSetCookie(), []);
});
