import t from 'tap';
import {
  defaulted,
  either,
  integer,
  listOf,
  needing,
  nullable,
  object,
  oneOf,
  optional,
  recordOf,
  ref,
  string,
  switchableTo,
  transformed,
} from '../../../lib/config/rows.ts';
import type { Row } from '../../../lib/config/rows.ts';
import { TOKEN } from '../../../lib/config/patterns.ts';
import { createCheck, showReceived, validate } from '../../../lib/config/validate.ts';
import type { AbsentSettings } from '../../../lib/config/validate.ts';

const POOL = object({
  hedge: switchableTo(
    defaulted(
      object({ afterMs: defaulted(integer(0, 1000), 5), budgetPercent: defaulted(integer(0, 100), 3) }),
      {},
    ),
    'off',
  ),
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
  t.match(
    checked(POOL, { hedge: { afterMs: 0 } }).made,
    { hedge: { afterMs: 0, budgetPercent: 3 } },
    'zero is a value',
  );
  t.same(checked(object({ a: nullable(string()), b: optional(string()) }), {}).made, { a: null });
});

t.test('a misspelt key is named with its place and the nearest known one', async (t) => {
  t.same(faultsOf(POOL, { hegde: {} }), ['pool.hegde: unknown key, did you mean "hedge"?']);
  t.same(faultsOf(POOL, { hedge: { aftermS: 1 } }), [
    'pool.hedge.aftermS: unknown key, did you mean "afterMs"?',
  ]);
  t.same(faultsOf(POOL, { zzzz: 1 }), ['pool.zzzz: unknown key'], 'nothing near, no guess');
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

t.test(
  'a key that every object inherits, such as __proto__ or toString, is unknown like any other',
  async (t) => {
    t.same(faultsOf(POOL, { toString: 1 }), ['pool.toString: unknown key']);
    t.same(faultsOf(POOL, JSON.parse('{"__proto__":1}')), ['pool.__proto__: unknown key']);
  },
);

t.test('a faulty value is not built upon, so that one mistake is one line', async (t) => {
  const doubled = transformed(integer(1, 5), (n) => n * 2);
  t.equal(checked(doubled, 2).made, 4);
  t.equal(faultsOf(doubled, 'x').length, 1);
});

t.test('alternatives are told apart by their type, and objects by their first name', async (t) => {
  const by = either(oneOf('ip'), integer(1, 9), object({ header: TOKEN }), object({ query: string() }));
  for (const good of ['ip', 3, { header: 'x-a' }, { query: 'a b' }])
    t.same(checked(by, good), { made: good, faults: [] });
  t.same(faultsOf(by, 'ic'), [
    'pool must be "ip" or a whole number from 1 to 9 or {header} or {query}, received "ic"',
  ]);
  t.same(faultsOf(by, { header: 'a b' }), ['pool.header must be a header name, received "a b"']);
  t.match(faultsOf(by, { cookie: 'a' }), [
    /^pool must be .* or \{header\} or \{query\}, received \{"cookie":"a"\}$/,
  ]);
});

t.test('pairs keep the order in which they were written and check their keys', async (t) => {
  const row = recordOf(string(), TOKEN);
  t.same(checked(row, { b: '1', a: '2' }).made, [
    ['b', '1'],
    ['a', '2'],
  ]);
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
  const rows = () => ({
    config: { log: defaulted(oneOf('off', 'all'), 'off'), how: needing(optional(string()), [/^~/, 'regex']) },
  });
  const run = (config: object, absent: AbsentSettings = { config: { page: false, kong: {}, size: 4 } }) => {
    const check = createCheck([{ name: 'log', rows }], absent);
    validate(check, ref('config'), config, '');
    return check;
  };
  t.same(run({ page: {}, size: 5, how: '~x', pgae: 1 }).faults, [
    'page needs worker-full.js or edge-gateway build --config',
    'size needs worker-full.js or edge-gateway build --config',
    'how "~x" needs worker-full.js or edge-gateway build --config',
    'pgae: unknown key',
  ]);
  t.same(
    run({ page: false, kong: {}, size: 4, how: 'x' }).faults,
    [],
    'what says no more than its absence does no harm',
  );
  t.same([...run({ log: 'off' }).used], []);
  t.same([...run({ log: 'all', how: '~x' }, {}).used].toSorted(), ['config.how', 'config.log', 'regex']);
});
