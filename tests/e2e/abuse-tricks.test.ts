/**
 * Attacks with well-formed requests: keys in other places, Connection headers that name end-to-end headers, other
 * methods and protocols, hosts that end early. None gets past key auth or removes a header that the gateway sets, and
 * only configured servers are contacted. Both releases of workerd, because their HTTP parsers differ.
 */
import type { Config } from '../../lib/config/types.ts';
import { digestOf } from '../support/auth.ts';
import { onBothReleases, type Workerd } from '../support/both-releases.ts';
import { gatewayFor } from '../support/gateway.ts';
import { originFor } from '../support/origin.ts';
import type { Received, Tap } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import type { RawRequest } from '../support/raw.ts';
import { words } from '../support/words.ts';

const KEY = 'the-good-key';
const SECRET = 'ours';
/** Every request gets a response, even on a slow machine, unless the runtime sends none by design. */
const [ANSWER_MS, NO_ANSWER_MS] = [60_000, 6000];
type Lines = [name: string, value: string][];
/** `name: value` on each line. */
const lines = (text: string): Lines =>
  text.split('\n').map((line) => line.trim().split(/: (.*)/, 2) as [string, string]);
const SOCKET = lines(`Upgrade: websocket
  Connection: Upgrade
  Sec-WebSocket-Version: 13
  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==`);
const H2C = lines(`Upgrade: h2c
  Connection: Upgrade, HTTP2-Settings
  HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA`);

async function scene(t: Tap, workerd: Workerd, config: (origin: string) => Config, throughOne = false) {
  const origin = await originFor(t);
  const options = { workerd, ...(throughOne ? { internet: origin.port } : {}) };
  const gateway = await gatewayFor(t, config(origin.url), options);
  let sent = 0;
  /** The status, 0 for none; and what the origin saw of it. */
  const send = async (
    request: RawRequest,
    timeoutMs = ANSWER_MS,
  ): Promise<[status: number, seen: Received[]]> => {
    const mark = String(++sent);
    const headers = [...(request.headers ?? []), ['X-Mark', mark]] as const;
    const pending = rawRequest(gateway.port, { host: 'h', ...request, headers }, { timeoutMs });
    const status = await pending.then(
      (answer) => answer.status,
      () => 0,
    );
    return [status, origin.received.filter(({ header }) => header('x-mark') === mark)];
  };
  return { send };
}

const guarded = (url: string): Config => ({
  pools: { api: { origins: [{ url, headers: { 'X-Secret': SECRET } }] } },
  routes: [
    { name: 'exact', paths: ['~/exact$'], pool: 'api', auth: {} },
    { name: 'private', paths: ['/private'], pool: 'api', auth: {} },
    { name: 'hosted', hosts: ['locked.test'], pool: 'api', auth: {} },
    { name: 'all', paths: ['/'], pool: 'api' },
  ],
  consumers: [{ id: 'c-1', username: 'alice', credentials: [{ id: 'k-1', sha256: digestOf(KEY) }] }],
  forwardedHeaders: 'all',
  requestId: true,
});

