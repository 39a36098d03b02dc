import t from 'tap';
import { answerOperator, operatorPage } from '../../../lib/status/api.ts';
import { RUNTIME } from '../../../lib/core/runtime.ts';
import { configured } from '../../support/config.ts';
import { callTo } from '../../support/journeys.ts';
import { stateOf } from '../../support/state.ts';

const TOKEN = 'secret:token';
const state = stateOf(configured({ status: { path: '/ops/status', token: TOKEN } }));
const BEARER = { authorization: `Bearer ${TOKEN}` };
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  answerOperator(callTo('/ops/status' + path, { method, headers }), path, state);
const forget = (body: string) =>
  answerOperator(callTo('/ops/status/forget', { method: 'POST', headers: BEARER, body }), '/forget', state);

t.test("the path and what is below it are the operator's, nothing else", async (t) => {
  const status = { path: '/ops/status' };
  for (const path of ['', '/', '/json', '/a/b']) t.equal(operatorPage(status, '/ops/status' + path), path);
  for (const path of ['/ops/%73tatus/json', '//ops//status/./json'])
    t.equal(operatorPage(status, path), '/json', 'however it is written');
  for (const path of ['/', '/ops', '/ops/statuses', '/x/ops/status', '/OPS/STATUS', '/ops%2Fstatus'])
    t.equal(operatorPage(status, path), null, path);
});

t.test('GET and HEAD alone, and POST for what it can do', async (t) => {
  for (const path of ['', '/json', '/metrics', '/plan', '/nowhere']) {
    const { status, headers } = await ask(path, BEARER, 'POST');
    t.same([status, headers.get('allow')], [405, 'GET, HEAD'], path);
  }
  for (const action of ['/drain', '/undrain', '/eject', '/forget'])
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      const { status, headers } = await ask(action, BEARER, method);
      t.same([status, headers.get('allow')], [405, 'POST'], method + action);
    }
  const head = await ask('/json', BEARER, 'HEAD');
  t.same([head.status, await head.text()], [200, '']);
  t.match(head.headers.get('content-type'), /json/);
});

t.test('no refusal is kept by a cache', async (t) => {
  const refused = [
    await ask('/json'),
    await ask('', { 'sec-fetch-mode': 'navigate' }),
    await ask('/nowhere', BEARER),
    await ask('/json', BEARER, 'PUT'),
    await ask('/forget', { ...BEARER, origin: 'https://evil.test' }, 'POST'),
    await forget('nonsense'),
  ];
  for (const [i, status] of [401, 302, 404, 405, 403, 400].entries()) {
    t.equal(refused[i]!.status, status);
    t.equal(refused[i]!.headers.get('cache-control'), 'no-store', String(status));
  }
});

t.test('what is to be forgotten is read in linear time, and no more than it takes', async (t) => {
  for (const body of ['', 'all', '{"all":true}', 'a1'.repeat(32), `{"digest":"${'A1'.repeat(32)}"}`])
    t.equal((await forget(body)).status, 200, body);
  const digests = [31, 33, 100_000].map((length) => 'a1'.repeat(length));
  for (const body of [...digests, 'everything', '!'.repeat(100_000)])
    t.equal((await forget(body)).status, 400, body.slice(0, 80));
});

t.test('the token opens it as Bearer, or as the password of any user', async (t) => {
  const basic = (text: string) => ({ authorization: 'Basic ' + btoa(text) });
  const small = { authorization: `bearer ${TOKEN}` };
  for (const headers of [BEARER, small, basic(`me:${TOKEN}`), basic(`:${TOKEN}`)])
    t.equal((await ask('/json', headers)).status, 200);
});

t.test('whatever else is shown gets 401 and the prompt, on every path', async (t) => {
  const basic = ['!!!', btoa(TOKEN), btoa('me:token')].map((text) => `Basic ${text}`);
  const bearer = ['', `${TOKEN}x`, TOKEN.slice(1)].map((text) => `Bearer ${text}`);
  const wrong = ['', 'Bearer', TOKEN, ...bearer, ...basic];
  for (const path of ['', '/', '/json', '/metrics', '/plan', '/forget', '/nowhere'])
    for (const authorization of wrong) {
      const response = await ask(path, { authorization });
      t.equal(response.status, 401, authorization);
      t.match(response.headers.get('www-authenticate'), /^Basic realm=/);
      t.notMatch(await response.text(), 'default');
    }
});

t.test('a person is led below the path before the browser asks: the password stays there', async (t) => {
  const response = await ask('', { 'sec-fetch-mode': 'navigate' });
  t.equal(response.status, 302);
  t.equal(response.headers.get('location'), '/ops/status/');
  t.equal((await ask('/', { 'sec-fetch-mode': 'navigate' })).status, 401);
});

t.test("page, figures, metrics and plan are never cached and can't be framed", async (t) => {
  const types = {
    '': /^text\/html/,
    '/': /^text\/html/,
    '/json': /^application\/json/,
    '/metrics': /^text\/plain; version=0\.0\.4/,
    '/plan': /^application\/json/,
  };
  for (const [path, type] of Object.entries(types)) {
    const { status, headers } = await ask(path, BEARER);
    t.equal(status, 200);
    t.match(headers.get('content-type'), type);
    t.equal(headers.get('cache-control'), 'no-store');
    t.equal(headers.get('x-content-type-options'), 'nosniff');
    t.match(headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/);
    t.notOk(headers.has('access-control-allow-origin'), 'and no other site may read them');
  }
  t.equal((await ask('/nowhere', BEARER)).status, 404);
});

t.test('each page has a nonce of its own', async (t) => {
  const nonce = async () =>
    /nonce-(\w+)/.exec((await ask('', BEARER)).headers.get('content-security-policy') ?? '')?.[1];
  const first = await nonce();
  t.ok(first);
  t.not(await nonce(), first);
});

t.test('the refused are counted', async (t) => {
  const before = state.metrics?.refusals.operator_only ?? 0;
  await ask('/json');
  t.equal(state.metrics?.refusals.operator_only, before + 1);
});

t.test('and logged, where anything is: somebody may be guessing', async (t) => {
  for (const log of ['off', 'errors', 'all'] as const) {
    const lines: string[] = [];
    const runtime = { ...RUNTIME, log: (line: string) => void lines.push(line) };
    const logging = stateOf(configured({ status: { path: '/s', token: TOKEN }, log }), runtime);
    for (const headers of [{ authorization: 'Bearer gu3ss' }, BEARER])
      await answerOperator(callTo('/s/json', { headers }), '/json', logging);
    t.equal(lines.length, log === 'off' ? 0 : 1, log);
    for (const line of lines) t.match(JSON.parse(line), { status: 401, reason: 'operator_only' });
    t.notMatch(lines.join(), 'gu3ss');
  }
});
