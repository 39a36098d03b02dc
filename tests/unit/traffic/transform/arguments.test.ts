/** Arguments of a query or a form. */
import t from 'tap';
import * as rules from '../../../../lib/traffic/transform/arguments.ts';
import { operations, type Changes } from '../../../support/operations.ts';

const { parseArguments, textOf } = rules;
function changed(query: string, changes: Changes<string>): string {
  const found = parseArguments(query);
  rules.transformArguments(found, operations(changes));
  return rules.writeArguments(found);
}

t.test('operations, each on what the one before left', async (t) => {
  const proto = { ['__proto__']: 'x' };
  const CASES: readonly [string, Changes<string>, string][] = [
    ['lang=de', { add: { lang: 'en' } }, 'lang=de'],
    ['z=1&a=2', { add: { m: '3' } }, 'a=2&m=3&z=1'],
    ['q=old&r=2', { replace: { q: 'new', missing: 'x' } }, 'q=new&r=2'],
    ['old=1&x=2', { rename: { old: 'new' } }, 'new=1&x=2'],
    ['new=9&old=1', { rename: { old: 'new' } }, 'new=1'],
    ['exist=true', { rename: { gone: 'exist' } }, 'exist=true'],
    ['a=1', { rename: { a: 'a' } }, 'a=1'],
    ['t=a', { append: { t: 'b', u: 'c' } }, 't=a&t=b&u=c'],
    ['a', { append: { a: 'b' } }, 'a=b'],
    ['a=1&a=2&b=3', { remove: ['a'] }, 'b=3'],
    ['a&b=', {}, 'a&b='],
    ['a=1', { remove: ['a'], add: { a: '2' } }, 'a=2'],
    ['__proto__=1&constructor=2', { replace: proto, remove: ['toString'] }, '__proto__=x&constructor=2'],
  ];
  for (const [query, changes, expected] of CASES)
    t.equal(changed(query, changes), expected, `${query} ${JSON.stringify(changes)}`);
});

t.test('escapes: RFC 3986, bytes that are no UTF-8 included', async (t) => {
  t.equal(changed('q=a+b%20c', { add: { x: '1' } }), 'q=a%20b%20c&x=1');
  t.equal(changed('q1=20', { add: { 'p[i][1]': 'v' } }), 'p%5Bi%5D%5B1%5D=v&q1=20');
  t.equal(changed('a=%ff%00&b=%zz', {}), 'a=%FF%00&b=%25zz');
  t.equal(changed('', { add: { é: '☃' } }), '%C3%A9=%E2%98%83');
  t.equal(changed('%C3%A9=1', { replace: { é: '2' } }), '%C3%A9=2');
  t.equal(changed("a=!'()*~", {}), 'a=%21%27%28%29%2A~');
  t.equal(textOf(parseArguments('a=%C3%A9').get('a')![0]!), 'é');
  t.equal(textOf(parseArguments('a=%ff').get('a')![0]!), '\xff');
});

t.test('a long query costs no more than its length', async (t) => {
  const query = Array.from({ length: 20_000 }, (_, i) => `a${i % 7}=%41${i}`).join('&');
  const started = performance.now();
  t.ok(changed(query, { append: { a1: 'x' } }).length > 100_000);
  t.ok(performance.now() - started < 3000);
});
