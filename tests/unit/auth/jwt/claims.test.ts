/** The times that a token states. */
import t from 'tap';
import { claimFaults, livesTooLong } from '../../../../lib/auth/jwt/claims.ts';

/** 999 ms into the second 1000. */
const NOW = 1_000_999;

t.test('edges of the clock', async (t) => {
  type Row = [payload: object, required: ('exp' | 'nbf')[], faults: object | null, plain: object | null];
  const CASES: Row[] = [
    [{}, [], null, null],
    [{ exp: 1001, nbf: 1000 }, ['exp', 'nbf'], null, null],
    [{ exp: 1000 }, ['exp'], { exp: 'token expired' }, { exp: 'token expired' }],
    [{ exp: 1000.5 }, ['exp'], null, null],
    [{ nbf: 1001 }, ['nbf'], { nbf: 'token not valid yet' }, { nbf: 'token not valid yet' }],
    [{ nbf: 1000 }, ['nbf'], null, null],
    [{ exp: 1, nbf: 2000 }, [], null, { exp: 'token expired', nbf: 'token not valid yet' }],
    [{ exp: '2000' }, ['exp'], { exp: 'must be a number' }, { exp: 'must be a number' }],
    [{ exp: null }, ['exp'], { exp: 'must be a number' }, { exp: 'must be a number' }],
    [{ exp: [2000] }, [], null, { exp: 'must be a number' }],
    [{}, ['exp', 'nbf'], { exp: 'must be a number', nbf: 'must be a number' }, null],
    [{ exp: 1, nbf: 'x' }, ['exp', 'nbf'], { exp: 'token expired', nbf: 'must be a number' }, null],
    [JSON.parse('{"exp":1e999}') as object, ['exp'], null, null],
    [{ exp: -1 }, ['exp'], { exp: 'token expired' }, null],
    [{ exp: 0 }, ['exp'], { exp: 'token expired' }, null],
  ];
  for (const [payload, required, faults, plain] of CASES) {
    const name = JSON.stringify([payload, required]);
    t.same(claimFaults(payload, required, 'kong-3', NOW), faults, name);
    t.same(claimFaults(payload, required, null, NOW), plain ?? faults, `${name}, plain`);
  }
});

t.test('how long a token may live on', async (t) => {
  t.equal(livesTooLong({ exp: 1300 }, 300, NOW), false, 'the last second that passes');
  t.equal(livesTooLong({ exp: 1301 }, 300, NOW), true);
  t.equal(livesTooLong({}, 300, NOW), true, 'for ever');
  t.equal(livesTooLong({ exp: '1001' }, 300, NOW), true);
  t.equal(livesTooLong(JSON.parse('{"exp":1e999}') as object, 300, NOW), true);
});
