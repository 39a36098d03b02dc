/** Fields of a JSON object. */
import t from 'tap';
import {
  parseJsonFields,
  transformFields,
  writeFields,
} from '../../../../lib/traffic/transform/json-fields.ts';
import type { Operations } from '../../../../lib/traffic/transform/operations.ts';

const NONE: Operations<unknown> = { remove: [], rename: [], replace: [], add: [], append: [] };

function changed(text: string, operations: Partial<Operations<unknown>>, moveFalse = false): string | null {
  const fields = parseJsonFields(text);
  if (fields === null) return null;
  transformFields(fields, { ...NONE, ...operations }, moveFalse);
  return writeFields(fields);
}

t.test('false is as good as absent, null is there', async (t) => {
  const CASES: readonly [string, Partial<Operations<unknown>>, string | null, moveFalse?: boolean][] = [
    ['{"a":1}', { remove: ['a'] }, '{}'],
    ['{"old":[1,2],"k":true}', { rename: [['old', 'new']] }, '{"k":true,"new":[1,2]}'],
    ['{"f":false}', { rename: [['f', 'g']] }, '{"f":false}'],
    [
      '{"f":false,"n":null}',
      {
        rename: [
          ['f', 'g'],
          ['n', 'm'],
        ],
      },
      '{"g":false,"m":null}',
      true,
    ],
    [
      '{"f":false,"n":null}',
      {
        replace: [
          ['f', 'x'],
          ['n', 'y'],
        ],
      },
      '{"f":false,"n":"y"}',
    ],
    [
      '{"f":false,"n":null}',
      {
        add: [
          ['f', 'x'],
          ['n', 'y'],
        ],
      },
      '{"f":"x","n":null}',
    ],
    [
      '{"s":"a","l":[1],"n":5,"b":true,"z":null}',
      { append: ['s', 'l', 'n', 'b', 'z', 'm'].map((name) => [name, 'v']) },
      '{"s":["a","v"],"l":[1,"v"],"n":["v"],"b":["v"],"z":["v"],"m":["v"]}',
    ],
    ['{"a":[],"x":1}', { remove: ['x'] }, '{"a":[]}'],
    ['[1]', { add: [['a', 1]] }, null],
    ['5', {}, null],
    ['no json', {}, null],
    ['', {}, null],
  ];
  for (const [text, operations, expected, moveFalse] of CASES)
    t.equal(changed(text, operations, moveFalse), expected, `${text} ${JSON.stringify(operations)}`);
});

t.test("a prototype's names are names", async (t) => {
  t.equal(
    changed('{"__proto__":{"a":1}}', { add: [['constructor', 1]] }),
    '{"__proto__":{"a":1},"constructor":1}',
  );
  t.equal(changed('{}', { add: [['__proto__', 'x']] }), '{"__proto__":"x"}');
  t.equal(({} as Record<string, unknown>)['x'], undefined);
});

t.test('numbers keep their digits where the runtime can', async (t) => {
  const keeps = 'rawJSON' in JSON;
  t.equal(
    changed('{"n":12345678901234567890,"f":1.0}', {}),
    keeps ? '{"n":12345678901234567890,"f":1.0}' : '{"n":12345678901234567000,"f":1}',
  );
});
