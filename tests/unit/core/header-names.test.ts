import t from 'tap';
import { canonicalName } from '../../../lib/core/header-names.ts';

t.test('all spellings that a CGI program takes for one header have one name', async (t) => {
  for (const name of ['X-Forwarded-For', 'x_forwarded_for', 'X_FORWARDED-For', 'x.forwarded~for'])
    t.equal(canonicalName(name), 'x-forwarded-for', name);
  t.equal(canonicalName('accept'), 'accept');
});
