/**
 * Requests and answers that are rare, and none of which may cost an origin its place: the asterisk form, an empty body that says so, Host
 * headers that lead nowhere, a GET with a body under another name, statuses that others reserve. On both releases of workerd.
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

/** On a slow machine an answer that takes its time would be hedged, and its origin taken for silent. */
const UNHURRIED = { hedge: false, timeoutMs: 60_000, totalTimeoutMs: 120_000 } as const;
const both = (a: Origin, b: Origin): Config => ({
  pools: { api: { origins: [a.url, b.url], balance: 'round-robin', ...UNHURRIED } },
  routes: [{ pool: 'api' }],
});
const IN = ['in rotation', 'in rotation'];

onBothReleases((t, workerd) => {
  t.jobs = 4;
  void t.test('the asterisk form asks for "/", and takes no origin out', async (t) => {
    const { send, states } = await scene(t, workerd, both);
    for (const method of ['OPTIONS', 'GET']) {
      const { status } = await send({ method, path: '*' });
      // The older release refuses it before the Worker sees it.
      t.equal(status, workerd === 'nov' ? 200 : 500, method);
    }
    t.same(await states(), IN);
  });

  void t.test('a GET that says Content-Length: 0 fails over as one that says nothing', async (t) => {
    const { a, b, send } = await scene(t, workerd, both);
    a.behave({ fault: 'reset' });
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'GET', 'HEAD', 'OPTIONS'])
      t.equal((await send({ method, headers: [['Content-Length', '0']] })).status, 200, method);
    t.ok(b.received.every((one) => one.body.length === 0));
  });

  void t.test('an empty POST still says that it is empty', async (t) => {
    const { a, b, send } = await scene(t, workerd, both);
    for (const headers of [[['Content-Length', '0']], []] as const) await send({ method: 'POST', headers });
    for (const { received } of [a, b]) t.equal(received[0]?.header('content-length'), '0');
  });

  void t.test('a Host that leads nowhere takes no origin out', async (t) => {
    const { send, states } = await scene(t, workerd, (a) => ({
      compat: 'kong-3',
      pools: { api: { origins: [a.url] } },
      routes: [{ pool: 'api', hosts: ['127.0.0.1', '*.example.invalid'], preserveHost: true }],
    }));
    t.equal((await send({ host: '127.0.0.1:99999' })).status, 200, "the port is the origin's");
    for (const host of ['xn--zz.example.invalid', 'a.example.invalid', '1.example.invalid:65536'])
      t.match(await send({ host }), { status: /^(400|50[0-9])$/ }, host);
    t.same(await states(), ['in rotation']);
  });

  void t.test('a GET with a body keeps it where the origin is asked under another name', async (t) => {
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

  void t.test('a status beyond 599, which no Worker can repeat, is a bad answer and no defect', async (t) => {
    const { send, lines } = await scene(t, workerd, both, { status: 999 }, 'nothing');
    const answer = await send({});
    t.same([answer.status, /invalid response/.test(answer.text)], [502, true], answer.text);
    t.same(lines(), []);
  });
});
