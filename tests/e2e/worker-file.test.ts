/** dist/worker.js, the file that most people paste: what it carries works, and what it does not carry is refused at the start. */
import t from 'tap';
import { build } from '../../cli/build/build.ts';
import type { Config } from '../../lib/config/types.ts';
import { currentScript, gatewayFor, refusalOf } from '../support/gateway.ts';
import { originFor } from '../support/origin.ts';

const SCRIPT = currentScript('worker');

t.test('origins, routes, keys, limits, CORS and the response headers are in it', async (t) => {
  const origin = await originFor(t);
  const config: Config = {
    origins: [origin.url],
    cors: { origins: ['https://*.example.com'] },
    responseHeaders: { origin: 'Origin' },
    routes: [{ paths: ['/keys'], auth: {} }, { paths: ['/limit'], rateLimit: { hour: 1 } }, {}],
  };
  const gateway = await gatewayFor(t, config, { script: await SCRIPT });
  const get = (path: string) => fetch(gateway.url + path, { headers: { origin: 'https://a.example.com' } });
  const open = await get('/');
  t.equal(open.status, 200);
  t.equal(open.headers.get('access-control-allow-origin'), 'https://a.example.com');
  t.equal(open.headers.get('origin'), origin.url);
  t.equal((await get('/keys')).status, 401);
  t.same([(await get('/limit')).status, (await get('/limit')).status], [200, 429]);
});

t.test('a setting whose feature is not in it stops the script when it starts, by its name', async (t) => {
  const origins = ['http://127.0.0.1:9'];
  const cases: [setting: string, config: Config][] = [
    ['status', { origins, status: { path: '/status', token: 'long-enough-token' } }],
    ['routes[0].paths[0] "~/a"', { origins, routes: [{ paths: ['~/a'] }] }],
    ['trustedProxies', { origins, trustedProxies: ['10.0.0.0/8'] }],
    ['pools.a.balance "consistent-hash"', { pools: { a: { origins, balance: 'consistent-hash' } } }],
    ['auth.keyIn[0] "body"', { origins, auth: { keyIn: ['body'] } }],
    ['compat', { origins, compat: 'kong-3' }],
  ];
  const script = await SCRIPT;
  const refusals = await Promise.all(cases.map(([, config]) => refusalOf(config, { script })));
  for (const [at, [setting]] of cases.entries())
    t.ok(refusals[at]!.includes(`${setting} needs worker-full.js`), `${setting} in ${refusals[at]}`);
});

t.test('a file for one configuration carries what that uses, and refuses what it lacks', async (t) => {
  const origin = await originFor(t);
  const value: Config = { origins: [origin.url], cors: {}, routes: [{ paths: ['~/items/\\d+$'] }] };
  const text = `const CONFIG = ${JSON.stringify(value)};`;
  const script = await build({ value, text });
  t.match(script, /^\/\/ {3}balance, routes, cors, patterns$/m, 'its head lists its features');
  const gateway = await gatewayFor(t, null, { script });
  t.equal((await fetch(`${gateway.url}/items/7`)).status, 200);
  t.equal((await fetch(`${gateway.url}/other`)).status, 404);
  t.match(await refusalOf({ ...value, auth: {} }, { script }), /auth needs worker-full\.js/);
});
