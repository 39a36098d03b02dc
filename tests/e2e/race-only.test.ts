/**
 * The script that is built for racing pools alone, in which one small room stands in for the machine of attempts, against
 * origins that fail in every way: what the caller gets, how often each origin was asked. On real workerd, with real servers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Config } from '../../lib/config.ts';
import { buildFor, currentScript, startGateway } from '../support/gateway.ts';
import { act, startOrigin } from '../support/origin.ts';
import type { Behaviour, Handler } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import type { RawRequest } from '../support/raw.ts';

const CONFIG: Config = { pools: { api: { origins: ['http://127.0.0.1'], balance: 'race' } } };
const SCRIPT = await buildFor(CONFIG);

/** What an origin does, what the caller gets when all do, and whether the platform says that it was never reached. */
const FAULTS: Record<string, [behaviour: Behaviour | 'refused', allBad: number, unsent?: true]> = {
  refused: ['refused', 502],
  reset: [{ fault: 'reset' }, 502],
  hung: [{ fault: 'hang' }, 504],
  '503': [{ status: 503 }, 503],
  '500': [{ status: 500 }, 500],
  'wrong bytes': [{ fault: 'garbage' }, 502],
  '521': [{ status: 521 }, 502, true],
  '522': [{ status: 522 }, 504],
};
const KINDS = {
  GET: { method: 'GET' },
  POST: { method: 'POST', body: '{"pay":1}' },
  'PUT with Idempotency-Key': { method: 'PUT', body: '{"pay":1}', headers: [['Idempotency-Key', 'k1']] },
} as const;

/** Three requests in a row to a fresh isolate: statuses, and how often each origin was asked for each. */
async function play(behaviour: Behaviour | 'refused', kind: keyof typeof KINDS, good: number) {
  const bad = await Promise.all([startOrigin(), ...(good === 0 ? [startOrigin()] : [])]);
  const origins = [...bad, ...(await Promise.all(Array.from({ length: good }, () => startOrigin())))];
  for (const origin of bad) await (behaviour === 'refused' ? origin.refuse() : origin.behave(behaviour));
  const pool = { origins: origins.map(({ url }) => url), balance: 'race', timeoutMs: 400, totalTimeoutMs: 1200 } as const; // prettier-ignore
  const gateway = await startGateway({ pools: { api: pool } }, { script: SCRIPT });
  const rounds = [];
  for (const path of ['/0', '/1', '/2']) {
    const { headers = [], ...request } = KINDS[kind] as { method: string; headers?: [string, string][] };
    const sent = { ...request, path, headers: [...headers, ['Connection', 'close'] as [string, string]] };
    const { status } = await rawRequest(gateway.port, sent, { timeoutMs: 4000 });
    const isPath = ({ url }: { url: string }) => url === path;
    rounds.push({ status, asked: origins.map(({ received }) => received.filter(isPath).length) });
  }
  await gateway.stop();
  await Promise.all(origins.map((origin) => origin.stop()));
  return rounds;
}

for (const [name, [behaviour, allBad, unsent]] of Object.entries(FAULTS))
  t.test(`${name}: whoever is well serves; what must not be repeated arrives once at most`, async (t) => {
    for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[])
      for (const good of [1, 0]) {
        for (const { status, asked } of await play(behaviour, kind, good)) {
          const cell = `${kind}, ${good} good: ${status}, asked ${asked.join('+')}`;
          const all = asked.reduce((a, b) => a + b);
          if (good === 0) t.equal(status, allBad, cell);
          else if (kind !== 'POST') t.equal(status, 200, cell);
          if (kind === 'POST' && !unsent) t.ok(all <= 1, cell);
          t.ok(all <= 3, cell);
        }
      }
  });

/** What an origin answers, by path; elsewhere it says "ok". */
const ANSWERS: Record<string, Behaviour> = {
  '/missing': { status: 404, body: 'no such thing' },
  '/headers': {
    headers: {
      'Set-Cookie': ['a=1', 'b=2'],
      'X-Own': 'ä',
      Connection: 'X-Hop',
      'X-Hop': '1',
      'Cache-Control': 'no-store',
    },
  },
  '/moved': { status: 302, headers: { Location: '/elsewhere' } },
  '/gzip': { gzip: true, body: 'long '.repeat(300) },
  '/none': { status: 204, body: null },
  '/pieces': { pieces: ['a', 'b', 'c'], everyMs: 5 },
  '/unchanged': { status: 304, headers: { ETag: '"1"' }, body: null },
};

const answer: Handler = (received, _request, response) => {
  const path = new URL(received.url, 'http://o').pathname.replace(/^\/base/, '');
  if (path === '/own')
    return act(
      { status: 301, headers: { Location: `http://${received.header('host')}/base/new?x=1` } },
      response,
    );
  return act(
    ANSWERS[path] ?? { body: received.method === 'POST' && received.url.endsWith('/base/') ? '"v1"' : 'ok' },
    response,
  );
};

