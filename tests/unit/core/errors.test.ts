import t from 'tap';
import { refuse } from '../../../lib/core/errors.ts';

t.test('a refusal is a plain record with its reason, and with headers only where it has some', async (t) => {
  t.same(refuse('no_route', 404, 'no Route matched with those values'), {
    reason: 'no_route',
    status: 404,
    message: 'no Route matched with those values',
  });
  t.same(refuse('rate_limited', 429, 'x', [['Retry-After', '1']]).headers, [['Retry-After', '1']]);
});
