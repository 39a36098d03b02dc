/** The time claims of a token. */
import t from 'tap';
import { claimFaults, livesTooLong } from '../../../../lib/auth/jwt/claims.ts';

/** 999 ms into the second 1000. */
const NOW = 1_000_999;
const ENDLESS = JSON.parse('{"exp":1e999}') as object;

t.test('limits of exp and nbf', async (t) => {
  const [expired, early, noNumber] = ['token expired', 'token not valid yet', 'must be a number'];
  /** Outside Kong's profiles a claim that is present is checked, required or not. */
  type Row = [payload: object, required: ('exp' | 'nbf')[], faults: object | null, plain?: object];
  const CASES: Row[] = [
    [{}, [], null],
    [{ exp: 1000.5, nbf: 1000 }, ['exp', 'nbf'], null],
    [{ exp: 1000, nbf: 1001 }, ['exp', 'nbf'], { exp: expired, nbf: early }],
    [{ exp: 1, nbf: 2000 }, [], null, { exp: expired, nbf: early }],
    [{ exp: [2000] }, [], null, { exp: noNumber }],
    [{}, ['exp', 'nbf'], { exp: noNumber, nbf: noNumber }],
    [{ exp: 1, nbf: 'x' }, ['exp', 'nbf'], { exp: expired, nbf: noNumber }],
    [ENDLESS, ['exp'], null],
    [{ exp: 0 }, ['exp'], { exp: expired }],
  ];
  for (const [payload, required, faults, plain = faults] of CASES) {
    const name = JSON.stringify([payload, required]);
    t.same(claimFaults(payload, required, 'kong-3', NOW), faults, name);
    t.same(claimFaults(payload, required, null, NOW), plain, `${name}, plain`);
  }
});

t.test('the maximum lifetime of a token', async (t) => {
  t.equal(livesTooLong({ exp: 1300 }, 300, NOW), false, 'the last second that is accepted');
  for (const payload of [{ exp: 1301 }, {}, { exp: '1001' }, ENDLESS])
    t.equal(livesTooLong(payload, 300, NOW), true, JSON.stringify(payload));
});
