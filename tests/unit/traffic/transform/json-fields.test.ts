/** Fields of a JSON object. */
import t from 'tap';
import * as rules from '../../../../lib/traffic/transform/json-fields.ts';
import { operations, type Changes } from '../../../support/operations.ts';

function changed(text: string, changes: Changes<unknown>, moveFalse = false): string | null {
  const fields = rules.parseJsonFields(text);
  if (fields === null) return null;
  rules.transformFields(fields, operations(changes), moveFalse);
  return rules.writeFields(fields);
}

t.test('false is as good as absent, null is there', async (t) => {
  const empty = '{"f":false,"n":null}';
  const append = { s: 'v', l: 'v', n: 'v', b: 'v', z: 'v', m: 'v' };
  const appended = '{"s":["a","v"],"l":[1,"v"],"n":["v"],"b":["v"],"z":["v"],"m":["v"]}';
  const CASES: readonly [string, Changes<unknown>, string | null, moveFalse?: boolean][] = [
    ['{"a":1}', { remove: ['a'] }, '{}'],
    ['{"old":[1,2],"k":true}', { rename: { old: 'new' } }, '{"k":true,"new":[1,2]}'],
    ['{"f":false}', { rename: { f: 'g' } }, '{"f":false}'],
    [empty, { rename: { f: 'g', n: 'm' } }, '{"g":false,"m":null}', true],
    [empty, { replace: { f: 'x', n: 'y' } }, '{"f":false,"n":"y"}'],
    [empty, { add: { f: 'x', n: 'y' } }, '{"f":"x","n":null}'],
    ['{"s":"a","l":[1],"n":5,"b":true,"z":null}', { append }, appended],
    ['{"a":[],"x":1}', { remove: ['x'] }, '{"a":[]}'],
    ['[1]', { add: { a: 1 } }, null],
    ['5', {}, null],
    ['no json', {}, null],
    ['', {}, null],
  ];
  for (const [text, changes, expected, moveFalse] of CASES)
    t.equal(changed(text, changes, moveFalse), expected, `${text} ${JSON.stringify(changes)}`);
});

t.test("a prototype's names are names", async (t) => {
  const added = changed('{"__proto__":{"a":1}}', { add: { constructor: 1 } });
  t.equal(added, '{"__proto__":{"a":1},"constructor":1}');
  t.equal(changed('{}', { add: { ['__proto__']: 'x' } }), '{"__proto__":"x"}');
  t.equal(({} as Record<string, unknown>)['x'], undefined);
});

t.test('numbers keep their digits where the runtime can', async (t) => {
  const sent = '{"n":12345678901234567890,"f":1.0}';
  t.equal(changed(sent, {}), 'rawJSON' in JSON ? sent : '{"n":12345678901234567000,"f":1}');
});