onBothReleases(async (t, workerd) => {
  const { send } = await scene(t, workerd, guarded);

  t.test('a key is accepted only in its configured places', async (t) => {
    const inHeader = (name: string, value: string): RawRequest => ({
      path: '/private',
      headers: [[name, value]],
    });
    const inQuery = (query: string): RawRequest => ({ path: `/private?${query}` });
    const good = [...words`apikey=${KEY} %61pi%6bey=${KEY}`.map(inQuery), inHeader('apikey', KEY)];
    for (const request of [...good, inHeader('APIKEY', KEY)])
      t.equal((await send(request))[0], 200, JSON.stringify(request));
    const bad: RawRequest[] = [
      ...lines(`Cookie: apikey=${KEY}
        Authorization: Bearer ${KEY}
        Referer: http://h/?apikey=${KEY}
        api_key: ${KEY}
        X-HTTP-Method-Override: OPTIONS
        X-Original-URL: /open
        apikey: ${KEY}, ${KEY}`).map(([name, value]) => inHeader(name, value)),
      ...words`
        apikey[]=${KEY} apikey%5B%5D=${KEY} APIKEY=${KEY} apikey=${KEY};a=1 a=1;apikey=${KEY} a?apikey=${KEY}
        ?apikey=${KEY} apikey=${KEY}%00 apikey=${KEY}&apikey=${KEY} apikey=${KEY}&%61pikey=x
        ${'a&'.repeat(100)}apikey=${KEY}
      `.map(inQuery),
      { path: '/private', headers: lines(`apikey: ${KEY}\napikey: x`) },
      { path: '/private', headers: [['apikey', 'x']], method: 'POST', body: `apikey=${KEY}` },
      { path: `/private;apikey=${KEY}` },
    ];
    for (const request of bad) t.same(await send(request), [401, []], JSON.stringify(request).slice(0, 120));
  });

  t.test('no method, protocol or range bypasses key auth', async (t) => {
    const requests: RawRequest[] = [
      ...words`GET HEAD POST PUT DELETE OPTIONS TRACE PROPFIND`.map((method) => ({ method })),
      { headers: SOCKET },
      { headers: SOCKET, method: 'POST', body: 'x' },
      { headers: H2C },
      { headers: [['Range', 'bytes=0-1,5-,-3']] },
      { headers: [['Expect', '100-continue']], method: 'POST', body: 'x' },
      { headers: [['If-None-Match', '*']] },
    ];
    await Promise.all(
      requests.map(async (request) => {
        const [status, seen] = await send({ path: '/private', ...request }, NO_ANSWER_MS);
        t.ok([0, 400, 401, 405, 501].includes(status), `${JSON.stringify(request)}: ${status}`);
        t.same(seen, []);
      }),
    );
    const trace = { path: '/private', method: 'TRACE', headers: [['apikey', KEY]] } as const;
    t.same(await send(trace), [405, []], "an origin's response to it would show its secrets to the caller");
    const exact = words`/exact /exact# /exact? /./exact /exact/..\exact`;
    await Promise.all(
      [...exact, '/exact\x01', '/exact\x1f', '/exact\x0b', '/exact\t'].map(async (path) => {
        const [, seen] = await send({ path }, NO_ANSWER_MS);
        t.same(
          seen.map(({ url }) => url),
          [],
          JSON.stringify(path),
        );
      }),
    );
    for (const host of ['locked.test', 'LOCKED.test', 'locked.test.', 'Locked.Test.:80', 'locked.test:8080'])
      t.same(await send({ path: '/', host }), [401, []], host);
    t.equal((await send({ path: '/', host: 'open.test' }))[0], 200);
  });

  t.test('Connection cannot remove headers that the gateway sets', async (t) => {
    const named = [
      'x-consumer-id, x-consumer-username',
      'X-Forwarded-For, x-forwarded-proto, x-forwarded-host',
      'x-secret, x-request-id',
      'apikey',
      'host, content-length, transfer-encoding',
      'close, keep-alive, upgrade',
    ];
    const protectedNames = words`
      x-consumer-id x-consumer-username x-forwarded-for x-forwarded-proto x-forwarded-host x-secret apikey
      content-length
    `;
    for (const connection of named) {
      const headers = lines(`apikey: ${KEY}
        Connection: ${connection}
        X-Consumer-ID: forged
        X-Forwarded-For: 6.6.6.6
        X-Secret: forged`);
      const [status, [seen]] = await send({ path: '/private', method: 'POST', body: 'abc', headers });
      t.equal(status, 200, connection);
      t.match(seen?.header('x-request-id'), /^[0-9a-f]{32}$/);
      t.same(
        protectedNames.map((name) => seen?.header(name)),
        ['c-1', 'alice', '127.0.0.1', 'http', 'h', SECRET, null, '3'],
        connection,
      );
      t.equal(String(seen?.body), 'abc');
    }
    const own = lines(`Connection: cookie, X-Mine\nCookie: a=1\nX-Mine: 1\nX-Other: 2`);
    const [, [seen]] = await send({ path: '/open', headers: own });
    const left = words`cookie x-mine x-other`.map((name) => seen?.header(name));
    t.same(left, [null, null, '2'], 'except its own');
  });

  t.test('a preserved Host cannot change the origin of a route', async (t) => {
    for (const compat of [null, 'kong-3'] as const) {
      const preserving = (hosts: string[]) => ({ hosts, preserveHost: true, pool: 'api' });
      const { send } = await scene(
        t,
        workerd,
        () => ({
          ...(compat && { compat }),
          pools: { api: { origins: ['http://origin.test:8123'] } },
          routes: [preserving(['*.ours.test', 'one.test']), preserving(['shop.*']), { pool: 'api' }],
        }),
        true,
      );
      const hostsSeen = async (host: string) =>
        (await send({ path: '/x', host }, NO_ANSWER_MS))[1].map(({ header }) => header('host'));
      t.same(await hostsSeen('a.ours.test'), ['a.ours.test:8123']);
      t.same(
        await hostsSeen('one.test:22'),
        ['one.test:8123'],
        "the port is the origin's, never the caller's",
      );
      const hosts = [
        ...words`
        evil\.ours.test evil/.ours.test evil?.ours.test evil#.ours.test a.ours.test@evil evil%2f.ours.test
        shop.evil shop.evil:22 [::1].ours.test
      `,
        'evil\t.ours.test',
        'evil, .ours.test',
        '',
      ];
      await Promise.all(
        hosts.map(async (host) => {
          for (const server of await hostsSeen(host))
            t.equal(server, 'origin.test:8123', `${compat} ${host}`);
        }),
      );
    }
  });
});
