import t from 'tap';
import { jsonAt } from '../../../lib/core/json-pointer.ts';

t.test('a pointer selects a value, as in RFC 6901; malformed JSON has none', async (t) => {
  const text = '{"a":{"b":[10,20]},"m~n":1,"o/p":2,"":3,"n":null,"f":false}';
  const CASES: [pointer: string, value: unknown, text?: string][] = [
    ['/a/b/1', 20],
    ['/m~0n', 1],
    ['/o~1p', 2],
    ['/', 3],
    ['/n', null],
    ['/f', false],
    ['/a/b/1/x', undefined],
    ['/n/x', undefined],
    ['/a/constructor', undefined],
    ['/__proto__', undefined],
    ['', [1], '[1]'],
    ['/a', undefined, ''],
    ['/a', undefined, '<html>'],
  ];
  for (const [pointer, value, of = text] of CASES)
    t.strictSame(jsonAt(of, pointer), value, `${pointer} of ${of}`);
});
