/** Transformation of JSON objects. */
import t from 'tap';
import * as rules from '../../../../lib/traffic/transform/json-fields.ts';
import { operations, type Changes } from '../../../support/operations.ts';

t.test('false counts as absent, null as present; names and numbers are kept exactly', async (t) => {
  const empty = '{"f":false,"n":null}';
  const append = { s: 'v', l: 'v', n: 'v', b: 'v', z: 'v', m: 'v' };
  const appended = '{"s":["a","v"],"l":[1,"v"],"n":["v"],"b":["v"],"z":["v"],"m":["v"]}';
  const digits = '{"n":12345678901234567890,"f":1.0}';
  const CASES: readonly [string, Changes, string | null, moveFalse?: boolean][] = [
    ['{"old":[1,2],"k":true}', { rename: { old: 'new' } }, '{"k":true,"new":[1,2]}'],
    ['{"f":false}', { rename: { f: 'g' } }, '{"f":false}'],
    [empty, { rename: { f: 'g', n: 'm' } }, '{"g":false,"m":null}', true],
    [empty, { replace: { f: 'x', n: 'y' } }, '{"f":false,"n":"y"}'],
    [empty, { add: { f: 'x', n: 'y' } }, '{"f":"x","n":null}'],
    ['{"s":"a","l":[1],"n":5,"b":true,"z":null}', { append }, appended],
    ['{"a":[],"x":1}', { remove: ['x'] }, '{"a":[]}'],
    ['[1]', { add: { a: 1 } }, null],
    ['5', {}, null],
    ['', {}, null],
    ['{"__proto__":{"a":1}}', { add: { constructor: 1 } }, '{"__proto__":{"a":1},"constructor":1}'],
    ['{}', { add: { ['__proto__']: 'x' } }, '{"__proto__":"x"}'],
    // As exactly as the runtime can.
    [digits, {}, 'rawJSON' in JSON ? digits : '{"n":12345678901234567000,"f":1}'],
  ];
  for (const [text, changes, expected, moveFalse = false] of CASES) {
    const fields = rules.parseJsonFields(text);
    if (fields !== null) rules.transformFields(fields, operations<unknown>(changes), moveFalse);
    t.equal(fields && rules.writeFields(fields), expected, `${text} ${JSON.stringify(changes)}`);
  }
});
