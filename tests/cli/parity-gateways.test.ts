/** The tool between two real gateways on workerd, whose configurations differ in planted ways. */
import { createHash } from 'node:crypto';
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { startGateway } from '../support/gateway.ts';
import { act, startOrigin } from '../support/origin.ts';
import { words } from '../support/words.ts';
import { call } from './call.ts';
import { found, makeFolder, ndjson, type JsonReport } from './parity-support.ts';

const KEY = 'the-key-of-ada';
const consumers = [{ id: 'ada', credentials: [{ sha256: createHash('sha256').update(KEY).digest('hex') }] }];
type Tap = typeof t;
const json = { 'content-type': 'application/json' };

async function startBoth(t: Pick<Tap, 'teardown' | 'notMatch'>, change: (config: Config) => Config) {
  const origin = await startOrigin((received, _, response) => {
    const [path] = received.url.split('?');
    if (path === '/v1/go')
      return act({ status: 302, headers: { location: `${origin.url}/v1/there` } }, response);
    if (path === '/v1/packed') return act({ body: 'x'.repeat(2000), gzip: true }, response);
    if (path === '/v1/cookie')
      return act({ headers: { 'set-cookie': ['a=1; Path=/', 'b=2; HttpOnly'] } }, response);
    return act({ body: `{"path": "${path}", "n": 1.50}`, headers: json }, response);
  });
  const config: Config = {
    origins: [origin.url],
    pools: { default: { origins: [origin.url] } },
    routes: [
      { name: 'v1', paths: ['/v1'], stripPath: false, cors: {} },
      { name: 'closed', paths: ['/closed'], auth: {} },
    ],
    consumers,
    responseHeaders: false,
  };
  delete config.origins;
  const gateways = await Promise.all([startGateway(config), startGateway(change(config))]);
  t.teardown(() => Promise.all([...gateways.map(({ stop }) => stop()), origin.stop()]));
  const folder = makeFolder(t);
  const headers = { apikey: KEY, 'Accept-Encoding': 'gzip', Origin: 'https://page.example' };
  const calls = [
    ...words`/v1/a /v1/a//b/%2e?c=%20 /v1/go /v1/packed /v1/cookie /closed/x /nowhere`.map((url) => ({
      url,
      headers,
    })),
    { url: '/closed/x' },
    { url: '/closed/x?apikey=wrong' },
    { method: 'HEAD', url: '/v1/a', headers },
    { method: 'OPTIONS', url: '/v1/a', headers: { ...headers, 'Access-Control-Request-Method': 'PUT' } },
    { method: 'POST', url: '/v1/a', headers, body: 'a=1' },
  ];
  const file = folder.write('calls.ndjson', ndjson(calls));
  const [from, to] = gateways.map(({ url }) => url) as [string, string];
  // 401 and 404 carry the id of their request
  const quiet = ['--unsafe', '--ignore-pointer', '/request_id', '--quiet', '--json', '-'];
  const { code, out, err } = await call('parity', '--from', from, '--to', to, ...quiet, file);
  t.notMatch(out + err, KEY);
  return { code, report: JSON.parse(out) as JsonReport };
}

t.test('the same configuration behaves the same', async (t) => {
  const { code, report } = await startBoth(t, (config) => config);
  t.same(found(report), []);
  t.equal(report.counts.same, 12);
  t.equal(code, 0);
});

const STRIPPED = [
  'GET /v1/a -> body /path',
  'GET /v1/a//b/%2e?c=%20 -> body /path',
  'GET /v1/cookie -> body',
  'GET /v1/cookie -> cookie a',
  'GET /v1/cookie -> cookie b',
  'GET /v1/cookie -> header content-type',
  'GET /v1/go -> body',
  'GET /v1/go -> header content-type',
  'GET /v1/go -> redirect location',
  'GET /v1/go -> status',
  'GET /v1/packed -> body',
  'GET /v1/packed -> header content-type',
  'HEAD /v1/a -> header content-length',
  'POST /v1/a -> body /path',
];
const UNLOCKED = ['GET /closed/x', 'GET /closed/x?apikey=[redacted]'].flatMap((request) =>
  [
    'body /message',
    'body /n',
    'body /path',
    'header cache-control',
    'header content-type',
    'header www-authenticate',
    'status',
  ].map((difference) => `${request} -> ${difference}`),
);

const PLANTED: [what: string, change: (config: Config) => Config, differs: string[]][] = [
  [
    'a route that cuts its prefix',
    (config) => ({ ...config, routes: [{ ...config.routes![0]!, stripPath: true }, config.routes![1]!] }),
    STRIPPED,
  ],
  [
    'a route that forgot to ask for a key',
    (config) => ({ ...config, routes: [config.routes![0]!, { ...config.routes![1]!, auth: false }] }),
    UNLOCKED,
  ],
  [
    'one header more for browsers',
    (config) => ({
      ...config,
      routes: [{ ...config.routes![0]!, cors: { exposedHeaders: ['ETag'] } }, config.routes![1]!],
    }),
    ['/v1/a', '/v1/a//b/%2e?c=%20', '/v1/cookie', '/v1/go', '/v1/packed']
      .map((url) => `GET ${url} -> header access-control-expose-headers`)
      .concat(['HEAD', 'POST'].map((method) => `${method} /v1/a -> header access-control-expose-headers`)),
  ],
];

for (const [what, change, differs] of PLANTED) {
  t.test(`${what} is found wherever it shows, and nothing else`, async (t) => {
    const { code, report } = await startBoth(t, change);
    t.equal(code, 1);
    t.same(found(report), differs.sort());
  });
}
