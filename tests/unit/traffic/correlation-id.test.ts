/** One id by which the records of a request can be found. */
import t from 'tap';
import { keptId, startCorrelationId, uuidOf } from '../../../lib/traffic/correlation-id.ts';
import type { CorrelationId } from '../../../lib/config/types.ts';
import { drive } from '../../support/traffic.ts';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const of = (parts: Partial<CorrelationId>) => {
  const correlationId = { header: 'X-Correlation-ID', generator: 'uuid', echo: false, ...parts } as const;
  return drive(startCorrelationId, { correlationId });
};

t.test('the three generators', async (t) => {
  t.equal(uuidOf('0123456789abcdef0123456789abcdef'), '01234567-89ab-cdef-0123-456789abcdef');
  const id = async (one: ReturnType<typeof of>) => (await one.enter()).told['x-correlation-id'];
  t.match(await id(of({})), UUID);
  const counter = of({ generator: 'counter' });
  const [first = '', second = ''] = [await id(counter), await id(counter)];
  t.match(first, /#1$/);
  t.equal(second, first.replace('#1', '#2'));
  t.match(await id(of({ generator: 'tracker' })), /^203\.0\.113\.7-\d+-\d+-1-\d+-\d+\.\d{3}$/);
});

t.test("a caller's own is kept; outside Kong only what a log may carry", async (t) => {
  t.equal(keptId('mine-1', false), 'mine-1');
  t.equal(keptId(' mine-1 ', false), 'mine-1');
  t.equal(keptId('mine 3', true), 'mine 3');
  t.equal(keptId('mine 3', false), null);
  t.equal(keptId('a'.repeat(257), false), null);
  for (const kong of [true, false]) for (const empty of ['', '  ', null]) t.equal(keptId(empty, kong), null);
});

t.test('an answer that matches no route carries the caller’s own', async (t) => {
  const one = of({ echo: true });
  const headers = { 'x-correlation-id': 'mine' };
  const { context } = await one.enter('/', { headers }, { route: null });
  const answer = one.leave(
    { ...context, correlationId: null },
    new Response('', { status: 404 }),
    'no_route',
  );
  t.equal(answer.headers.get('x-correlation-id'), 'mine');
});
