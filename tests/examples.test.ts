/**
 * Each example, as committed, does on real workerd what its README says. One server on loopback plays the internet and
 * distinguishes hosts by name, so no configuration is changed for the test.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Config } from '../lib/config/types.ts';
import { readConfig } from '../cli/read-config.ts';
import { startGateway, type Gateway } from './support/gateway.ts';
import { act, startOrigin, type Behaviour, type Origin, type Received } from './support/origin.ts';
import { words } from './support/words.ts';
import { until } from './support/until.ts';

type Hosts = Record<string, Behaviour | ((received: Received) => Behaviour)>;
interface Scene {
  readonly gateway: Gateway;
  readonly hosts: Hosts;
  /** Requests that reached a host, without version calls. */
  readonly at: (host: string) => Received[];
}

const fileOf = (path: string) => fileURLToPath(new URL(`../examples/${path}`, import.meta.url));

async function startExample(
  t: { teardown: (end: () => unknown) => void },
  path: string,
  hosts: Hosts,
): Promise<Scene> {
  const internet: Origin = await startOrigin((received, _, response) => {
    const behaviour = hosts[received.header('host') ?? ''] ?? { status: 404, body: 'no such host' };
    return act(typeof behaviour === 'function' ? behaviour(received) : behaviour, response);
  });
  const config = readConfig(fileOf(path)).value as Config;
  const gateway = await startGateway(config, {
    internet: internet.port,
    cloudflare: { country: 'SK' },
    shares: 'nothing',
  });
  t.teardown(() => Promise.all([gateway.stop(), internet.stop()]));
  const isVersionCall = ({ method, url }: Received) => method === 'POST' && url === '/';
  const at = (host: string) =>
    internet.received.filter((received) => received.header('host') === host && !isVersionCall(received));
  return { gateway, hosts, at };
}

t.test('canary and shadow', async (t) => {
  const start = () =>
    startExample(t, 'canary-and-shadow/gateway.json', {
      'old.example.com': { body: 'old', headers: { 'x-powered-by': 'a', 'x-version': 'secret-1' } },
      'new-1.example.com': { body: 'new', headers: { 'x-powered-by': 'b', 'x-version': 'secret-2' } },
      'new-2.example.com': { body: 'new', headers: { 'x-powered-by': 'b', 'x-version': 'secret-2' } },
    });
  const { gateway, hosts, at } = await start();
  const ask = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(gateway.url + path, { headers })).text();
  const copies = () =>
    words`new-1.example.com new-2.example.com`.flatMap(at).filter(({ url }) => !url.startsWith('/reports'));
  const metrics = () => ask('/-/gateway/metrics', { authorization: 'Bearer change-this-token' });

  t.test('1 and 2: a caller stays on its side, about ten per cent on the new one', async (t) => {
    let moved = 0;
    for (let i = 0; i < 150; i++) {
      const caller = { 'Test-Client-IP': `203.0.113.${i}` };
      const [first, second] = [await ask('/reports/1', caller), await ask('/reports/2', caller)];
      t.equal(first, second);
      if (first === 'new') moved++;
    }
    t.ok(moved > 3 && moved < 35, `${moved} of 150`);
  });
  t.test('3: the header decides', async (t) => {
    t.equal(await ask('/reports', { 'X-Canary': 'always' }), 'new');
    t.equal(await ask('/reports', { 'X-Canary': 'never' }), 'old');
  });
  t.test(
    '4, 5 and 6: elsewhere the old service answers, the new one is compared, counted and logged',
    async (t) => {
      t.equal(await ask('/other?a=b'), 'old');
      t.ok(await until(() => copies().length === 1));
      t.equal(copies()[0]?.url, '/other?a=b');
      const different = /gateway_shadow_requests_total\{route="everything else",result="different"\} 1/;
      t.ok(await until(async () => different.test(await metrics())));
      const line = () => gateway.lines().find((text) => text.includes('"shadow"'));
      t.ok(await until(() => line() !== undefined));
      t.same(JSON.parse(line() ?? '{}').differs, ['x-version', 'body']);
      t.notMatch(gateway.log(), 'secret');
      await (await fetch(`${gateway.url}/other`, { method: 'POST', body: 'x' })).text();
      await sleep(200);
      t.equal(copies().length, 1, 'POST is not copied');
    },
  );
  t.test('7: a new service that is down affects no caller', async (t) => {
    hosts['new-1.example.com'] = hosts['new-2.example.com'] = { fault: 'reset' };
    for (let i = 0; i < 5; i++) t.equal(await ask(`/other/${i}`), 'old');
  });
});

