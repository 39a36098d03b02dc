/** Headers of requests and of answers: what "is there" means. */
import t from 'tap';
import {
  transformAnswerHeaders,
  transformRequestHeaders,
} from '../../../../lib/traffic/transform/header-lines.ts';
import type { Operations } from '../../../../lib/traffic/transform/operations.ts';

const NONE: Operations<string> = { remove: [], rename: [], replace: [], add: [], append: [] };
type Change = Partial<Operations<string>>;

function request(headers: Record<string, string>, change: Change): Record<string, string> {
  const lines = new Headers(headers);
  transformRequestHeaders(lines as never, { ...NONE, ...change });
  return Object.fromEntries(lines);
}
function answer(headers: Record<string, string>, change: Change, live = false): Record<string, string> {
  const lines = new Headers(headers);
  transformAnswerHeaders(lines as never, { ...NONE, ...change }, live);
  return Object.fromEntries(lines);
}

t.test('a request: each operation sees what the one before has done', async (t) => {
  const CASES: readonly [Record<string, string>, Change, Record<string, string>][] = [
    [
      { 'x-tier': 'tin' },
      {
        add: [
          ['x-tier', 'gold'],
          ['x-a', 'a:b'],
        ],
      },
      { 'x-tier': 'tin', 'x-a': 'a:b' },
    ],
    [{ 'x-old': 'v' }, { rename: [['x-old', 'x-new']] }, { 'x-new': 'v' }],
    [{ 'x-old': 'v', 'x-new': 'w' }, { rename: [['x-old', 'x-new']] }, { 'x-new': 'v' }],
    [{ 'x-new': 'w' }, { rename: [['x-old', 'x-new']] }, { 'x-new': 'w' }],
    [{ 'x-a': '1' }, { rename: [['x-a', 'x-a']] }, { 'x-a': '1' }],
    [{ 'x-a': '1' }, { rename: [['x-a', 'x-b']], replace: [['x-b', 'z']] }, { 'x-b': 'z' }],
    [{}, { replace: [['x-d', 'r']], add: [['x-d', 'a']] }, { 'x-d': 'a' }],
    [
      { 'x-t': 'a' },
      {
        append: [
          ['x-t', 'b'],
          ['x-t', 'c'],
        ],
      },
      { 'x-t': 'a, b, c' },
    ],
    [
      { authorization: 'Basic b2xk' },
      { remove: ['authorization'], add: [['authorization', 'Basic dXA=']] },
      { authorization: 'Basic dXA=' },
    ],
    [{}, { add: [['x-a', 'a\r\nx-b: c\0']] }, { 'x-a': 'a x-b: c' }],
  ];
  for (const [headers, change, expected] of CASES)
    t.same(request(headers, change), expected, JSON.stringify(change));
});

t.test('an answer: asked of what came', async (t) => {
  const CASES: readonly [Record<string, string>, Change, Record<string, string>][] = [
    [{ 'x-a': 'old' }, { remove: ['x-a'], add: [['x-a', 'new']] }, {}],
    [{ 'x-a': 'old' }, { remove: ['x-a'], replace: [['x-a', 'new']] }, { 'x-a': 'new' }],
    [{ 'x-a': 'v' }, { rename: [['x-a', 'x-b']], add: [['x-b', 'w']] }, { 'x-b': 'w' }],
    [{ 'x-old': 'v', 'x-new': 'w' }, { rename: [['x-old', 'x-new']] }, { 'x-new': 'v' }],
    [{}, { add: [['x-3', 'c']], append: [['x-3', 'd']] }, { 'x-3': 'c, d' }],
  ];
  for (const [headers, change, expected] of CASES)
    t.same(answer(headers, change), expected, JSON.stringify(change));
  t.same(
    answer({ 'x-a': 'old' }, { remove: ['x-a'], add: [['x-a', 'new']] }, true),
    { 'x-a': 'new' },
    'Kong 0.x',
  );
});

t.test('cookies stay lines of their own', async (t) => {
  const headers = new Headers([
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ]);
  transformAnswerHeaders(headers as never, { ...NONE, append: [['Set-Cookie', 'c=3']] });
  t.same(headers.getSetCookie(), ['a=1', 'b=2', 'c=3']);
  transformAnswerHeaders(headers as never, { ...NONE, remove: ['set-cookie'] });
  t.same(headers.getSetCookie(), []);
});
