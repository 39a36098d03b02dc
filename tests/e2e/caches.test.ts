/** What caches on the way are told, so that none gives one caller's answer to another: on real workerd. */
import t from 'tap';
import { createHash } from 'node:crypto';
import type { Config, Cors, Route } from '../../lib/config/types.ts';
import { startGateway } from '../support/gateway.ts';
import { startOrigin } from '../support/origin.ts';
import type { Behaviour } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

const consumers = [
  { id: 'bob', credentials: [{ sha256: createHash('sha256').update('good').digest('hex') }] },
];

async function start(
  t: { readonly teardown: (stop: () => unknown) => void },
  config: Config,
  behaviour: Behaviour = {},
) {
  const origin = await startOrigin(behaviour);
  t.teardown(origin.stop);
  const gateway = await startGateway({ pools: { default: { origins: [origin.url] } }, ...config });
  t.teardown(gateway.stop);
  /** A header of the answer, all its lines. */
  return async (name: string, path = '/', headers: Record<string, string> = {}) =>
    (await rawRequest(gateway.port, { path, headers: Object.entries(headers) })).all(name).join(', ');
}

t.test(
  'an answer to a key is never stamped for all: a cache would give it to callers without one',
  async (t) => {
    const route = (name: string, cacheControl?: string): Route => ({
      ...{ paths: [`/${name}`], pool: 'default', auth: {} },
      ...(cacheControl === undefined ? {} : { responseHeaders: { version: false as const, cacheControl } }),
    });
    const routes = [
      { paths: ['/open'], pool: 'default' },
      ...[route('keys'), route('minute', 'max-age=60'), route('mine', 'private'), route('none', 'no-store')],
      ...[route('all', 'public, max-age=60'), route('shared', 'max-age=1, s-maxage=60')],
    ];
    const said = await start(t, { consumers, routes, responseHeaders: { version: false } });
    const stamped = async (path: string) => said('cache-control', path, { apikey: 'good' });
    t.equal(await stamped('/open'), 'max-age=3');
    t.equal(await stamped('/keys'), 'private, max-age=3');
    t.equal(await said('cache-control', '/keys'), 'private, max-age=3', 'its refusal is for one caller too');
    t.equal(await stamped('/minute'), 'max-age=60', 'as it was set');
    t.equal(await stamped('/mine'), 'private');
    t.equal(await stamped('/none'), 'no-store');
    t.equal(await stamped('/all'), 'public, max-age=60', 'what the operator says is done');
    t.equal(await stamped('/shared'), 'max-age=1, s-maxage=60');
  },
);

t.test("an origin's own Cache-Control stays as it is, with a key too", async (t) => {
  const headers = { 'cache-control': 'max-age=9' };
  const said = await start(
    t,
    { consumers, auth: {}, routes: [{}], responseHeaders: { version: false } },
    { headers },
  );
  t.equal(await said('cache-control', '/', { apikey: 'good' }), 'max-age=9');
});

t.test("an origin's Expires stays in force: a max-age would overrule it (RFC 9111, 5.3)", async (t) => {
  for (const expires of ['0', 'Wed, 21 Oct 2037 07:28:00 GMT']) {
    const said = await start(t, { responseHeaders: { version: false } }, { headers: { expires } });
    t.same([await said('cache-control'), await said('expires')], ['', expires]);
  }
});

t.test('where the answer depends on the Origin of the request, those without one vary too', async (t) => {
  const vary = async (cors: Cors, headers: Record<string, string>, compat: Config['compat'] | null = null) =>
    (await start(t, { ...(compat && { compat }), cors, responseHeaders: false }))('vary', '/', headers);
  const page = { origin: 'https://app.example' };
  for (const headers of [page, {}]) {
    const from = JSON.stringify(headers);
    t.equal(await vary({}, headers), '', `any origin: one answer for all ${from}`);
    t.equal(await vary({ credentials: true }, headers), 'Origin', `any origin, its cookies ${from}`);
    t.equal(await vary({ allowOriginAbsent: false }, headers), 'Origin', `told to pages alone ${from}`);
    t.equal(await vary({ origins: ['https://app.example'] }, headers), 'Origin', from);
    t.equal(await vary({ origins: ['https://app.example', 'https://b.example'] }, headers), 'Origin', from);
  }
  t.equal(await vary({ credentials: true }, {}, 'kong-3'), '', 'as Kong has it');
});
