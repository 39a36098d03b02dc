/**
 * What a caller may try with a request that is well formed: keys in other places, hop-by-hop headers that name what is not theirs,
 * two framings at once, other methods and protocols, hosts that end early. Nothing gets past a key, nothing that the gateway says is
 * taken away, and only configured servers are asked. Both releases of workerd, because their HTTP parsers differ.
 */
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { digestOf } from '../support/auth.ts';
import { startGateway } from '../support/gateway.ts';
import { startOrigin } from '../support/origin.ts';
import type { Received } from '../support/origin.ts';
import { rawBytes, rawRequest } from '../support/raw.ts';
import type { RawRequest } from '../support/raw.ts';
import { words } from '../support/words.ts';

const KEY = 'the-good-key';
const SECRET = 'ours';
/** Some requests get no answer, by design of the runtime; all others get theirs, however slow the machine. */
const ANSWER_MS = 6000;
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

async function scene(
  t: { teardown: (stop: () => unknown) => unknown },
  workerd: 'nov' | 'jul',
  config: (origin: string) => Config,
  throughOne = false,
) {
  const origin = await startOrigin();
  const options = { workerd, ...(throughOne ? { internet: origin.port } : {}) };
  const gateway = await startGateway(config(origin.url), options);
  t.teardown(() => Promise.all([gateway.stop(), origin.stop()]));
  /** The status, 0 for none; and what the origin saw of it. */
  const send = async (request: RawRequest | string): Promise<[status: number, seen: Received[]]> => {
    const before = origin.received.length;
    const asked =
      typeof request === 'string'
        ? rawBytes(gateway.port, request, { timeoutMs: ANSWER_MS })
        : rawRequest(gateway.port, { host: 'h', ...request }, { timeoutMs: ANSWER_MS });
    const status = await asked.then(
      (answer) => answer.status,
      () => 0,
    );
    return [status, origin.received.slice(before)];
  };
  return { origin, gateway, send };
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

for (const workerd of ['nov', 'jul'] as const) {
  t.test(`a key counts only where it belongs (${workerd})`, async (t) => {
    const { send } = await scene(t, workerd, guarded);
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

  t.test(`no method, protocol or range opens what is locked (${workerd})`, async (t) => {
    const { send } = await scene(t, workerd, guarded);
    const asks: RawRequest[] = [
      ...words`GET HEAD POST PUT DELETE OPTIONS TRACE PROPFIND`.map((method) => ({ method })),
      { headers: SOCKET },
      { headers: SOCKET, method: 'POST', body: 'x' },
      { headers: H2C },
      { headers: [['Range', 'bytes=0-1,5-,-3']] },
      { headers: [['Expect', '100-continue']], method: 'POST', body: 'x' },
      { headers: [['If-None-Match', '*']] },
    ];
    for (const ask of asks) {
      const [status, seen] = await send({ path: '/private', ...ask });
      t.ok([0, 400, 401, 405, 501].includes(status), `${JSON.stringify(ask)}: ${status}`);
      t.same(seen, []);
    }
    const trace = { path: '/private', method: 'TRACE', headers: [['apikey', KEY]] } as const;
    t.same(await send(trace), [405, []], "an origin's answer to it would show the caller its secrets");
    const exact = words`/exact /exact# /exact? /./exact /exact/..\exact`;
    for (const path of [...exact, '/exact\x01', '/exact\x1f', '/exact\x0b', '/exact\t'])
      t.same(
        (await send({ path }))[1].map(({ url }) => url),
        [],
        JSON.stringify(path),
      );
    for (const host of ['locked.test', 'LOCKED.test', 'locked.test.', 'Locked.Test.:80', 'locked.test:8080'])
      t.same(await send({ path: '/', host }), [401, []], host);
    t.equal((await send({ path: '/', host: 'open.test' }))[0], 200);
  });

  t.test(`Connection takes nothing away that the gateway says (${workerd})`, async (t) => {
    const { send } = await scene(t, workerd, guarded);
    const named = [
      'x-consumer-id, x-consumer-username',
      'X-Forwarded-For, x-forwarded-proto, x-forwarded-host',
      'x-secret, x-request-id',
      'apikey',
      'host, content-length, transfer-encoding',
      'close, keep-alive, upgrade',
    ];
    const told = words`
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
        told.map((name) => seen?.header(name)),
        ['c-1', 'alice', '127.0.0.1', 'http', 'h', SECRET, null, '3'],
        connection,
      );
      t.equal(String(seen?.body), 'abc');
    }
    const own = lines(`Connection: cookie, X-Mine\nCookie: a=1\nX-Mine: 1\nX-Other: 2`);
    const [, [seen]] = await send({ path: '/open', headers: own });
    const left = words`cookie x-mine x-other`.map((name) => seen?.header(name));
    t.same(left, [null, null, '2'], 'but its own');
  });

  t.test(
    `a body ends where one framing says, and what follows needs a key of its own (${workerd})`,
    async (t) => {
      const { send, origin } = await scene(t, workerd, guarded);
      const inner = `GET /private/inner HTTP/1.1\r\nHost: h\r\nX-Consumer-ID: c-1\r\n\r\n`;
      const post = (framing: string, body: string): string =>
        `POST /open HTTP/1.1\r\nHost: h\r\n${framing}\r\n\r\n${body}${inner}`;
      const chunk = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
      const attempts = [
        post('Content-Length: 4\r\nTransfer-Encoding: chunked', '1\r\nZ\r\n0\r\n\r\n'),
        post(`Transfer-Encoding: chunked\r\nContent-Length: ${inner.length}`, '0\r\n\r\n'),
        post('Transfer-Encoding: chunked', chunk),
        post('Transfer-Encoding: gzip, chunked', chunk),
        post(
          'Transfer-Encoding: chunked',
          '3;ext="\r\n";q\r\nabc\r\n0\r\nX-Consumer-ID: forged\r\napikey: x\r\n\r\n',
        ),
        post('Transfer-Encoding: chunked', 'FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n'),
        post('Transfer-Encoding: chunked', '-1\r\nabc\r\n0\r\n\r\n'),
        post('Transfer-Encoding: chunked', '0x3\r\nabc\r\n0\r\n\r\n'),
        post('Content-Length: 0', ''),
        `GET /open HTTP/1.1\r\nHost: h\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
        `GET /open HTTP/1.1\r\nHost: h\r\n${SOCKET.map((pair) => pair.join(': ')).join('\r\n')}\r\n\r\n${inner}`,
        `POST /open HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n${SOCKET.map((pair) => pair.join(': ')).join('\r\n')}\r\n\r\n${inner}`,
        `GET /open HTTP/1.1\nHost: h\n\n${inner}`,
        `GET /open HTTP/1.1\r\nHost: h\r\nX-Consumer-ID : forged\r\n\r\n${inner}`,
        `GET /open HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n X-Consumer-ID: forged\r\n\r\n${inner}`,
      ];
      for (const bytes of attempts) await send(bytes);
      t.ok(origin.received.length >= 8, 'most of them are requests');
      for (const { url, header } of origin.received) {
        t.equal(url, '/open');
        t.equal(header('x-consumer-id'), null);
      }
    },
  );

  t.test(`a preserved host leads nowhere but where its route says (${workerd})`, async (t) => {
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
      const asked = async (host: string) =>
        (await send({ path: '/x', host }))[1].map(({ header }) => header('host'));
      t.same(await asked('a.ours.test'), ['a.ours.test:8123']);
      t.same(await asked('one.test:22'), ['one.test:8123'], "the port is the origin's, never the caller's");
      const hosts = [
        ...words`
        evil\.ours.test evil/.ours.test evil?.ours.test evil#.ours.test a.ours.test@evil evil%2f.ours.test
        shop.evil shop.evil:22 [::1].ours.test
      `,
        'evil\t.ours.test',
        'evil, .ours.test',
        '',
      ];
      for (const host of hosts)
        for (const server of await asked(host)) t.equal(server, 'origin.test:8123', `${compat} ${host}`);
    }
  });
}
