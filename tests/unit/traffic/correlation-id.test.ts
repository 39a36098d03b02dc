/** Correlation ids: their format, and which are kept. */
import t from 'tap';
import { keptId, startCorrelationId, uuidOf } from '../../../lib/traffic/correlation-id.ts';
import { drive } from '../../support/traffic.ts';

t.test('id generators', async (t) => {
  t.equal(uuidOf('0123456789abcdef0123456789abcdef'), '01234567-89ab-cdef-0123-456789abcdef');
  const correlationId = { header: 'X-Id', generator: 'tracker' } as const;
  const { sent } = await drive(startCorrelationId, { correlationId }).enter();
  t.match(sent['x-id'], /^203\.0\.113\.7-\d+-\d+-1-\d+-\d+\.\d{3}$/);
});

t.test("a caller's id is kept; in the plain profile only if it is safe to log", async (t) => {
  for (const [id, kong, kept] of [
    ['mine-1', false, 'mine-1'],
    [' mine-1 ', false, 'mine-1'],
    ['mine 3', true, 'mine 3'],
    ['mine 3', false, null],
    ['a'.repeat(257), false, null],
    ['  ', true, null],
    ['', false, null],
    [null, true, null],
  ] as const)
    t.equal(keptId(id, kong), kept, `${id} ${kong}`);
});
