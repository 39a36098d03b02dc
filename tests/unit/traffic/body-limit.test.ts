/** How large a body may be, by what is known of it; counted on its way: tests/kong (request-size-limiting). */
import t from 'tap';
import { judgeLength, startBodyLimit } from '../../../lib/traffic/body-limit.ts';
import { drive, verdict } from '../../support/traffic.ts';

t.test('what the headers say', async (t) => {
  type Row = readonly [length: string | null, hasBody: boolean, verdict: string | null, required?: string];
  const CASES: Row[] = [
    ['5', true, null],
    ['6', true, 'too large'],
    ['99999999999999999999', true, 'too large'],
    [null, true, 'count'],
    ['+5', true, 'count'],
    ['1e0', true, 'count'],
    [null, false, null],
    [null, true, 'no length', 'plain'],
    [null, false, null, 'plain'],
    [null, true, 'count', 'kong'],
    [null, false, 'no length', 'kong'],
  ];
  for (const [length, hasBody, expected, required] of CASES) {
    const limit = { bytes: 5, requireLength: required !== undefined };
    t.equal(judgeLength(limit, length, hasBody, required === 'kong'), expected, `${length} ${required}`);
  }
});

t.test('a body that was read already is measured', async (t) => {
  for (const [bytes, expected] of [
    [5, 'in'],
    [6, '413 Request size limit exceeded'],
  ] as const) {
    const one = drive(startBodyLimit, { maxBodyBytes: 5 });
    t.equal(verdict((await one.enter('/', {}, { body: new ArrayBuffer(bytes) })).answer), expected);
  }
});
