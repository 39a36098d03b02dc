/** The tool with two real gateways on workerd: with the same configuration, and with one that does not check keys. */
import { createHash } from 'node:crypto';
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { gatewayFor } from '../support/gateway.ts';
import { act, originFor } from '../support/origin.ts';
import { words } from '../support/words.ts';
import { call } from './call.ts';
import { found, makeFolder, ndjson, type JsonReport } from './parity-support.ts';

const KEY = 'the-key-of-ada';
const consumers = [{ id: 'ada', credentials: [{ sha256: createHash('sha256').update(KEY).digest('hex') }] }];
const headers = { apikey: KEY, 'Accept-Encoding': 'gzip', Origin: 'https://page.example' };
const CALLS = [
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
const QUIET = ['--quiet', '--json', '-'];
const UNLOCKED = ['GET /closed/x', 'GET /closed/x?apikey=[redacted]'].flatMap((request) =>
  words`cache-control content-type www-authenticate`
    .map((name) => `header ${name}`)
    .concat('body /message', 'body /n', 'body /path', 'status')
    .map((difference) => `${request} -> ${difference}`),
);

t.test('the same configuration gives no difference; a key that is not checked is found', async (t) => {
  const origin = await originFor(t, (received, _, response) => {
    const [path] = received.url.split('?');
    if (path === '/v1/go')
      return act({ status: 302, headers: { location: `${origin.url}/v1/there` } }, response);
    if (path === '/v1/packed') return act({ body: 'x'.repeat(2000), gzip: true }, response);
    if (path === '/v1/cookie')
      return act({ headers: { 'set-cookie': ['a=1; Path=/', 'b=2; HttpOnly'] } }, response);
    const json = { 'content-type': 'application/json' };
    return act({ body: `{"path": "${path}", "n": 1.50}`, headers: json }, response);
  });
  const config = (auth: object | false): Config => ({
    pools: { default: { origins: [origin.url] } },
    routes: [
      { name: 'v1', paths: ['/v1'], stripPath: false, cors: {} },
      { name: 'closed', paths: ['/closed'], auth },
    ],
    consumers,
    responseHeaders: false,
  });
  const gateways = await Promise.all([{}, {}, false as const].map((auth) => gatewayFor(t, config(auth))));
  const file = makeFolder(t).write('calls.ndjson', ndjson(CALLS));
  const [old, same, unlocked] = gateways.map(({ url }) => url) as [string, string, string];
  const compare = async (to: string) => {
    // 401 and 404 contain the request id.
    const options = ['--unsafe', '--ignore-pointer', '/request_id', '--latency-factor', '0'];
    const { code, out, err } = await call('parity', '--from', old, '--to', to, ...options, ...QUIET, file);
    t.notMatch(out + err, KEY);
    const report = JSON.parse(out) as JsonReport;
    return [code, report.counts.same, found(report)];
  };
  t.same(await compare(same), [0, CALLS.length, []]);
  t.same(await compare(unlocked), [1, CALLS.length - 2, UNLOCKED.sort()]);
});
