/** Headers for caches on the way, so that none serves one caller's response to another: on real workerd. */
import t from 'tap';
import type { Config, Cors, Route } from '../../lib/config/types.ts';
import { digestOf } from '../support/auth.ts';
import { gatewayFor } from '../support/gateway.ts';
import { act, originFor } from '../support/origin.ts';
import type { Tap } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

const consumers = [{ id: 'bob', credentials: [{ sha256: digestOf('good') }] }];
type Headers = Record<string, string>;

/** In front of an origin whose responses have these headers, one set for each path. */
async function start(t: Tap, config: Config, answers: readonly Headers[] = [{}]) {
  const origin = await originFor(t, ({ url }, _request, response) =>
    act({ headers: answers[Number(/^\/(\d+)/.exec(url)?.[1] ?? 0)] ?? {} }, response),
  );
  const gateway = await gatewayFor(t, { pools: { default: { origins: [origin.url] } }, ...config });
  /** All lines of a response header. */
  return async (name: string, path = '/', headers: Headers = {}) =>
    (await rawRequest(gateway.port, { path, headers: Object.entries(headers) })).all(name).join(', ');
}

t.test('a response to a key gains no freshness: a cache would serve it to callers without one', async (t) => {
  const route = (name: string, cacheControl: string): Route => ({
    ...{ paths: [`/${name}`], pool: 'default', auth: {}, responseHeaders: { cacheControl } },
  });
  const routes = [
    { paths: ['/open'], pool: 'default', responseHeaders: { cacheControl: 'max-age=3' } },
    route('keys', 'max-age=3'),
    route('all', 'public, max-age=60'),
  ];
  const headerOf = await start(t, { consumers, routes });
  const withKey = async (path: string) => headerOf('cache-control', path, { apikey: 'good' });
  t.equal(await withKey('/open'), 'max-age=3');
  t.equal(await withKey('/keys'), '');
  t.equal(await withKey('/all'), '');
  t.equal(await headerOf('cache-control', '/keys'), 'no-store', 'no cache may store its refusal');
  t.equal(
    await headerOf('vary', '/keys', { apikey: 'good' }),
    '',
    'nothing is added to an uncacheable response',
  );
});

t.test('a browser that changes its key gets no cached response of the former key', async (t) => {
  const config = { consumers, auth: { keyNames: ['apikey', 'x-key'] }, routes: [{}] };
  const cases: [why: string, headers: Headers, vary: string][] = [
    ['fresh', { 'cache-control': 'max-age=9' }, 'apikey, x-key'],
    ['fresh, and varies already', { 'cache-control': 'max-age=9', vary: 'Accept' }, 'Accept, apikey, x-key'],
    ['perhaps fresh', { 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 'apikey, x-key'],
    ['not kept', { 'cache-control': 'private, no-store' }, ''],
  ];
  const answers = cases.map(([, headers]) => headers);
  const [headerOf, kong, inQuery] = await Promise.all([
    start(t, config, answers),
    start(t, { ...config, compat: 'kong-3' }, answers),
    start(t, { ...config, auth: { keyIn: ['query'] } }, answers),
  ]);
  for (const [at, [why, headers, vary]] of cases.entries()) {
    t.equal(await headerOf('vary', `/${at}`, { apikey: 'good' }), vary, why);
    t.equal(
      await headerOf('cache-control', `/${at}`, { apikey: 'good' }),
      headers['cache-control'] ?? '',
      why,
    );
  }
  t.equal(await kong('vary', '/', { apikey: 'good' }), '', 'Kong does not');
  t.equal(await inQuery('vary', '/?apikey=good'), '', 'another key is another URL');
});

t.test("an origin's Expires stays in force: a max-age would overrule it (RFC 9111, 5.3)", async (t) => {
  const dates = ['0', 'Wed, 21 Oct 2037 07:28:00 GMT'];
  const config = { responseHeaders: { cacheControl: 'max-age=3' } };
  const headerOf = await start(t, config, [...dates.map((expires) => ({ expires })), {}]);
  for (const [at, expires] of dates.entries())
    t.same([await headerOf('cache-control', `/${at}`), await headerOf('expires', `/${at}`)], ['', expires]);
  t.equal(await headerOf('cache-control', '/2'), 'max-age=3', 'if there is none');
});

t.test('if the response depends on the Origin header, requests without one get Vary too', async (t) => {
  const one = 'https://app.example';
  const routes: [path: string, cors: Cors, vary: string][] = [
    ['/any', {}, ''],
    ['/pages', { allowOriginAbsent: false }, 'Origin'],
    ['/one', { origins: [one] }, 'Origin'],
    ['/two', { origins: [one, 'https://b.example'] }, 'Origin'],
  ];
  const [headerOf, kong] = await Promise.all([
    start(t, { routes: routes.map(([path, cors]) => ({ paths: [path], pool: 'default', cors })) }),
    start(t, { compat: 'kong-3', cors: { credentials: true } }),
  ]);
  for (const headers of [{ origin: one }, {}] as Headers[])
    for (const [path, , vary] of routes)
      t.equal(await headerOf('vary', path, headers), vary, `${path} ${JSON.stringify(headers)}`);
  t.equal(await kong('vary'), '', 'as in Kong');
});
