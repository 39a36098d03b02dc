/** Records in Kong's format, without anybody's credentials. */
import t from 'tap';
import { hideInQueryText, startAccessLog } from '../../../lib/traffic/access-log.ts';
import { secretNames } from '../../../lib/traffic/secret-names.ts';
import { drive } from '../../support/traffic.ts';
import { words } from '../../support/words.ts';

const jwt = { headers: ['x-ride'], queryNames: ['Fare'] };
const isSecret = secretNames({ routes: [{ auth: { keyNames: ['X-Shop-Pass'] }, jwt }] as never });

t.test('which names may hold a credential', async (t) => {
  const secret = words`
    Authorization proxy-authorization apikey X-Api-Key api_key Cookie access_token jwt client_secret x-shop-pass
    webhook-signature X-Ride fare
  `;
  for (const name of secret) t.equal(isSecret(name), true, name);
  for (const name of ['accept', 'x-in', 'page', 'content-type', 'key']) t.equal(isSecret(name), false, name);
});

t.test('their values are cut out of a query, however the name is written', async (t) => {
  for (const [query, expected] of [
    ['', ''],
    ['?a=1&apikey=k&b=2', '?a=1&apikey=REDACTED&b=2'],
    ['?api%6Bey=k', '?api%6Bey=REDACTED'],
    ['?apikey', '?apikey'],
    ['?apikey=a=b&c', '?apikey=REDACTED&c'],
    ['?&token=', '?&token=REDACTED'],
  ] as const)
    t.equal(hideInQueryText(query, isSecret), expected, query);
  const started = performance.now();
  hideInQueryText('?' + 'a&'.repeat(40_000) + 'a'.repeat(40_000), isSecret);
  t.ok(performance.now() - started < 2000);
});

t.test('one line a request to the console', async (t) => {
  const one = drive(startAccessLog, { logTo: ['console'] });
  const { context } = await one.enter('/a?apikey=sesame&q=1', {
    headers: {
      authorization: 'Bearer sesame',
      cookie: 'sid=sesame',
      referer: 'https://b.test/?token=sesame&x=1#y',
      'x-in': '7',
      __proto__: 'x',
    } as never,
  });
  const { startedAt } = context;
  const consumer = { id: 'c1', username: 'bob', credentials: [] };
  const times = { sentAt: startedAt + 1, answeredAt: startedAt + 5, attempts: 1 };
  const origin = one.settings.pools[0]!.origins[0]!;
  Object.assign(context, { ...times, consumer, credentialId: 'k1', correlationId: '1234', origin });
  await one.runtime.advance(7);
  one.leave(context, new Response('ok', { headers: { 'set-cookie': 'sid=sesame', 'x-out': '8' } }));
  const [line = ''] = one.runtime.lines;
  t.notMatch(line, 'sesame');
  const uri = '/a?apikey=REDACTED&q=1';
  t.match(JSON.parse(line), {
    request: {
      method: 'GET',
      uri,
      url: `http://gateway.example:80${uri}`,
      querystring: { q: '1' },
      headers: {
        'x-in': '7',
        authorization: 'REDACTED',
        referer: 'https://b.test/?token=REDACTED&x=1#y',
      },
    },
    response: { status: 200, headers: { 'x-out': '8', 'set-cookie': 'REDACTED' } },
    upstream_uri: uri,
    upstream_status: '200',
    latencies: { request: 7, kong: 1, proxy: 4 },
    attempts: 1,
    tries: [{ origin: 'http://a.test' }],
    authenticated_entity: { id: 'k1', consumer_id: 'c1' },
    consumer: { id: 'c1', username: 'bob' },
    route: { name: 'routes[0]' },
    service: { name: 'default', host: 'a.test' },
    client_ip: '203.0.113.7',
    source: 'upstream',
    correlation_id: '1234',
  });
});

t.test('what was refused, and what matched nothing', async (t) => {
  const one = drive(startAccessLog, { logTo: ['console'] });
  const { context } = await one.enter('/', {}, { route: null, credentialId: 'a'.repeat(64) });
  one.leave(context, new Response('', { status: 404 }), 'no_route');
  const record = JSON.parse(one.runtime.lines[0] ?? '') as Record<string, unknown>;
  t.match(record, {
    source: 'kong',
    response: { status: 404 },
    latencies: { proxy: -1 },
    upstream_status: '',
  });
  for (const field of ['route', 'service', 'consumer', 'authenticated_entity'])
    t.notOk(field in record, field);
});

t.test('to a server, in batches of its size', async (t) => {
  const times = { timeoutMs: 1000, batchSize: 2, delaySeconds: 1 };
  const to = { url: 'https://log.test/in', method: 'POST', headers: [], ...times } as const;
  const fetch = async () => new Response(null, { status: 204 });
  const one = drive(startAccessLog, { logTo: [to] }, { fetch });
  for (const path of ['/one', '/two']) one.leave((await one.enter(path)).context, new Response('ok'));
  await one.runtime.settle();
  const records = (await one.runtime.sent[0]!.json()) as { request: { uri: string } }[];
  t.same(
    records.map(({ request }) => request.uri),
    ['/one', '/two'],
  );
  t.same(one.hooks.report?.(0), { accessLog: { sent: 2, failed: 0, dropped: 0 } });
});
