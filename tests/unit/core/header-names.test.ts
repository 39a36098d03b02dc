import t from 'tap';
import { canonicalName, dropConnectionNamed } from '../../../lib/core/header-names.ts';

t.test('all spellings that CGI maps to one header have one name', async (t) => {
  for (const name of ['X-Forwarded-For', 'x_forwarded_for', 'X_FORWARDED-For', 'x.forwarded~for'])
    t.equal(canonicalName(name), 'x-forwarded-for', name);
  t.equal(canonicalName('accept'), 'accept');
});

t.test('headers named by Connection are dropped, all others are forwarded', async (t) => {
  const left = (sent: Record<string, string>) => {
    const headers = new Headers(sent);
    dropConnectionNamed(headers);
    return Object.fromEntries(headers);
  };
  const connection = 'keep-alive, X-Hop , x-other';
  const sent = { connection, 'x-hop': '1', 'x-other': '2', 'x-end': '3' };
  t.same(left(sent), { connection, 'x-end': '3' });
  t.same(left({ connection: 'a b, "x", ,;' }), { connection: 'a b, "x", ,;' }, 'a malformed list is ignored');
  for (const usual of ['keep-alive', 'close'])
    t.equal(left({ connection: usual, 'keep-alive': 'timeout=5' })['keep-alive'], 'timeout=5', usual);
});
