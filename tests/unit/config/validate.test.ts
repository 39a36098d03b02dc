import t from 'tap';
import {
  be,
  listOf,
  offOr,
  oneOf,
  or,
  pairsOf,
  shape,
  showReceived,
  TEXT,
  derive,
  TOKEN,
  whole,
} from '../../../lib/config/validate.ts';

const HEDGE = shape({ afterMs: or(whole(0, 1000), 5), budgetPercent: or(whole(0, 100), 3) });
const POOL = shape({
  hedge: offOr(HEDGE, 'off', 'silent'),
  names: or(listOf(TEXT, 1), []),
  balance: or(oneOf('race', 'random'), 'race'),
});

function faultsOf(
  check: (value: unknown, path: string, faults: string[]) => unknown,
  value: unknown,
): string[] {
  const faults: string[] = [];
  check(value, 'pool', faults);
  return faults;
}

t.test('what is left out gets its default, and what is off its off value', async (t) => {
  t.same(POOL({}, '', []), { hedge: 'silent', names: [], balance: 'race' });
  t.same(POOL({ hedge: false }, '', []).hedge, 'off');
  t.same(
    POOL({ hedge: { afterMs: 0 } }, '', []).hedge,
    { afterMs: 0, budgetPercent: 3 },
    'zero is a value, not nothing',
  );
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
    'pool.names[0] must be a text, received ""',
    'pool.balance must be "race" or "random", received "rase"',
  ]);
  t.same(faultsOf(POOL, 5), ['pool must be a record, received 5']);
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
  const doubled = derive(whole(1, 5), (n) => n * 2);
  t.equal(doubled(2, 'n', []), 4);
  t.same(faultsOf(doubled, 'x').length, 1);
});

t.test('pairs keep the order in which they were written and check their keys', async (t) => {
  t.same(pairsOf(TOKEN, TEXT)({ b: '1', a: '2' }, 'headers', []), [
    ['b', '1'],
    ['a', '2'],
  ]);
  t.same(faultsOf(pairsOf(TOKEN, TEXT), { 'a b': '1' }), [
    'pool: the key must be a header name, received "a b"',
  ]);
  t.same(faultsOf(pairsOf(TOKEN, TEXT), []), ['pool must be a record, received []']);
});

t.test('records are frozen, so that no later step can change a setting', async (t) => {
  t.ok(Object.isFrozen(POOL({ names: ['a'] }, '', [])));
  t.ok(Object.isFrozen(POOL({ names: ['a'] }, '', []).names));
});

t.test('what was received is shown shortened', async (t) => {
  t.equal(showReceived(undefined), 'nothing');
  t.equal(showReceived('x'.repeat(100)).length, 60);
  t.same(
    faultsOf(
      be(() => false, 'impossible'),
      null,
    ),
    ['pool must be impossible, received null'],
  );
});
