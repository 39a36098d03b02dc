/**
 * Rare requests and responses, none of which may eject an origin: the asterisk form, Content-Length: 0, invalid Host
 * headers, a GET with a body under another host name, reserved statuses. Both releases of workerd.
 */
import type { Config } from '../../lib/config/types.ts';
import { onBothReleases } from '../support/both-releases.ts';
import type { Workerd } from '../support/both-releases.ts';
import { gatewayFor, type GatewayOptions } from '../support/gateway.ts';
import { STATUS, statesOf } from '../support/operator.ts';
import { originsFor } from '../support/origin.ts';
import type { Behaviour, Origin, Tap } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import type { RawAnswer, RawRequest } from '../support/raw.ts';
import { words } from '../support/words.ts';

interface Scene {
  readonly a: Origin;
  readonly b: Origin;
  readonly send: (request: RawRequest) => Promise<RawAnswer>;
  readonly states: () => Promise<string[]>;
  readonly lines: () => string[];
}

async function scene(
  t: Tap,
  workerd: Workerd,
  config: (a: Origin, b: Origin) => Config,
  behaviour: Behaviour = {},
  shares: GatewayOptions['shares'] = 'process',
): Promise<Scene> {
  const [a, b] = await originsFor(t, behaviour, behaviour);
  const gateway = await gatewayFor(t, { status: STATUS, ...config(a, b) }, { workerd, shares });
  return {
    a,
    b,
    send: (request) => rawRequest(gateway.port, request),
    states: () => statesOf(gateway.url),
    lines: gateway.lines,
  };
}

/** On a slow machine a slow response would be hedged, and its origin counted as silent. */
const LONG_TIMEOUTS = { hedge: false, timeoutMs: 60_000, totalTimeoutMs: 120_000 } as const;
const both = (a: Origin, b: Origin): Config => ({
  pools: { api: { origins: [a.url, b.url], balance: 'round-robin', ...LONG_TIMEOUTS } },
  routes: [{ pool: 'api' }],
});
const IN = ['in rotation', 'in rotation'];

onBothReleases((t, workerd) => {
  t.jobs = 4;
  void t.test('the asterisk form requests "/", and ejects no origin', async (t) => {
    const { send, states } = await scene(t, workerd, both);
    for (const method of ['OPTIONS', 'GET']) {
      const { status } = await send({ method, path: '*' });
      // The older release rejects it before the Worker sees it.
      t.equal(status, workerd === 'nov' ? 200 : 500, method);
    }
    t.same(await states(), IN);
  });

  void t.test('a GET with Content-Length: 0 fails over like one without', async (t) => {
    const { a, b, send } = await scene(t, workerd, both);
    a.behave({ fault: 'reset' });
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'GET', 'HEAD', 'OPTIONS'])
      t.equal((await send({ method, headers: [['Content-Length', '0']] })).status, 200, method);
    t.ok(b.received.every((one) => one.body.length === 0));
  });

  void t.test('an empty POST keeps Content-Length: 0', async (t) => {
    const { a, b, send } = await scene(t, workerd, both);
    for (const headers of [[['Content-Length', '0']], []] as const) await send({ method: 'POST', headers });
    for (const { received } of [a, b]) t.equal(received[0]?.header('content-length'), '0');
  });

  void t.test(
    'only a GET opens a WebSocket: other methods stay what they are, with their body',
    async (t) => {
      for (const profile of [{}, { compat: 'kong-3' }] as const) {
        const { a, send } = await scene(t, workerd, (a) => ({ ...profile, origins: [a.url] }));
        const headers = [
          ['Connection', 'Upgrade'],
          ['Upgrade', 'websocket'],
          ['Sec-WebSocket-Version', '13'],
          ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
        ] as const;
        const sent = words`POST/body PUT/body DELETE/body PATCH/ HEAD/ OPTIONS/`.map((one) => one.split('/'));
        for (const [method = '', body = ''] of sent)
          t.equal((await send({ method, headers, body })).status, 200, method);
        t.same(
          a.received.map(({ method, body }) => [method, String(body)]),
          sent,
        );
      }
    },
  );

  void t.test('an invalid Host ejects no origin', async (t) => {
    const { send, states } = await scene(t, workerd, (a) => ({
      compat: 'kong-3',
      pools: { api: { origins: [a.url] } },
      routes: [{ pool: 'api', hosts: ['127.0.0.1', '*.example.invalid'], preserveHost: true }],
    }));
    t.equal((await send({ host: '127.0.0.1:99999' })).status, 200, "the port is the origin's");
    for (const host of ['xn--zz.example.invalid', 'a.example.invalid', '1.example.invalid:65536'])
      t.match(await send({ host }), { status: /^(400|50[0-9])$/ }, host);
    // As two Host headers are read, which nginx rejects. The older release fails by itself.
    t.equal((await send({ host: '127.0.0.1, b.test' })).status, workerd === 'nov' ? 400 : 500);
    t.same(await states(), ['in rotation']);
  });

  void t.test('Kong profiles reject the escapes that nginx rejects in a path', async (t) => {
    for (const compat of ['kong-3', 'kong-2018', undefined] as const) {
      const { a, send } = await scene(t, workerd, (a) => ({ origins: [a.url], ...(compat && { compat }) }));
      const rejected = words`/a%00b /a%zz /a%4 /%`;
      for (const path of rejected) t.equal((await send({ path })).status, compat ? 400 : 200, path);
      t.equal((await send({ path: '/a%20b?q=%zz%00' })).status, 200, 'a query may hold them');
      t.equal(a.received.length, compat ? 1 : rejected.length + 1);
    }
  });

  void t.test('a GET keeps its body if the origin has another host name', async (t) => {
    const { a, send } = await scene(t, workerd, ({ port }) => ({
      pools: { api: { origins: [{ url: `http://localhost:${port}`, hostHeader: '127.0.0.1' }] } },
      routes: [{ pool: 'api' }],
    }));
    t.equal((await send({ path: '/search?q', body: '{"q":1}' })).status, 200);
    t.same(
      a.received.map(({ url, header, body }) => [url, header('host'), String(body)]),
      [['/search?q', a.host, '{"q":1}']],
    );
  });

  void t.test(
    '529 is an answer: the origin says that it is overloaded, and the caller gets its words',
    async (t) => {
      const overloaded = {
        status: 529,
        body: '{"type":"overloaded_error"}',
        headers: { 'retry-after': '7' },
      };
      const { send, states } = await scene(t, workerd, both, overloaded);
      const answer = await send({});
      t.same([answer.status, answer.text, answer.header('retry-after')], [529, overloaded.body, '7']);
      t.same(await states(), IN);
    },
  );

  void t.test(
    'a status above 599, which no Worker can send, is an invalid response, not an internal error',
    async (t) => {
      const { send, lines } = await scene(t, workerd, both, { status: 999 }, 'nothing');
      const answer = await send({});
      t.same([answer.status, /invalid response/.test(answer.text)], [502, true], answer.text);
      t.same(lines(), []);
    },
  );
});
