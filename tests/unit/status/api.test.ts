import t from 'tap';
import { answerOperator, operatorPage } from '../../../lib/status/api.ts';
import { RUNTIME } from '../../../lib/core/runtime.ts';
import { configured } from '../../support/config.ts';
import { callTo } from '../../support/context.ts';
import { stateOf } from '../../support/state.ts';
import { words } from '../../support/words.ts';

const TOKEN = 'secret:token';
const state = stateOf(configured({ status: { path: '/ops/status', token: TOKEN } }));
const BEARER = { authorization: `Bearer ${TOKEN}` };
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  answerOperator(callTo('/ops/status' + path, { method, headers }), path, state);
const forget = (body: string) =>
  answerOperator(callTo('/ops/status/forget', { method: 'POST', headers: BEARER, body }), '/forget', state);

t.test("the status path and all below it are the operator's, nothing else", async (t) => {
  const status = { path: '/ops/status' };
  for (const path of ['', '/', '/json', '/a/b']) t.equal(operatorPage(status, '/ops/status' + path), path);
  for (const path of ['/ops/%73tatus/json', '//ops//status/./json'])
    t.equal(operatorPage(status, path), '/json', 'in any spelling');
  for (const path of ['/', '/ops', '/ops/statuses', '/x/ops/status', '/OPS/STATUS', '/ops%2Fstatus'])
    t.equal(operatorPage(status, path), null, path);
});

t.test('rejects without a token, in other methods and from other sites, and is never cached', async (t) => {
  const read = words`/json /metrics /plan`;
  const actions = words`/drain /undrain /eject /forget`;
  type Row = [
    status: number,
    paths: string[],
    methods: string[],
    headers: Record<string, string>,
    allow?: string,
  ];
  const rows: Row[] = [
    [405, ['', ...read, '/nowhere'], ['POST', 'PUT'], BEARER, 'GET, HEAD'],
    [405, actions, ['GET', 'HEAD', 'DELETE'], BEARER, 'POST'],
    [404, ['/nowhere'], ['GET'], BEARER],
    [403, actions, ['POST'], { ...BEARER, origin: 'https://evil.test' }],
    // A browser is redirected below the path before it is challenged: its credentials stay there.
    [302, [''], ['GET'], { 'sec-fetch-mode': 'navigate' }],
    [401, ['/'], ['GET'], { 'sec-fetch-mode': 'navigate' }],
  ];
  const basic = ['!!!', btoa(TOKEN), btoa('me:token')].map((value) => `Basic ${value}`);
  const bearer = ['', `${TOKEN}x`, TOKEN.slice(1)].map((value) => `Bearer ${value}`);
  for (const authorization of ['', 'Bearer', TOKEN, ...bearer, ...basic])
    rows.push([401, ['', '/', ...read, '/forget', '/nowhere'], ['GET'], { authorization }]);
  for (const [status, paths, methods, headers, allow = null] of rows)
    for (const path of paths)
      for (const method of methods) {
        const answer = await ask(path, headers, method);
        const title = `${method} ${path} ${JSON.stringify(headers)}`;
        t.equal(answer.status, status, title);
        t.equal(answer.headers.get('allow'), allow, title);
        t.equal(answer.headers.get('cache-control'), 'no-store', title);
        t.equal(
          answer.headers.get('www-authenticate')?.startsWith('Basic realm='),
          status === 401 || undefined,
          title,
        );
        if (status === 302) t.equal(answer.headers.get('location'), '/ops/status/');
        t.notMatch(await answer.text(), 'default');
      }
});

t.test('a forget request is parsed in linear time, and has a size limit', async (t) => {
  for (const body of ['', 'all', '{"all":true}', 'a1'.repeat(32), `{"digest":"${'A1'.repeat(32)}"}`])
    t.equal((await forget(body)).status, 200, body);
  const digests = [31, 33, 100_000].map((length) => 'a1'.repeat(length));
  for (const body of [...digests, 'everything', '!'.repeat(100_000)])
    t.equal((await forget(body)).status, 400, body.slice(0, 80));
});

t.test('accepts the token as Bearer, or as the password of any user', async (t) => {
  const basic = (login: string) => ({ authorization: 'Basic ' + btoa(login) });
  const small = { authorization: `bearer ${TOKEN}` };
  for (const headers of [BEARER, small, basic(`me:${TOKEN}`), basic(`:${TOKEN}`)])
    t.equal((await ask('/json', headers)).status, 200);
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
    t.notOk(headers.has('access-control-allow-origin'), 'no other site may read them');
  }
  const policies = [await ask('', BEARER), await ask('', BEARER)].map(({ headers }) =>
    headers.get('content-security-policy'),
  );
  t.not(policies[0], policies[1], 'each page has its own nonce');
  const head = await ask('/json', BEARER, 'HEAD');
  t.same([head.status, await head.text()], [200, ''], 'HEAD has headers only');
});

t.test('rejections are counted, and logged if anything is: someone may guess the token', async (t) => {
  for (const log of ['off', 'errors', 'all'] as const) {
    const lines: string[] = [];
    const runtime = { ...RUNTIME, log: (line: string) => void lines.push(line) };
    const logging = stateOf(configured({ status: { path: '/s', token: TOKEN }, log }), runtime);
    for (const headers of [{ authorization: 'Bearer gu3ss' }, BEARER])
      await answerOperator(callTo('/s/json', { headers }), '/json', logging);
    t.equal(logging.metrics?.refusals.operator_only, 1);
    t.equal(lines.length, log === 'off' ? 0 : 1, log);
    for (const line of lines) t.match(JSON.parse(line), { status: 401, reason: 'operator_only' });
    t.notMatch(lines.join(), 'gu3ss');
  }
});
