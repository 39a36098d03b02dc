import t from 'tap';
import { canonicalName, dropConnectionNamed } from '../../../lib/core/header-names.ts';

t.test('all spellings that a CGI program takes for one header have one name', (t) => {
  for (const name of ['X-Forwarded-For', 'x_forwarded_for', 'X_FORWARDED-For', 'x.forwarded~for'])
    t.equal(canonicalName(name), 'x-forwarded-for', name);
  t.equal(canonicalName('accept'), 'accept');
  t.end();
});

t.test('headers that Connection names stay on their hop, all others cross', async (t) => {
  const headers = new Headers({
    connection: 'keep-alive, X-Hop , x-other',
    'x-hop': '1',
    'x-other': '2',
    'x-end': '3',
  });
  dropConnectionNamed(headers);
  t.same(Object.fromEntries(headers), { connection: 'keep-alive, X-Hop , x-other', 'x-end': '3' });
});

t.test('a Connection header that is no list of names does not throw', async (t) => {
  const headers = new Headers({ connection: 'a b, "x", ,;' });
  dropConnectionNamed(headers);
  t.pass();
});

t.test('the keep-alive of every browser costs no split', async (t) => {
  for (const connection of ['keep-alive', 'close']) {
    const headers = new Headers({ connection, 'keep-alive': 'timeout=5' });
    dropConnectionNamed(headers);
    t.equal(headers.get('keep-alive'), 'timeout=5');
  }
});
