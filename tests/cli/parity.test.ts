/** The tool with two real servers and planted differences: each must be found, and nothing else. */
import t from 'tap';
import { act } from '../support/origin.ts';
import { CASES, json } from './parity-cases.ts';
import { found, startPair, type JsonReport } from './parity-support.ts';

t.test('finds every planted difference, and nothing else', async (t) => {
  const requests = Object.entries(CASES).map(([url, { request }]) => ({ method: 'GET', url, ...request }));
  const { folder, run } = await startPair(t, requests);
  const { code, out, err } = await run('--json', folder.path('out.json'));
  const report = JSON.parse(folder.read('out.json')) as JsonReport;
  const planted = Object.entries(CASES).flatMap(([url, { differs, request }]) =>
    differs.map((difference) => `${request?.method ?? 'GET'} ${url} -> ${difference}`),
  );
  t.same(found(report), planted.sort());
  t.equal(code, 1, err);
  const silent = Object.values(CASES).filter(({ differs }) => differs.length === 0).length;
  t.equal(report.counts.same, silent);
  t.equal(report.counts.sent, requests.length);
  t.match(out, `${requests.length} requests sent to both, ${silent} same`);
});

t.test('exits with code 0 if both gateways answer alike', async (t) => {
  const requests = Array.from({ length: 40 }, (_, i) => ({ url: `/same?i=${i}` }));
  const { from, to, run } = await startPair(t, requests);
  const { code, out } = await run();
  t.equal(code, 0);
  t.match(out, '40 requests sent to both, 40 same, 0 different.');
  t.same(from.received.map(({ url }) => url).sort(), to.received.map(({ url }) => url).sort());
});

t.test('--ignore-header, --ignore-cookie and --ignore-pointer ignore differences', async (t) => {
  const urls = ['/header-value', '/header-added', '/cookie-value', '/json-value', '/json-big'];
  const { run } = await startPair(
    t,
    urls.map((url) => ({ url })),
  );
  const ignored = ['--ignore-header', 'ETag', '--ignore-header', 'x-*', '--ignore-cookie', 'a'];
  t.equal((await run(...ignored, '--ignore-pointer', '/a/*/1', '--ignore-pointer', '/id')).code, 0);
  t.equal((await run(...ignored, '--ignore-pointer', '/a/*/0')).code, 1);
});

t.test('unsafe methods are sent only with --unsafe, once to each gateway, with their bodies', async (t) => {
  const { from, to, run } = await startPair(t, [
    { method: 'POST', url: '/a', headers: { 'Content-Type': 'text/plain' }, body: 'one' },
    { method: 'DELETE', url: '/b' },
    { method: 'GET', url: '/c' },
  ]);
  const careful = await run();
  t.equal(careful.code, 0);
  t.match(careful.out, /1 not sent: POST without --unsafe, 1 not sent: DELETE without --unsafe/);
  t.strictSame(
    from.received.map(({ method }) => method),
    ['GET'],
  );
  t.equal((await run('--unsafe')).code, 0);
  for (const { received } of [from, to]) {
    const [post, ...more] = received.filter(({ method }) => method === 'POST');
    t.same([post?.body.toString(), post?.header('content-length'), more], ['one', '3', []]);
  }
});

t.test('sends the recorded target and headers, and the requested host', async (t) => {
  const url = 'https://api.example.com/a//b/../c%2Fd?x=%20&y';
  const headers = { 'X-Many': ['1', '2'], Connection: 'close', TE: 'trailers', 'Accept-Language': 'sk' };
  const { from, to, run } = await startPair(t, [{ url, headers }]);
  const below = ['--from', `${from.url}/base/`, '--header', 'X-Extra: 1'];
  await run(...below, '--host', 'recorded');
  await run(...below);
  const [first, second] = from.received;
  t.equal(first?.url, '/base/a//b/../c%2Fd?x=%20&y');
  t.equal(to.received[0]?.url, '/a//b/../c%2Fd?x=%20&y');
  t.equal(first?.header('host'), 'api.example.com');
  t.equal(second?.header('host'), from.host);
  t.equal(first?.header('accept-language'), 'sk');
  t.equal(first?.header('x-extra'), '1');
  t.equal(first?.header('te'), null);
  t.same(
    first?.headers.filter(([name]) => /x-many/i.test(name)).map(([, value]) => value),
    ['1', '2'],
  );
});

t.test('no output contains a secret', async (t) => {
  const sent = ['key-in-header-1', 'key-in-query-2', 'cookie-value-3', 'bearer-4.abc', 'field-5', 'own-6'];
  const secrets = [...sent, 'p%40ss word7', 'p@ss word7', 'fresh-token-8', 'fresh-cookie-9'];
  const headers = {
    apikey: 'key-in-header-1',
    Authorization: 'Bearer bearer-4.abc',
    Cookie: 'a=cookie-value-3',
    'X-Mine': 'own-6',
    'Proxy-Authorization': `Basic ${Buffer.from('user:p@ss word7').toString('base64')}`,
  };
  const url = '/q?api_key=key-in-query-2&b=1&password=p%40ss+word7';
  const { folder, run } = await startPair(
    t,
    [
      { url, headers },
      { method: 'POST', url, headers, body: '{"client_secret":"field-5"}' },
    ],
    (received, _, response) => {
      const { headers, url } = received;
      const body = JSON.stringify({ said: headers, url, token: 'fresh-token-8', mine: 'x' });
      const cookie = 'sid=fresh-cookie-9; Path=/';
      return act(json(body, { 'set-cookie': cookie, 'x-echo': received.header('apikey') ?? '' }), response);
    },
    (received, _, response) =>
      act({ status: 401, body: `No such key: ${received.header('apikey')} ${received.url} own-6` }, response),
  );
  const reports = ['--json', folder.path('out.json')];
  const { code, out, err } = await run('--unsafe', '--secret', 'x-mine', ...reports);
  t.equal(code, 1, err);
  for (const [i, text] of [out, err, folder.read('out.json')].entries())
    for (const secret of secrets) t.notOk(text.includes(secret), `${secret} in text ${i}`);
  t.match(folder.read('out.json'), '/q?api_key=[redacted]&b=1&password=[redacted]');
});
