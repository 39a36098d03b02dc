/** The tool against two real servers with planted differences: each must be found, and nothing else. */
import t from 'tap';
import { act, startOrigin } from '../support/origin.ts';
import { CASES, json, startPair } from './parity-cases.ts';
import { found, makeFolder, ndjson, runParity, type JsonReport } from './parity-support.ts';

t.test('every planted difference is found, and nothing else', async (t) => {
  const { from, to } = await startPair(t);
  const folder = makeFolder();
  t.teardown(folder.remove);
  const requests = Object.entries(CASES).map(([url, { ask }]) => ({ method: 'GET', url, ...ask }));
  const file = folder.write('calls.ndjson', ndjson(requests));
  const args = ['--from', from.url, '--to', to.url, '--json', folder.path('out.json'), file];
  const { code, out, err } = await runParity(args);
  const report = JSON.parse(folder.read('out.json')) as JsonReport;
  const planted = Object.entries(CASES).flatMap(([url, { differs, ask }]) =>
    differs.map((difference) => `${ask?.method ?? 'GET'} ${url} -> ${difference}`),
  );
  t.same(found(report), planted.sort());
  t.equal(code, 1, err);
  const silent = Object.values(CASES).filter(({ differs }) => differs.length === 0).length;
  t.equal(report.counts.same, silent);
  t.equal(report.counts.sent, requests.length);
  t.match(out, `${requests.length} requests sent to both, ${silent} same`);
});

t.test('two gateways that answer alike end with status 0', async (t) => {
  const { from, to } = await startPair(t);
  const folder = makeFolder();
  t.teardown(folder.remove);
  const file = folder.write(
    'calls.ndjson',
    ndjson(Array.from({ length: 40 }, (_, i) => ({ url: `/same?i=${i}` }))),
  );
  const { code, out } = await runParity(['--from', from.url, '--to', to.url, file]);
  t.equal(code, 0);
  t.match(out, '40 requests sent to both, 40 same, 0 different.');
  t.same(from.received.map(({ url }) => url).sort(), to.received.map(({ url }) => url).sort());
});

t.test('headers, cookies and pointers that are to be ignored are', async (t) => {
  const { from, to } = await startPair(t);
  const folder = makeFolder();
  t.teardown(folder.remove);
  const urls = ['/header-value', '/header-added', '/cookie-value', '/json-value', '/json-big'];
  const file = folder.write('calls.ndjson', ndjson(urls.map((url) => ({ url }))));
  const base = ['--from', from.url, '--to', to.url];
  const ignored = ['--ignore-header', 'ETag', '--ignore-header', 'x-*', '--ignore-cookie', 'a'];
  const pointers = ['--ignore-pointer', '/a/*/1', '--ignore-pointer', '/id'];
  t.equal((await runParity([...base, ...ignored, ...pointers, file])).code, 0);
  t.equal((await runParity([...base, ...ignored, '--ignore-pointer', '/a/*/0', file])).code, 1);
});

t.test(
  'methods with effects are sent with --unsafe alone, once to each gateway, with their bodies',
  async (t) => {
    const { from, to } = await startPair(t);
    const folder = makeFolder();
    t.teardown(folder.remove);
    const calls = [
      { method: 'POST', url: '/a', headers: { 'Content-Type': 'text/plain' }, body: 'one' },
      { method: 'DELETE', url: '/b' },
      { method: 'GET', url: '/c' },
    ];
    const file = folder.write('calls.ndjson', ndjson(calls));
    const base = ['--from', from.url, '--to', to.url, file];
    const careful = await runParity(base);
    t.equal(careful.code, 0);
    t.match(careful.out, /1 not sent: POST without --unsafe, 1 not sent: DELETE without --unsafe/);
    t.same(
      from.received.map(({ method }) => method),
      ['GET'],
    );
    t.equal((await runParity([...base, '--unsafe'])).code, 0);
    for (const { received } of [from, to]) {
      const post = received.filter(({ method }) => method === 'POST');
      t.same(
        post.map(({ body }) => body.toString()),
        ['one'],
      );
      t.equal(post[0]?.header('content-length'), '3');
    }
  },
);

t.test('what is sent is what was recorded: target, headers, and the host that is asked for', async (t) => {
  const { from, to } = await startPair(t);
  const folder = makeFolder();
  t.teardown(folder.remove);
  const url = 'https://api.example.com/a//b/../c%2Fd?x=%20&y';
  const context = {
    url,
    headers: { 'X-Many': ['1', '2'], Connection: 'close', TE: 'trailers', 'Accept-Language': 'sk' },
  };
  const file = folder.write('calls.ndjson', ndjson([context]));
  const base = ['--from', `${from.url}/base/`, '--to', to.url, '--header', 'X-Extra: 1', file];
  await runParity([...base, '--host', 'recorded']);
  await runParity(base);
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

t.test('no secret stands in anything that is written', async (t) => {
  const secrets = [
    'key-in-header-1',
    'key-in-query-2',
    'cookie-value-3',
    'bearer-4.abc',
    'field-5',
    'own-6',
    'p%40ss word7',
  ];
  const from = await startOrigin((received, _, response) => {
    const body = JSON.stringify({
      said: received.headers,
      url: received.url,
      token: 'fresh-token-8',
      mine: 'x',
    });
    return act(
      json(body, { 'set-cookie': 'sid=fresh-cookie-9; Path=/', 'x-echo': received.header('apikey') ?? '' }),
      response,
    );
  });
  const to = await startOrigin((received, _, response) =>
    act({ status: 401, body: `No such key: ${received.header('apikey')} ${received.url} own-6` }, response),
  );
  t.teardown(from.stop);
  t.teardown(to.stop);
  const folder = makeFolder();
  t.teardown(folder.remove);
  const headers = {
    apikey: 'key-in-header-1',
    Authorization: 'Bearer bearer-4.abc',
    Cookie: 'a=cookie-value-3',
    'X-Mine': 'own-6',
    'Proxy-Authorization': `Basic ${Buffer.from('user:p@ss word7').toString('base64')}`,
  };
  const url = '/q?api_key=key-in-query-2&b=1&password=p%40ss+word7';
  const calls = [
    { url, headers },
    { method: 'POST', url, headers, body: '{"client_secret":"field-5"}' },
  ];
  const file = folder.write('calls.ndjson', ndjson(calls));
  const reports = ['--json', folder.path('out.json')];
  const args = ['--from', from.url, '--to', to.url, '--unsafe', '--secret', 'x-mine', ...reports, file];
  const { code, out, err } = await runParity(args);
  t.equal(code, 1, err);
  const written = [out, err, folder.read('out.json')];
  for (const secret of [...secrets, 'p@ss word7', 'fresh-token-8', 'fresh-cookie-9']) {
    written.forEach((text, i) => t.notOk(text.includes(secret), `${secret} in text ${i}`));
  }
  t.match(folder.read('out.json'), '/q?api_key=[redacted]&b=1&password=[redacted]');
});

t.test('a key in a line that cannot be read is not quoted by the error', async (t) => {
  const folder = makeFolder();
  t.teardown(folder.remove);
  const file = folder.write('calls.ndjson', '{"url": "/a"}\n{"url": "/b?apikey=top-secret", \n');
  const { from, to } = await startPair(t);
  const { code, err } = await runParity(['--from', from.url, '--to', to.url, file]);
  t.equal(code, 2);
  t.match(err, 'calls.ndjson:2: line must be one JSON object');
  t.notMatch(err, 'top-secret');
});
