/** Routes, CORS, limits, hashing and trusted proxies as they stand in a configuration of one's own, without a Kong profile. */
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { gatewayFor, startGateway } from '../support/gateway.ts';
import type { Gateway, GatewayOptions } from '../support/gateway.ts';
import { originFor, originsFor } from '../support/origin.ts';
import type { Origin, Tap } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

async function stage(
  t: Tap,
  make: (origin: string) => Partial<Config>,
  options: GatewayOptions = {},
): Promise<[Gateway, Origin]> {
  const origin = await originFor(t);
  const gateway = await gatewayFor(
    t,
    { responseHeaders: false, serverTiming: false, ...make(origin.url) },
    { cloudflare: { clientIp: '203.0.113.9' }, ...options },
  );
  return [gateway, origin];
}

t.test('the best-ranked route decides, and the origin gets the path that it says', async (t) => {
  const [gateway, origin] = await stage(t, (url) => ({
    origins: [url],
    routes: [
      { paths: ['/api'], stripPath: true, basePath: '/v2' },
      { paths: ['/api/raw'] },
      { paths: ['~/u/(?<id>\\d+)$'], stripPath: true },
      { paths: ['/post'], methods: ['POST'] },
    ],
  }));
  const paths = ['/api/x%2fy//z?q=%20', '/api/raw/%7e', '/u/12', '/post'];
  const statuses = [];
  for (const path of paths) statuses.push((await rawRequest(gateway.port, { path })).status);
  t.same(statuses, [200, 200, 200, 404]);
  t.same(
    origin.received.map(({ url }) => url),
    ['/v2/x%2fy//z?q=%20', '/api/raw/%7e', '/'],
  );
});

t.test('no route, no service: small JSON with the id of the request', async (t) => {
  const [gateway] = await stage(t, () => ({ routes: [{ paths: ['/nowhere'] }], requestId: true }));
  for (const [path, status, message] of [
    ['/', 404, 'no Route matched with those values'],
    ['/nowhere', 503, 'no Service found with those values'],
  ] as const) {
    const answer = await rawRequest(gateway.port, { path, headers: [['Accept', 'text/html']] });
    t.equal(answer.status, status);
    t.same(JSON.parse(answer.text), { message, request_id: answer.header('x-request-id') });
    t.equal(answer.header('cache-control'), 'no-store');
    t.equal(answer.header('server'), null, 'nothing names Kong');
    t.equal(answer.header('x-kong-request-id'), null);
  }
});

t.test(
  'a limit counts by the caller that Cloudflare names, and its refusal is readable for browsers',
  async (t) => {
    const [gateway, origin] = await stage(t, (url) => ({
      origins: [url],
      rateLimit: { day: 2, by: 'ip' },
      cors: {},
    }));
    const ask = (ip: string) =>
      rawRequest(gateway.port, {
        headers: [
          ['Test-Client-IP', ip],
          ['Origin', 'https://a.test'],
        ],
      });
    const answers = [await ask('1.1.1.1'), await ask('1.1.1.1'), await ask('1.1.1.1'), await ask('2.2.2.2')];
    t.same(
      answers.map((answer) => [answer.status, answer.header('x-ratelimit-remaining-day')]),
      [
        [200, '1'],
        [200, '0'],
        [429, '0'],
        [200, '1'],
      ],
    );
    t.equal(answers[2]?.header('access-control-allow-origin'), '*');
    t.equal(answers[2]?.header('retry-after'), answers[2]?.header('ratelimit-reset'));
    t.equal(origin.received.length, 3);
  },
);

t.test('only a trusted proxy may say who called, over which scheme and for which host', async (t) => {
  const make = (trustedProxies: string[]) => (url: string) => ({
    origins: [url],
    routes: [{ protocols: ['https' as const] }],
    trustedProxies,
    forwardedHeaders: 'all' as const,
    rateLimit: { day: 1, by: 'ip' as const },
  });
  const headers: [string, string][] = [
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'shop.example'],
    ['X-Forwarded-For', '9.9.9.9, 8.8.8.8, 127.0.0.1'],
  ];
  const [trusting, origin] = await stage(t, make(['127.0.0.0/8']), { cloudflare: undefined } as never);
  t.equal((await rawRequest(trusting.port, { headers })).status, 200);
  const [received] = origin.received;
  t.equal(received?.header('x-forwarded-for'), '9.9.9.9, 8.8.8.8, 127.0.0.1, 127.0.0.1');
  t.equal(received?.header('x-forwarded-proto'), 'https');
  t.equal(received?.header('x-forwarded-host'), 'shop.example');
  t.equal((await rawRequest(trusting.port, { headers })).status, 429, 'the count is that of 8.8.8.8');
  const other: [string, string][] = headers.map(([name, value]) => [
    name,
    value.replace('8.8.8.8', '7.7.7.7'),
  ]);
  t.equal((await rawRequest(trusting.port, { headers: other })).status, 200);
  const [wary] = await stage(t, make(['10.0.0.0/8']), { cloudflare: undefined } as never);
  t.equal((await rawRequest(wary.port, { headers })).status, 426);
});

