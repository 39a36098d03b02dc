import t from 'tap';
import { withoutArgument } from '../../../lib/auth/hide-as-kong.ts';

t.test("hiding in the query, in Kong's spelling", (t) => {
  t.equal(withoutArgument('', 'apikey', 'kong-3'), '');
  t.equal(
    withoutArgument('?time[0:1:0]', 'apikey', 'kong-3'),
    '?time%5B0%3A1%3A0%5D=',
    'Kong 3.9 writes all of it anew',
  );
  t.equal(
    withoutArgument('?c=valu%651&b=value+2&api%6B%65%79=k&a=valu%653', 'apikey', 'kong-3'),
    '?c=value1&b=value%202&a=value3',
  );
  t.equal(withoutArgument('?apikey=k', 'apikey', 'kong-3'), '');
  t.equal(
    withoutArgument('?b=2&apikey=k&a=1', 'apikey', 'kong-2018'),
    '?a=1&b=2',
    'earlier ones sort by name',
  );
  t.end();
});
