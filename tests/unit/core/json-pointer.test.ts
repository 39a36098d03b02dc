import t from 'tap';
import { jsonAt } from '../../../lib/core/json-pointer.ts';

t.test('a pointer leads to a value, by RFC 6901', async (t) => {
  const text = '{"a":{"b":[10,20]},"m~n":1,"o/p":2,"":3,"n":null,"f":false}';
  const cases: [pointer: string, value: unknown][] = [
    ['/a/b/1', 20],
    ['/m~0n', 1],
    ['/o~1p', 2],
    ['/', 3],
    ['/n', null],
    ['/f', false],
    ['/a/c', undefined],
    ['/a/b/1/x', undefined],
    ['/n/x', undefined],
    ['/a/constructor', undefined],
    ['/__proto__', undefined],
  ];
  for (const [pointer, value] of cases) t.strictSame(jsonAt(text, pointer), value, pointer);
  t.same(jsonAt('[1]', ''), [1]);
});

t.test('what is no JSON has no values and throws nothing', async (t) => {
  for (const text of ['', '<html>', '{"a":', 'undefined']) t.equal(jsonAt(text, '/a'), undefined);
});
