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
});

function checked(row: Row, value: unknown): { made: unknown; faults: string[] } {
  const check = createCheck([]);
  return { made: validate(check, row, value, 'pool'), faults: check.faults };
}
const faultsOf = (row: Row, value: unknown): string[] => checked(row, value).faults;

t.test('what is left out gets its default, and what is off its off value', async (t) => {
  const hedge = { afterMs: 5, budgetPercent: 3 };
  t.same(checked(POOL, {}).made, { hedge, names: ['a'], balance: 'race' });
  t.match(checked(POOL, { hedge: false }).made, { hedge: 'off' });
  const zero = { afterMs: 0 };
  t.match(checked(POOL, { hedge: zero }).made, { hedge: { ...hedge, ...zero } }, 'zero is a value');
  t.same(checked(object({ a: rows.nullable(string()), b: optional(string()) }), {}).made, { a: null });
});

t.test('a misspelt key is named with its place and the nearest known one', async (t) => {
  const CASES: [value: unknown, fault: string][] = [
    [{ hegde: {} }, 'pool.hegde: unknown key, did you mean "hedge"?'],
    [{ hedge: { aftermS: 1 } }, 'pool.hedge.aftermS: unknown key, did you mean "afterMs"?'],
    [{ zzzz: 1 }, 'pool.zzzz: unknown key'],
    // What every object inherits.
    [{ toString: 1 }, 'pool.toString: unknown key'],
    [JSON.parse('{"__proto__":1}'), 'pool.__proto__: unknown key'],
  ];
  for (const [value, fault] of CASES) t.same(faultsOf(POOL, value), [fault]);
});

t.test('every fault is reported at once with its path, range and what was received', async (t) => {
  t.same(faultsOf(POOL, { hedge: { afterMs: -1, budgetPercent: 'x' }, names: [''], balance: 'rase' }), [
    'pool.hedge.afterMs must be a whole number from 0 to 1000, received -1',
    'pool.hedge.budgetPercent must be a whole number from 0 to 100, received "x"',
    'pool.names[0] must be a string, received ""',
    'pool.balance must be "race" or "random", received "rase"',
  ]);
  t.same(faultsOf(POOL, 5), ['pool must be an object, received 5']);
  t.same(faultsOf(POOL, { hedge: 5 }), ['pool.hedge must be an object or false, received 5']);
  t.same(faultsOf(POOL, { names: [] }), ['pool.names must be a list of at least 1, received []']);
});

t.test('a faulty value is not built upon, so that one mistake is one line', async (t) => {
  const doubled = rows.transformed(integer(1, 5), (n) => n * 2);
  t.equal(checked(doubled, 2).made, 4);
  t.equal(faultsOf(doubled, 'x').length, 1);
});

t.test('alternatives are told apart by their type, and objects by their first name', async (t) => {
  const by = rows.either(oneOf('ip'), integer(1, 9), object({ header: TOKEN }), object({ query: string() }));
  for (const good of ['ip', 3, { header: 'x-a' }, { query: 'a b' }])
    t.same(checked(by, good), { made: good, faults: [] });
  t.same(faultsOf(by, 'ic'), [
    'pool must be "ip" or a whole number from 1 to 9 or {header} or {query}, received "ic"',
  ]);
  t.same(faultsOf(by, { header: 'a b' }), ['pool.header must be a header name, received "a b"']);
  const [fault] = faultsOf(by, { cookie: 'a' });
  t.match(fault, /^pool must be .* or \{header\} or \{query\}, received \{"cookie":"a"\}$/);
});

t.test('pairs keep the order in which they were written and check their keys', async (t) => {
  const row = rows.recordOf(string(), TOKEN);
  const pairs = { b: '1', a: '2' };
  t.same(checked(row, pairs).made, Object.entries(pairs));
  t.same(faultsOf(row, { 'a b': '1' }), ['pool: the key must be a header name, received "a b"']);
  t.same(faultsOf(row, []), ['pool must be an object, received []']);
});

t.test('records are frozen, so that no later step can change a setting', async (t) => {
  const { made } = checked(POOL, { names: ['a'] }) as { made: { names: string[]; hedge: object } };
  for (const part of [made, made.names, made.hedge]) t.ok(Object.isFrozen(part));
});

t.test('what was received is shown shortened', async (t) => {
  t.equal(showReceived(undefined), 'nothing');
  t.equal(showReceived('x'.repeat(100)).length, 60);
});

t.test('settings and values of features that a file does not carry are refused as such', async (t) => {
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
  t.same(run(harmless).faults, [], 'what says no more than its absence does no harm');
  t.same([...run({ log: 'off' }).used], []);
  t.same([...run({ log: 'all', how: '~x' }, {}).used].toSorted(), ['config.how', 'config.log', 'regex']);
});
