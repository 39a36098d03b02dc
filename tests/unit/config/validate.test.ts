/** Validation by rows. The tests of each setting are generated from the table: schema.test.ts. */
import t from 'tap';
import * as rows from '../../../lib/config/rows.ts';
import type { Row } from '../../../lib/config/rows.ts';
import { TOKEN } from '../../../lib/config/patterns.ts';
import { createCheck, showReceived, validate, type AbsentSettings } from '../../../lib/config/validate.ts';

const { defaulted, integer, listOf, object, oneOf, optional, string } = rows;
const HEDGE = object({
  afterMs: defaulted(integer(0, 1000), 5),
  budgetPercent: defaulted(integer(0, 100), 3),
});
const POOL = object({
  hedge: rows.switchableTo(defaulted(HEDGE, {}), 'off'),
  names: defaulted(listOf(string(), 1), ['a']),
  balance: defaulted(oneOf('race', 'random'), 'race'),
  note: optional(string()),
});

function checked(row: Row, value: unknown): { made: unknown; faults: string[] } {
  const check = createCheck([]);
  return { made: validate(check, row, value, 'pool'), faults: check.faults };
}

const BY = rows.either(oneOf('ip'), integer(1, 9), object({ header: TOKEN }), object({ query: string() }));
const PAIRS = rows.recordOf(string(), TOKEN);
const DOUBLED = rows.transformed(integer(1, 5), (n) => n * 2);

t.test('all faults are reported at once: path, expected, received', async (t) => {
  const CASES: [row: Row, value: unknown, ...faults: string[]][] = [
    [
      POOL,
      { hedge: { afterMs: -1, budgetPercent: 'x' }, names: [''], balance: 'rase' },
      'pool.hedge.afterMs must be a whole number from 0 to 1000, received -1',
      'pool.hedge.budgetPercent must be a whole number from 0 to 100, received "x"',
      'pool.names[0] must be a string, received ""',
      'pool.balance must be "race" or "random", received "rase"',
    ],
    [POOL, { hedge: 5 }, 'pool.hedge must be an object or false, received 5'],
    // For a misspelt key the nearest known one is suggested.
    [POOL, { hegde: {} }, 'pool.hegde: unknown key, did you mean "hedge"?'],
    [POOL, { hedge: { aftermS: 1 } }, 'pool.hedge.aftermS: unknown key, did you mean "afterMs"?'],
    [POOL, { zzzz: 1 }, 'pool.zzzz: unknown key'],
    [POOL, { toString: 1 }, 'pool.toString: unknown key'],
    [POOL, JSON.parse('{"__proto__":1}'), 'pool.__proto__: unknown key'],
    // Alternatives are distinguished by type, and objects by their first key.
    [BY, 'ic', 'pool must be "ip" or a whole number from 1 to 9 or {header} or {query}, received "ic"'],
    [BY, { header: 'a b' }, 'pool.header must be a header name, received "a b"'],
    [PAIRS, { 'a b': '1' }, 'pool: the key must be a header name, received "a b"'],
    [PAIRS, [], 'pool must be an object, received []'],
    [DOUBLED, 'x', 'pool must be a whole number from 1 to 5, received "x"'],
  ];
  for (const [row, value, ...faults] of CASES) t.same(checked(row, value).faults, faults);
  for (const good of ['ip', 3, { header: 'x-a' }, { query: 'a b' }])
    t.same(checked(BY, good), { made: good, faults: [] });
  const pairs = { b: '1', a: '2' };
  t.same(checked(PAIRS, pairs).made, Object.entries(pairs), 'in the order of the configuration');
  t.equal(checked(DOUBLED, 2).made, 4);
  t.equal(showReceived('x'.repeat(100)).length, 60);
});

t.test('settings and values of features that a build lacks are rejected as such', async (t) => {
  const how = rows.needing(optional(string()), [/^~/, 'regex']);
  const feature = {
    name: 'log',
    rows: () => ({ config: { log: defaulted(oneOf('off', 'all'), 'off'), how } }),
  };
  const run = (config: object, absent: AbsentSettings = { config: { page: false, kong: {}, size: 4 } }) => {
    const check = createCheck([feature], absent);
    validate(check, rows.ref('config'), config, '');
    return check;
  };
  t.same(run({ page: {}, size: 5, how: '~x', pgae: 1 }).faults, [
    'page needs worker-full.js or edge-gateway build --config',
    'size needs worker-full.js or edge-gateway build --config',
    'how "~x" needs worker-full.js or edge-gateway build --config',
    'pgae: unknown key',
  ]);
  const harmless = { page: false, kong: {}, size: 4, how: 'x' };
  t.same(run(harmless).faults, [], 'a value equal to the default is accepted');
  t.same([...run({ log: 'off' }).used], []);
  t.same([...run({ log: 'all', how: '~x' }, {}).used].toSorted(), ['config.how', 'config.log', 'regex']);
});
