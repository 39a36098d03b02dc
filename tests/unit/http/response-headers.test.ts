/** Which answers get the tutorial's headers. What is told of them end to end: tests/e2e/tutorial.test.ts and caches.test.ts. */
import t from 'tap';
import type { Config } from '../../../lib/config/types.ts';
import { refuse } from '../../../lib/core/errors.ts';
import type { Parts } from '../../support/context.ts';
import { finished } from '../../support/exit.ts';

const REFUSED = refuse('bad_key', 401, 'Unauthorized');
const ALL = { cacheControl: 'max-age=3', origin: 'Origin', country: 'Country' };
/** The headers that are sent. */
const sent = (config: Partial<Config>, from?: unknown, init?: RequestInit, parts?: Parts) =>
  finished({ origins: [{ url: 'http://a', name: 'first' }], ...config }, from, init, parts).headers;

t.test('freshness is given to what depends on the URL alone, and has none of its own', async (t) => {
  const answer = (headers: Record<string, string>, status = 200) => new Response(null, { status, headers });
  const CASES: [why: string, kept: boolean, from: unknown, init?: RequestInit, more?: Parts][] = [
    ['a success', true, answer({})],
    ['a redirect', true, answer({}, 301)],
    ['of HEAD', true, answer({}), { method: 'HEAD' }],
    ['a missing page', false, answer({}, 404)],
    ['of POST', false, answer({}), { method: 'POST' }],
    ['to a credential', false, answer({}), {}, { credentialId: 'k1' }],
    ['to an anonymous consumer', false, answer({}), {}, { anonymous: true }],
    ['to a cookie', false, answer({}), { headers: { cookie: 'a=1' } }],
    [
      'to an Authorization that the origin reads',
      false,
      answer({}),
      { headers: { authorization: 'Bearer x' } },
    ],
    ['fresh already', false, answer({ 'cache-control': 'no-cache' })],
    ['dated', false, answer({ expires: '0' })],
    ['that sets a cookie', false, answer({ 'set-cookie': 'a=1' })],
    ["the gateway's own", false, answer({}), {}, { origin: null }],
    ['a refusal', false, REFUSED],
  ];
  for (const [why, kept, from, init, more] of CASES) {
    const isSet = sent({ responseHeaders: ALL }, from, init, more).get('cache-control') === 'max-age=3';
    t.equal(isSet, kept, why);
  }
});

t.test('an answer names its origin and the country, a refusal its reason', async (t) => {
  const from = { headers: { 'cf-ipcountry': 'NL' } };
  const own = { origin: null };
  t.match(Object.fromEntries(sent({ responseHeaders: ALL }, undefined, from)), {
    origin: 'first',
    country: 'NL',
    error: undefined,
  });
  t.match(Object.fromEntries(sent({ responseHeaders: ALL }, REFUSED, from, own)), {
    origin: undefined,
    country: 'NL',
    error: 'bad_key',
  });
  t.equal(
    sent({ responseHeaders: ALL }, REFUSED, {}, { ...own, route: null }).get('error'),
    'bad_key',
    'no route',
  );
  t.notOk(sent({ responseHeaders: ALL }).has('country'), 'which the platform did not name');
  const routes = [{ responseHeaders: { origin: 'X-By' } }];
  const named = sent({ responseHeaders: ALL, routes });
  t.same([named.get('x-by'), named.get('origin')], ['first', null], "a route's own stand instead");
  const calls: unknown[] = [];
  const version = { routes: [{ responseHeaders: { version: {} } }] };
  sent(version, undefined, {}, { waitUntil: (call) => void calls.push(call) });
  t.equal(calls.length, 1, 'whose version is asked for too');
});