const PAGE = ['Origin', 'https://app.example'] as const;
const REQUESTS: RawRequest[] = [
  ...Object.keys(ANSWERS).map((path) => ({ path })),
  { path: '/own' },
  { path: '/a/../b/./c%2F..//d?q=1&q=%20#f' },
  { path: '/\\evil.example' },
  { path: '//host/x' },
  { path: '/x', method: 'HEAD' },
  { path: '/x', method: 'DELETE' },
  { path: '/x', method: 'TRACE' },
  { path: '/x', method: 'PURGE' },
  { path: '/x', method: 'OPTIONS' },
  {
    path: '/x',
    method: 'OPTIONS',
    headers: [PAGE, ['Access-Control-Request-Method', 'PUT'], ['Access-Control-Request-Headers', 'X-A, X-B']],
  },
  { path: '/x', headers: [PAGE] },
  {
    path: '/x',
    method: 'POST',
    body: '{"a":1}',
    headers: [
      ['Content-Type', 'application/json'],
      ['Idempotency-Key', 'k'],
    ],
  },
  { path: '/x', method: 'PUT', body: 'x'.repeat(70_000) },
  { path: '/x', method: 'GET', body: 'a body' },
  {
    path: '/x',
    headers: [
      ['Connection', 'X-Drop'],
      ['X-Drop', '1'],
      ['X-Keep', '2'],
      ['Range', 'bytes=0-1'],
      ['Cookie', 'a=b'],
    ],
  },
  {
    path: '/x',
    headers: [
      ['X-Forwarded-For', '9.9.9.9'],
      ['X-Forwarded-Proto', 'gopher'],
      ['X-Forwarded-Host', 'h'],
      ['X-Real-IP', '9.9.9.9'],
      ['Forwarded', 'for=9.9.9.9'],
      ['CF-Connecting-IP', '9.9.9.9'],
      ['X-Request-Id', 'mine'],
      ['Proxy-Authorization', 'p'],
      ['traceparent', '00-1-2-01'],
    ],
  },
];

t.test('what crosses is what crosses with the whole, byte for byte', async (t) => {
  const worlds = await Promise.all(
    [SCRIPT, await currentScript()].map(async (script) => {
      const origin = await startOrigin(answer);
      const pool = { origins: [{ url: `${origin.url}/base`, name: 'one' }], balance: 'race' } as const;
      const gateway = await startGateway(
        { pools: { api: { ...pool, origins: [...pool.origins] } } },
        { script, cloudflare: { clientIp: '203.0.113.9', country: 'NL' } },
      );
      t.teardown(() => Promise.all([gateway.stop(), origin.stop()]));
      return { origin, gateway };
    }),
  );
  for (const request of REQUESTS) {
    const told = await Promise.all(
      worlds.map(async ({ origin, gateway }) => {
        const from = origin.received.length;
        const answered = await rawRequest(gateway.port, request);
        const mask = (text: string) =>
          text
            .replaceAll(origin.host, 'origin')
            .replaceAll(`127.0.0.1:${gateway.port}`, 'gateway')
            .replaceAll(/\b[0-9a-f]{32}\b/g, 'id');
        const shown = (headers: [string, string][]) =>
          headers.filter(([name]) => !/^date$/i.test(name)).map(([name, value]) => `${name}: ${mask(value)}`);
        const seen = origin.received
          .slice(from)
          .filter(({ method, url }) => method !== 'POST' || url !== '/base/');
        return {
          answer: [answered.status, ...shown(answered.headers), mask(answered.body.toString('latin1'))],
          seen: seen.map(({ method, url, headers }) => [method, url, ...shown(headers).sort()]),
        };
      }),
    );
    t.same(told[0], told[1], JSON.stringify(request));
  }
});

t.test('losers are cancelled, and an event stream outlives the race', async (t) => {
  const slow = await startOrigin({ pieces: ['late'], everyMs: 10, delayMs: 3000 });
  const fast = await startOrigin({ pieces: ['a', 'b', 'c'], everyMs: 100 });
  t.teardown(() => Promise.all([slow.stop(), fast.stop()]));
  const pool = { origins: [slow.url, fast.url], balance: 'race' } as const;
  const gateway = await startGateway(
    { pools: { api: { ...pool, origins: [...pool.origins] } } },
    { script: SCRIPT },
  );
  t.teardown(gateway.stop);
  const answer = await fetch(`${gateway.url}/stream`);
  const loser = () => slow.received.find(({ url }) => url === '/stream');
  for (let tries = 0; tries < 100 && !loser()?.cancelled; tries++) await sleep(20);
  t.equal(loser()?.cancelled, true, 'the loser is let go while the winner streams');
  t.equal(await answer.text(), 'abc');
});

t.test('the binding replaces the configuration, or stops the script with the place', async (t) => {
  const origin = await startOrigin({ body: 'bound' });
  t.teardown(origin.stop);
  const pools: Config['pools'] = { b: { origins: [origin.url], balance: 'race' } };
  for (const text of [true, false]) {
    const gateway = await startGateway({ pools }, { script: SCRIPT, text });
    t.equal(await (await fetch(gateway.url)).text(), 'bound');
    await gateway.stop();
  }
  const needy = startGateway({ pools, log: 'all' }, { script: SCRIPT });
  await t.rejects(needy, {
    message: /log needs a part that this file was built without: npm run build -- --config FILE/,
  });
  const wrong = startGateway({ pools: { b: { origins: ['ftp://b'], balance: 'race' } } }, { script: SCRIPT });
  await t.rejects(wrong, { message: /pools\.b\.origins\[0\]\.url must be an http or https URL/ });
});
