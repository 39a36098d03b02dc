/** Transformation of query and form arguments, beyond the cases of tests/kong (request-transformer). */
import t from 'tap';
import * as rules from '../../../../lib/traffic/transform/arguments.ts';
import { operations, type Changes } from '../../../support/operations.ts';

const { parseArguments, textOf } = rules;

t.test('each operation sees the result of the one before; escapes as in RFC 3986', async (t) => {
  const proto = { ['__proto__']: 'x' };
  const CASES: readonly [string, Changes, string][] = [
    ['z=1&a=2', { add: { m: '3' } }, 'a=2&m=3&z=1'],
    ['new=9&old=1', { rename: { old: 'new' } }, 'new=1'],
    ['a=1', { rename: { a: 'a' } }, 'a=1'],
    ['t=a', { append: { t: 'b', u: 'c' } }, 't=a&t=b&u=c'],
    ['a', { append: { a: 'b' } }, 'a=b'],
    ['a=1&a=2&b=3', { remove: ['a'] }, 'b=3'],
    ['a&b=&a=1', {}, 'a&a=1&b='],
    ['a=1', { remove: ['a'], add: { a: '2' } }, 'a=2'],
    ['__proto__=1&constructor=2', { replace: proto, remove: ['toString'] }, '__proto__=x&constructor=2'],
    ['q=a+b%20c', { add: { x: '1' } }, 'q=a%20b%20c&x=1'],
    ['q1=20', { add: { 'p[i][1]': 'v' } }, 'p%5Bi%5D%5B1%5D=v&q1=20'],
    // Invalid UTF-8, and invalid escapes.
    ['a=%ff%00&b=%zz', {}, 'a=%FF%00&b=%25zz'],
    ['', { add: { é: '☃' } }, '%C3%A9=%E2%98%83'],
    ['%C3%A9=1', { replace: { é: '2' } }, '%C3%A9=2'],
    ["a=!'()*~", {}, 'a=%21%27%28%29%2A~'],
  ];
  for (const [query, changes, expected] of CASES) {
    const found = parseArguments(query);
    rules.transformArguments(found, operations(changes));
    t.equal(rules.writeArguments(found), expected, `${query} ${JSON.stringify(changes)}`);
  }
});

t.test('a value is decoded as UTF-8 if valid, otherwise byte by byte', async (t) => {
  t.equal(textOf(parseArguments('a=%C3%A9').get('a')![0]!), 'é');
  t.equal(textOf(parseArguments('a=%ff').get('a')![0]!), '\xff');
});
