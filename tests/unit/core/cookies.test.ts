import t from 'tap';
import { cookieOf, cookiePairs, cutCookies, joinCookieLines } from '../../../lib/core/cookies.ts';

t.test('two Cookie headers, which the platform joins with a comma, are one list', async (t) => {
  t.same(cookiePairs('a=1; b=2, c=3;d=4'), ['a=1', 'b=2', 'c=3', 'd=4']);
  t.same(cookiePairs('a=1,2; b=3'), ['a=1,2', 'b=3'], 'a comma without a space is part of the value');
  t.same(cookiePairs(null), []);
  t.equal(cookieOf('x=0, sid=7', 'sid'), '7');
  t.equal(cookieOf('sid=a=b; sid=c', 'sid'), 'a=b', 'the first one, with its whole value');
  t.equal(cookieOf('xsid=7', 'sid'), undefined);
  const headers = new Headers({ cookie: 'a=1, b=2' }) as never as Headers;
  joinCookieLines(headers as never);
  t.equal(headers.get('cookie'), 'a=1; b=2');
});

t.test('removing cookies leaves the others, and a list without them unchanged', async (t) => {
  t.equal(cutCookies('a=1; key=x; b=2', ['key']), 'a=1; b=2');
  t.equal(cutCookies('key=x', ['key']), null);
  t.equal(cutCookies('a=1;b=2', ['key']), 'a=1;b=2');
});
