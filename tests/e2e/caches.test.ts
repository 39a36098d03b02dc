/** What caches on the way are told, so that none gives one caller's answer to another: on real workerd. */
import t from 'tap';
import type { Config, Cors, Route } from '../../lib/config/types.ts';
import { digestOf } from '../support/auth.ts';
import { gatewayFor } from '../support/gateway.ts';
import { originFor } from '../support/origin.ts';
import type { Behaviour, Tap } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

const consumers = [{ id: 'bob', credentials: [{ sha256: digestOf('good') }] }];

async function start(t: Tap, config: Config, behaviour: Behaviour = {}) {
  const origin = await originFor(t, behaviour);
  const gateway = await gatewayFor(t, { pools: { default: { origins: [origin.url] } }, ...config });
  /** A header of the answer, all its lines. */
  return async (name: string, path = '/', headers: Record<string, string> = {}) =>
    (await rawRequest(gateway.port, { path, headers: Object.entries(headers) })).all(name).join(', ');
}

t.test('an answer to a key gains no freshness: a cache would give it to callers without one', async (t) => {
  const route = (name: string, cacheControl: string): Route => ({
    ...{ paths: [`/${name}`], pool: 'default', auth: {}, responseHeaders: { cacheControl } },
  });
  const routes = [
    { paths: ['/open'], pool: 'default', responseHeaders: { cacheControl: 'max-age=3' } },
    route('keys', 'max-age=3'),
    route('all', 'public, max-age=60'),
  ];
  const said = await start(t, { consumers, routes });
  const withKey = async (path: string) => said('cache-control', path, { apikey: 'good' });
  t.equal(await withKey('/open'), 'max-age=3');
  t.equal(await withKey('/keys'), '');
  t.equal(await withKey('/all'), '');
  t.equal(await said('cache-control', '/keys'), 'no-store', 'its refusal is kept by no cache');
  t.equal(await said('vary', '/keys', { apikey: 'good' }), '', 'nothing is added where nothing may be kept');
});

t.test('a browser that changes its key is not answered from what it kept of the former caller', async (t) => {
  const config = { consumers, auth: { keyNames: ['apikey', 'x-key'] }, routes: [{}] };
  const cases: [why: string, headers: Record<string, string>, vary: string][] = [
    ['fresh', { 'cache-control': 'max-age=9' }, 'apikey, x-key'],
    ['fresh, and varies already', { 'cache-control': 'max-age=9', vary: 'Accept' }, 'Accept, apikey, x-key'],
    ['perhaps fresh', { 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 'apikey, x-key'],
    ['not kept', { 'cache-control': 'private, no-store' }, ''],
  ];
  for (const [why, headers, vary] of cases) {
    const said = await start(t, config, { headers });
    t.equal(await said('vary', '/', { apikey: 'good' }), vary, why);
    t.equal(await said('cache-control', '/', { apikey: 'good' }), headers['cache-control'] ?? '', why);
  }
  const kong = await start(t, { ...config, compat: 'kong-3' }, { headers: { 'cache-control': 'max-age=9' } });
  t.equal(await kong('vary', '/', { apikey: 'good' }), '', 'Kong does not');
  const inQuery = await start(
    t,
    { ...config, auth: { keyIn: ['query'] } },
    { headers: { 'cache-control': 'max-age=9' } },
  );
  t.equal(await inQuery('vary', '/?apikey=good'), '', 'another key is another URL');
});

t.test("an origin's Expires stays in force: a max-age would overrule it (RFC 9111, 5.3)", async (t) => {
  for (const expires of ['0', 'Wed, 21 Oct 2037 07:28:00 GMT']) {
    const said = await start(t, { responseHeaders: { cacheControl: 'max-age=3' } }, { headers: { expires } });
    t.same([await said('cache-control'), await said('expires')], ['', expires]);
  }
  const said = await start(t, { responseHeaders: { cacheControl: 'max-age=3' } });
  t.equal(await said('cache-control'), 'max-age=3', 'where there is none');
});

t.test('where the answer depends on the Origin of the request, those without one vary too', async (t) => {
  const vary = async (cors: Cors, headers: Record<string, string>, compat: Config['compat'] | null = null) =>
    (await start(t, { ...(compat && { compat }), cors }))('vary', '/', headers);
  const page = { origin: 'https://app.example' };
  for (const headers of [page, {}]) {
    const from = JSON.stringify(headers);
    t.equal(await vary({}, headers), '', `any origin: one answer for all ${from}`);
    t.equal(await vary({ allowOriginAbsent: false }, headers), 'Origin', `told to pages alone ${from}`);
    t.equal(await vary({ origins: ['https://app.example'] }, headers), 'Origin', from);
    t.equal(await vary({ origins: ['https://app.example', 'https://b.example'] }, headers), 'Origin', from);
  }
  t.equal(await vary({ credentials: true }, {}, 'kong-3'), '', 'as Kong has it');
  await t.rejects(vary({ credentials: true }, {}), /cors\.origins must name who may send credentials/);
});
