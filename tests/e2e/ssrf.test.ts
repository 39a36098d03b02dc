/**
 * Only configured servers are contacted, whatever callers and origins send. The trap is not configured, so nothing may
 * connect to it: not by a path that looks like a host on a catch-all route, and not by a redirect, with which every
 * server here responds, to callers' requests and to the gateway's own. Both releases of workerd.
 */
import type { Pool } from '../../lib/config/types.ts';
import { onBothReleases } from '../support/both-releases.ts';
import { gatewayFor } from '../support/gateway.ts';
import { originFor, originsFor } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import type { RawRequest } from '../support/raw.ts';
import { words } from '../support/words.ts';
import { until } from '../support/until.ts';

onBothReleases((t, workerd) => {
  t.test('a path is never taken for a host', async (t) => {
    const [origin, trap] = await originsFor(t, {}, {});
    const routes = [{ origins: [origin.url], paths: ['/'], stripPath: true }];
    const [plain, kong] = await Promise.all([
      gatewayFor(t, { origins: [origin.url] }, { workerd }),
      gatewayFor(t, { compat: 'kong-3', routes }, { workerd }),
    ]);
    const { host } = trap;
    const paths = [
      ...words`
      //${host}/x ///${host}/x /@${host}/x /:80@${host}/x /.${host}/x /http://${host}/x
      /x/..//${host}/x /%2f${host}/x /;@${host} /?@${host} /#@${host} //${host}
    `,
      `/\\${host}/x`,
      `/\t/${host}/x`,
    ];
    for (const path of paths)
      await Promise.all(
        [plain, kong].flatMap(({ port }) =>
          ['GET', 'POST'].map((method) => rawRequest(port, { path, method }).catch(() => null)),
        ),
      );
    t.ok(origin.received.length > paths.length, `${origin.received.length} requests went to the origin`);
    t.equal(trap.connections(), 0);
  });

  t.test('no redirect is followed', async (t) => {
    const trap = await originFor(t);
    const redirect = { status: 307, headers: { location: `${trap.url}/trap` } };
    const [origin, other, verifier] = await originsFor(t, redirect, redirect, redirect);
    const pool: Pool = { origins: [origin.url], retries: 0, outlier: false };
    const load = { path: '/load', intervalSeconds: 0.1 };
    const gateway = await gatewayFor(
      t,
      {
        pools: {
          plain: pool,
          probed: { origins: [origin.url, other.url], probe: { path: '/probe' } },
          checked: { ...pool, health: { path: '/health', intervalSeconds: 0.1 } },
          loaded: { origins: [origin.url, other.url], balance: 'least-load', load },
          other: { origins: [other.url] },
        },
        routes: [
          { paths: ['/probed'], pool: 'probed' },
          { paths: ['/checked'], pool: 'checked' },
          { paths: ['/loaded'], pool: 'loaded' },
          { paths: ['/versioned'], pool: 'plain', responseHeaders: { version: { path: '/version' } } },
          { paths: ['/shadowed'], pool: 'plain', shadow: { pool: 'other', percent: 100 } },
          { paths: ['/locked'], pool: 'plain', auth: { verify: { url: `${verifier.url}/{key}` } } },
          { paths: ['/preserved'], pool: 'plain', hosts: [origin.host], preserveHost: true },
          { paths: ['/'], pool: 'plain' },
        ],
        responseHeaders: false,
      },
      { workerd },
    );
    const requests: RawRequest[] = [
      ...['/', '/probed', '/checked', '/loaded', '/versioned', '/shadowed'].map((path) => ({ path })),
      { path: '/locked', headers: [['apikey', 'any']] },
      { path: '/preserved', host: origin.host },
      { path: '/', method: 'POST', body: 'x' },
      { path: '/', body: 'a GET with a body' },
    ];
    const seenPaths = () =>
      [origin, other, verifier].flatMap(({ received }) => received.map(({ url }) => url));
    const paths = words`/ /probe /health /load /version /shadowed /any /preserved`;
    // An isolate sends its own requests along with further ones.
    await until(async () => {
      await Promise.all(requests.map((request) => rawRequest(gateway.port, request)));
      return paths.every((path) => seenPaths().includes(path));
    });
    t.same(
      paths.filter((path) => !seenPaths().includes(path)),
      [],
      'each kind of request was made',
    );
    t.equal(trap.connections(), 0);
    t.equal((await rawRequest(gateway.port, { path: '/' })).status, 307, 'it is passed on to the caller');
  });
});