t.test('remote keys', async (t) => {
  const headers = { 'content-type': 'application/json' };
  const verdicts: Record<string, Behaviour> = {
    good: { delayMs: 200, body: '{"account": "a-1", "name": "ada", "plan": "gold"}', headers },
    known: { body: '{"account": "a-2", "name": "bob"}', headers },
  };
  const { gateway, hosts, at } = await startExample(t, 'remote-keys/gateway.json', {
    'api-1.example.com': { body: 'api' },
    'api-2.example.com': { body: 'api' },
    'accounts.example.com': ({ url }) => verdicts[url.split('/').pop() ?? ''] ?? { status: 404 },
  });
  const api = () => [...at('api-1.example.com'), ...at('api-2.example.com')];
  const checksOf = (key: string) => at('accounts.example.com').filter(({ url }) => url.endsWith(`/${key}`));
  const status = async (key: string | null, init: RequestInit = {}) => {
    const headers = { ...(key === null ? {} : { apikey: key }), ...(init.headers as Record<string, string>) };
    const response = await fetch(gateway.url, { ...init, headers });
    await response.arrayBuffer();
    return response.status;
  };

  t.test('1: without a key, or with a bad one, nothing reaches the API', async (t) => {
    t.equal(await status(null), 401);
    t.equal(await status('bad'), 401);
    t.equal(await status('bad'), 401);
    t.equal(checksOf('bad').length, 1, '3: and an invalid key is checked once');
    t.equal(checksOf('bad')[0]?.header('authorization'), 'Bearer change-this-secret');
    t.equal(api().length, 0);
  });
  t.test('3: one check for many concurrent requests, and none for a minute', async (t) => {
    const all = await Promise.all(Array.from({ length: 20 }, () => status('good')));
    t.ok(all.every((one) => one === 200));
    t.equal(await status('good'), 200);
    t.equal(checksOf('good').length, 1);
  });
  t.test('2: the API gets the name of the caller, and never the key', async (t) => {
    const before = api().length;
    const forged = { headers: { 'X-Consumer-Id': 'somebody', 'X-Plan': 'platinum' } };
    t.equal(await status('good', forged), 200);
    t.equal((await fetch(`${gateway.url}/?a=1&apikey=good`)).status, 200);
    for (const received of api().slice(before)) {
      t.equal(received.header('x-consumer-id'), 'a-1');
      t.equal(received.header('x-consumer-username'), 'ada');
      t.equal(received.header('x-plan'), 'gold');
      t.equal(received.header('apikey'), null);
      t.notMatch(received.url, 'apikey');
    }
  });
  t.test('5: a preflight needs no key', async (t) => {
    const headers = { Origin: 'https://page.example', 'Access-Control-Request-Method': 'GET' };
    t.ok((await status(null, { method: 'OPTIONS', headers })) < 300);
  });
  t.test('4: while the account service is down, known keys work and unknown ones get 503', async (t) => {
    t.equal(await status('known'), 200);
    hosts['accounts.example.com'] = { fault: 'reset' };
    t.equal(await status('known'), 200);
    t.equal(await status('never-seen'), 503);
  });
  t.test('6: after 120 requests in a minute a consumer gets 429', async (t) => {
    let limited = 0;
    for (let i = 0; i < 260 && limited === 0; i++) if ((await status('known')) === 429) limited = i + 1;
    // A new minute may begin in between.
    t.ok(limited > 60 && limited <= 242, `the ${limited}th was refused`);
  });
});

t.test('two nodes', async (t) => {
  const { gateway, hosts, at } = await startExample(t, 'two-nodes/config.js', {
    'api.justyy.com': { body: 'a' },
    'api.steemyy.com': { body: 'b' },
  });
  const [a, b] = ['api.justyy.com', 'api.steemyy.com'];

  t.test('1 and 4: one node gets the request, and the response names it', async (t) => {
    const response = await fetch(`${gateway.url}/x`, { headers: { Origin: 'https://page.example' } });
    const node = (await response.text()) === 'a' ? a! : b!;
    t.equal(at(a!).length + at(b!).length, 1);
    t.equal(response.headers.get('origin'), `https://${node}`);
    t.equal(response.headers.get('country'), 'SK');
    t.equal(response.headers.get('cache-control'), 'max-age=3');
    t.equal(response.headers.get('access-control-allow-origin'), '*');
    const versioned = async () => (await fetch(`${gateway.url}/x`)).headers.has('version');
    t.ok(await until(versioned), 'the version is sent once the node has reported it');
  });
  t.test('1: if one is silent, the other responds', async (t) => {
    for (const silent of [a!, b!]) {
      hosts[silent] = { body: 'late', delayMs: 5000 };
      t.not(await (await fetch(`${gateway.url}/silent`)).text(), 'late');
      hosts[silent] = { body: silent === a ? 'a' : 'b' };
    }
  });
  t.test('2: a failure does not win', async (t) => {
    for (const failure of [{ status: 500 }, { status: 503 }, { fault: 'reset' }] as Behaviour[]) {
      hosts[a!] = failure;
      t.equal(await (await fetch(gateway.url)).text(), 'b');
    }
  });
  t.test('3: POST goes to one node, once', async (t) => {
    hosts[a!] = hosts[b!] = {};
    const posts = () => [...at(a!), ...at(b!)].filter(({ url }) => url === '/post');
    await (await fetch(`${gateway.url}/post`, { method: 'POST', body: 'x' })).text();
    t.equal(posts().length, 1);
  });
});

t.test('each example has a README that names its commands and has no broken links', async (t) => {
  for (const name of ['canary-and-shadow', 'remote-keys', 'two-nodes']) {
    const text = readFileSync(fileOf(`${name}/README.md`), 'utf8');
    t.match(text, 'What it does:');
    for (const [, link = ''] of text.matchAll(/\]\((\.\.?\/[^)#]+)/g))
      t.ok(readFileSync(fileOf(`${name}/${link}`)), link);
  }
});