t.test('a cookie that is missing is made, and leads to the same origin from then on', async (t) => {
  const others = await originsFor(t, {}, {});
  const [gateway, first] = await stage(t, (url) => ({
    pools: {
      default: {
        origins: [url, ...others.map((one) => one.url)],
        balance: 'consistent-hash',
        hashOn: { cookie: 'sid', path: '/p' },
      },
    },
  }));
  const fresh = await rawRequest(gateway.port);
  const [, sid] =
    /^sid=([0-9a-f-]{36}); Path=\/p; SameSite=Lax; HttpOnly$/.exec(fresh.header('set-cookie') ?? '') ?? [];
  t.ok(sid, fresh.header('set-cookie') ?? 'no cookie');
  const all = [first, ...others];
  const served = all.find((one) => one.received.length === 1);
  for (let i = 0; i < 10; i++) {
    const again = await rawRequest(gateway.port, { headers: [['Cookie', `a=b; sid=${sid}`]] });
    t.equal(again.header('set-cookie'), null);
  }
  t.equal(served?.received.length, 11);
});

t.test(
  'a preflight needs no key and no origin; one that is left to the origin gets no word of ours',
  async (t) => {
    const [gateway, origin] = await stage(t, (url) => ({
      origins: [url],
      auth: {},
      cors: { origins: ['https://a.test', 'https://b.test'], maxAge: 9 },
      routes: [{}, { paths: ['/own'], auth: false as const, cors: { preflightContinue: true } }],
    }));
    const preflight = (path: string, from: string) =>
      rawRequest(gateway.port, {
        method: 'OPTIONS',
        path,
        headers: [
          ['Origin', from],
          ['Access-Control-Request-Method', 'PUT'],
          ['Access-Control-Request-Headers', 'apikey'],
        ],
      });
    const good = await preflight('/', 'https://b.test');
    t.equal(good.status, 204);
    t.equal(good.header('access-control-allow-origin'), 'https://b.test');
    t.equal(good.header('access-control-allow-headers'), 'apikey');
    t.equal(good.header('access-control-max-age'), '9');
    t.equal((await preflight('/', 'https://c.test')).header('access-control-allow-origin'), null);
    t.equal(origin.received.length, 0);
    t.equal((await preflight('/own', 'https://c.test')).header('access-control-allow-origin'), null);
    t.equal(origin.received.length, 1);
    const refused = await rawRequest(gateway.port, { headers: [['Origin', 'https://a.test']] });
    t.equal(refused.status, 401);
    t.equal(refused.header('www-authenticate'), 'Key');
    t.equal(refused.header('access-control-allow-origin'), 'https://a.test');
    t.equal(refused.header('vary'), 'Origin');
  },
);

t.test('patterns that could hang an isolate stop the script, each with its place', async (t) => {
  const refused: [config: Partial<Config>, places: string[]][] = [
    [{ cors: { origins: ['(a+)+\\.test', 'https://b.test'] } }, ['cors.origins[0]']],
    [
      {
        routes: [{ paths: ['~/(x|xx)*$', '/ok'] }, { headers: { v: ['~*(\\w+)+'] } }],
        trustedProxies: ['10.0.0.0/40'],
      },
      ['routes[0].paths[0]', 'routes[1].headers.v[0]', 'trustedProxies[0]'],
    ],
  ];
  for (const [config, places] of refused) {
    const message: string = await startGateway({
      pools: { default: { origins: ['http://a'] } },
      ...config,
    }).then(
      (gateway) => gateway.stop().then(() => 'it started'),
      (error: Error) => error.message,
    );
    for (const place of places) t.ok(message.includes(`${place} must be`), `${place} in ${message}`);
  }
});
