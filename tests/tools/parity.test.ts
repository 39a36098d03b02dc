/** The tool against two real servers with planted differences: each must be found, and nothing else. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { readOptions } from '../../tools/parity/options.ts';
import { act, startOrigin, type Behaviour } from '../support/origin.ts';
import { found, makeFolder, ndjson, runParity, type JsonReport } from './parity-support.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const LONG = 'the quick brown fox jumps over the lazy dog. '.repeat(40);

interface Case {
  readonly from: Behaviour;
  readonly to: Behaviour;
  /** `kind name`, as the report has them; none where a caller notices nothing. */
  readonly differs: readonly string[];
  readonly ask?: { method?: string; headers?: Record<string, string>; body?: string };
}

const json = (body: string, headers: Behaviour['headers'] = {}): Behaviour => ({
  body,
  headers: { ...JSON_TYPE, ...headers },
});
const head = (headers: Behaviour['headers']): Behaviour => ({ headers: headers ?? {} });

const CASES: Record<string, Case> = {
  // planted, each to be found
  '/status': { from: {}, to: { status: 203 }, differs: ['status'] },
  '/header-missing': { from: head({ 'x-a': '1' }), to: {}, differs: ['header x-a'] },
  '/header-added': { from: {}, to: head({ 'x-b': '1' }), differs: ['header x-b'] },
  '/header-value': { from: head({ etag: '"1"' }), to: head({ etag: 'W/"1"' }), differs: ['header etag'] },
  '/type': { from: head({ 'content-type': 'text/html' }), to: {}, differs: ['header content-type'] },
  '/cookie-value': {
    from: head({ 'set-cookie': ['a=1; Path=/', 'b=2'] }),
    to: head({ 'set-cookie': ['b=2', 'a=9; Path=/'] }),
    differs: ['cookie a'],
  },
  '/cookie-attribute': {
    from: head({ 'set-cookie': 'a=1; Path=/; HttpOnly' }),
    to: head({ 'set-cookie': 'a=1; Path=/' }),
    differs: ['cookie a'],
  },
  '/cookie-gone': {
    from: head({ 'set-cookie': ['a=1', 'b=2'] }),
    to: head({ 'set-cookie': 'b=2' }),
    differs: ['cookie a'],
  },
  '/bytes': { from: { body: 'abc' }, to: { body: 'abd' }, differs: ['body'] },
  '/json-value': { from: json('{"a":{"b":[1,2]}}'), to: json('{"a":{"b":[1,3]}}'), differs: ['body /a/b/1'] },
  '/json-number': { from: json('{"price":1.10}'), to: json('{"price":1.1}'), differs: ['body /price'] },
  '/json-big': {
    from: json('{"id":9007199254740993}'),
    to: json('{"id":9007199254740992}'),
    differs: ['body /id'],
  },
  '/json-null': { from: json('{"a":null}'), to: json('{}'), differs: ['body /a'] },
  '/json-order': { from: json('[1,2]'), to: json('[2,1]'), differs: ['body /0', 'body /1'] },
  '/redirect': {
    from: { status: 302, headers: { location: '/there' } },
    to: { status: 302, headers: { location: '/elsewhere' } },
    differs: ['redirect location'],
  },
  '/redirect-away': {
    from: { status: 301, headers: { location: '/there' } },
    to: { status: 301, headers: { location: 'https://other.example/there' } },
    differs: ['redirect location'],
  },
  '/reset': { from: {}, to: { fault: 'reset' }, differs: ['answer'] },
  '/truncated': { from: { body: LONG }, to: { body: LONG, fault: 'truncate' }, differs: ['body'] },
  '/slow': { from: {}, to: { delayMs: 2500 }, differs: ['latency'] },
  '/not-accepted': {
    from: { body: LONG },
    to: { body: LONG, gzip: true },
    differs: ['header content-encoding'],
  },
  '/decoded': {
    from: { body: brotliCompressSync(LONG), headers: { 'content-encoding': 'br' } },
    to: { body: gzipSync(`${LONG}!`), headers: { 'content-encoding': 'gzip' } },
    differs: ['body'],
    ask: { headers: { 'Accept-Encoding': 'gzip, br' } },
  },
  '/head-length': {
    from: { body: LONG },
    to: { body: `${LONG}!` },
    differs: ['header content-length'],
    ask: { method: 'HEAD' },
  },
  // what any two servers differ in, none of it to be found
  '/same': { from: {}, to: {}, differs: [] },
  '/noise': {
    from: head({
      server: 'kong/3.10',
      via: '1.1 kong',
      'x-kong-proxy-latency': '3',
      'x-request-id': 'a',
      date: 'Mon, 01 Jan 2024 00:00:00 GMT',
    }),
    to: head({
      server: 'cloudflare',
      'cf-ray': '1',
      age: '7',
      'server-timing': 'a;dur=1',
      'x-ratelimit-remaining-minute': '3',
    }),
    differs: [],
  },
  '/key-order': {
    from: json('{"a":1,"b":[{"c":2}]}'),
    to: json('{ "b": [ {"c": 2} ],\n "a": 1 }'),
    differs: [],
  },
  '/cookie-order': {
    from: head({ 'set-cookie': ['a=1; Path=/; Secure', 'b=2'] }),
    to: head({ 'set-cookie': ['b=2', 'a=1; secure; path=/', '__cf_bm=xyz'] }),
    differs: [],
  },
  '/encodings': {
    from: { body: brotliCompressSync(LONG), headers: { 'content-encoding': 'br' } },
    to: { body: gzipSync(LONG), headers: { 'content-encoding': 'gzip' } },
    differs: [],
    ask: { headers: { 'Accept-Encoding': 'gzip, br' } },
  },
  '/chunked': { from: { body: 'abcd' }, to: { pieces: ['ab', 'cd'] }, differs: [] },
  '/lists': { from: head({ vary: 'Origin, Accept' }), to: head({ vary: 'accept,  origin' }), differs: [] },
  '/redirect-relative': {
    from: { status: 302, headers: { location: '/redirect-relative/x?y=1' } },
    to: { status: 302, headers: { location: 'redirect-relative/x?y=1' } },
    differs: [],
  },
  '/error-pages': { from: { status: 500, body: 'no' }, to: { status: 500, body: 'no' }, differs: [] },
};

async function startPair(t: { teardown: (end: () => unknown) => void }) {
  const side = async (name: 'from' | 'to') => {
    const origin = await startOrigin((received, _, response) => {
      const behaviour = CASES[received.url.split('?')[0] ?? '']?.[name] ?? { body: 'ok' };
      return act(behaviour, response);
    });
    t.teardown(origin.stop);
    return origin;
  };
  return { from: await side('from'), to: await side('to') };
}

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
  const call = {
    url,
    headers: { 'X-Many': ['1', '2'], Connection: 'close', TE: 'trailers', 'Accept-Language': 'sk' },
  };
  const file = folder.write('calls.ndjson', ndjson([call]));
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
    apikey: 'key-in-header-1', Authorization: 'Bearer bearer-4.abc', Cookie: 'a=cookie-value-3', 'X-Mine': 'own-6',
    'Proxy-Authorization': `Basic ${Buffer.from('user:p@ss word7').toString('base64')}`,
  }; // prettier-ignore
  const url = '/q?api_key=key-in-query-2&b=1&password=p%40ss+word7';
  const calls = [
    { url, headers },
    { method: 'POST', url, headers, body: '{"client_secret":"field-5"}' },
  ];
  const file = folder.write('calls.ndjson', ndjson(calls));
  const reports = ['json', 'junit', 'html'].flatMap((kind) => [`--${kind}`, folder.path(`out.${kind}`)]);
  const args = ['--from', from.url, '--to', to.url, '--unsafe', '--secret', 'x-mine', ...reports, file];
  const { code, out, err } = await runParity(args);
  t.equal(code, 1, err);
  const written = [out, err, ...['json', 'junit', 'html'].map((kind) => folder.read(`out.${kind}`))];
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

t.test('bad usage is told by the option', async (t) => {
  const both = ['--from', 'http://127.0.0.1:9', '--to', 'http://127.0.0.1:9'];
  const cases: [string[], RegExp][] = [
    [[], /FILE must be given/],
    [[...both], /FILE must be given/],
    [[...both, 'a', 'b'], /FILE must be one file, received 2/],
    [['a'], /--from must be a URL, received none/],
    [['--from', 'x', '--to', 'y', 'a'], /--from must be a URL/],
    [[...both, '--concurrency', '0', 'a'], /--concurrency must be a number from 1 to 256, received "0"/],
    [[...both, '--rate', 'fast', 'a'], /--rate must be a number/],
    [[...both, '--nonsense', 'a'], /--nonsense/],
    [[...both, '--header', 'nocolon', 'a'], /--header must be/],
    [[...both, '--ignore-pointer', 'a', 'a'], /--ignore-pointer must start with "\/"/],
    [[...both, '--format', 'xml', 'a'], /--format must be one of har, ndjson/],
    [[...both, '--host', 'a b', 'a'], /--host must be base, recorded/],
    [['--from', 'http://user:pass@h', '--to', 'http://h', 'a'], /keys go into --header/],
  ];
  for (const [args, message] of cases) t.throws(() => readOptions(args), message);
  t.equal(readOptions(['--help']), null);
});

t.test('bad usage and bad input end with status 2 and one line', async (t) => {
  const folder = makeFolder();
  t.teardown(folder.remove);
  const both = ['--from', 'http://127.0.0.1:9', '--to', 'http://127.0.0.1:9'];
  const cases: [string[], RegExp][] = [
    [[], /FILE must be given/],
    [[...both, 'no-such-file'], /no-such-file: there is no such file/],
    [[...both, folder.write('empty', '')], /received an empty file/],
    [[...both, folder.write('prose', 'Dear Sir,\n')], /must be one of har, ndjson, json, curl, combined/],
    [
      [...both, folder.write('posts', ndjson([{ method: 'POST', url: '/' }]))],
      /no request of the recording was sent/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await runParity([...args, '--quiet']);
    t.equal(code, 2, args.join(' '));
    t.match(err, message);
    t.equal(err.trim().split('\n').length, 1, err);
  }
  const help = await runParity(['--help']);
  t.equal(help.code, 0);
  t.match(help.out, '--ignore-pointer');
});

t.test('two gateways that are both away are not alike', async (t) => {
  const folder = makeFolder();
  t.teardown(folder.remove);
  const { from, to } = await startPair(t);
  await Promise.all([from.refuse(), to.refuse()]);
  const file = folder.write('calls.ndjson', ndjson([{ url: '/a' }, { url: '/b' }]));
  const { code, out } = await runParity(['--from', from.url, '--to', to.url, file]);
  t.equal(code, 1);
  t.match(out, '2 answered by neither (calls.ndjson:1: ECONNREFUSED and ECONNREFUSED)');
});

t.test('a request that hangs is given up after --timeout, and tried again with --retries', async (t) => {
  const folder = makeFolder();
  t.teardown(folder.remove);
  let asked = 0;
  const from = await startOrigin({});
  const to = await startOrigin((_, __, response) => act(asked++ === 0 ? { fault: 'hang' } : {}, response));
  t.teardown(from.stop);
  t.teardown(to.stop);
  const file = folder.write('calls.ndjson', ndjson([{ url: '/a' }]));
  const base = ['--from', from.url, '--to', to.url, '--timeout', '300', '--quiet', '--json', '-', file];
  const without = await runParity(base);
  t.equal(without.code, 1);
  t.match((JSON.parse(without.out) as JsonReport).exchanges[0]?.differences[0], {
    kind: 'answer',
    to: 'no answer in 300 ms',
  });
  asked = 0;
  t.equal((await runParity([...base, '--retries', '1'])).code, 0);
});

t.test('what differs between two answers of the old gateway itself is left out with --noise', async (t) => {
  const folder = makeFolder();
  t.teardown(folder.remove);
  let n = 0;
  const volatile = (extra: string) => (_: unknown, __: unknown, response: Parameters<typeof act>[1]) =>
    act(json(`{"now":${n++}${extra}}`), response);
  const from = await startOrigin(volatile(',"a":1'));
  const to = await startOrigin(volatile(',"a":2'));
  t.teardown(from.stop);
  t.teardown(to.stop);
  const file = folder.write('calls.ndjson', ndjson([{ url: '/a' }]));
  const base = ['--from', from.url, '--to', to.url, '--quiet', '--json', '-', file];
  t.same(found(JSON.parse((await runParity(base)).out)), ['GET /a -> body /a', 'GET /a -> body /now']);
  t.same(found(JSON.parse((await runParity([...base, '--noise'])).out)), ['GET /a -> body /a']);
});

t.test('Ctrl-C ends the run, keeps what was found and writes every report', async (t) => {
  const folder = makeFolder();
  t.teardown(folder.remove);
  const from = await startOrigin({ delayMs: 5 });
  const to = await startOrigin({ delayMs: 5, status: 404 });
  t.teardown(from.stop);
  t.teardown(to.stop);
  const file = folder.write(
    'calls.ndjson',
    ndjson(Array.from({ length: 20_000 }, (_, i) => ({ url: `/${i}` }))),
  );
  const reports = ['json', 'junit', 'html'].flatMap((kind) => [`--${kind}`, folder.path(`out.${kind}`)]);
  const { code, out } = await runParity(
    ['--from', from.url, '--to', to.url, ...reports, file],
    ({ kill }) => {
      const timer = setInterval(() => {
        if (to.received.length < 20) return;
        clearInterval(timer);
        kill('SIGINT');
      }, 20);
    },
  );
  t.equal(code, 130);
  const report = JSON.parse(folder.read('out.json')) as JsonReport;
  t.equal(report.interrupted, true);
  t.ok(report.counts.different > 0 && report.counts.different < 20_000);
  t.equal(report.exchanges.length, report.counts.different);
  t.equal(report.counts.sent, report.counts.different, 'what was under way is not counted');
  t.match(folder.read('out.junit'), '<testsuites');
  t.match(folder.read('out.html'), '</html>');
  t.match(out, 'interrupted.');
});

t.test('Ctrl-C ends a run that waits for a pipe', async (t) => {
  const { from, to } = await startPair(t);
  const args = ['--from', from.url, '--to', to.url, '-'];
  const { code, out } = await runParity(args, ({ write, kill }) => {
    write(ndjson([{ url: '/same', note: 'long enough to tell the format from the first line of the pipe' }]));
    const timer = setInterval(() => {
      if (from.received.length === 0 || to.received.length === 0) return;
      clearInterval(timer);
      kill('SIGINT');
    }, 20);
  });
  t.equal(code, 130);
  t.match(out, 'interrupted.');
});

t.test('JUnit has a case for each endpoint, failed where a request to it differed', async (t) => {
  const { from, to } = await startPair(t);
  const folder = makeFolder();
  t.teardown(folder.remove);
  const urls = ['/same?1', '/same?2', '/status?1', '/status?2'];
  const file = folder.write('calls.ndjson', ndjson(urls.map((url) => ({ url }))));
  const { out } = await runParity(['--from', from.url, '--to', to.url, '--quiet', '--junit', '-', file]);
  t.match(out, /tests="2" failures="1"/);
  t.match(out, '<testcase classname="parity" name="GET /same"/>');
  t.match(out, '2 of 2 requests differ');
  t.match(out, 'status: "200" became "203"');
});

t.test('no more than --rate pairs a second are sent, and no more than --concurrency at once', async (t) => {
  const folder = makeFolder();
  t.teardown(folder.remove);
  let now = 0;
  let most = 0;
  const slow = async (_: unknown, __: unknown, response: Parameters<typeof act>[1]) => {
    most = Math.max(most, ++now);
    await act({ delayMs: 30 }, response);
    now--;
  };
  const from = await startOrigin(slow);
  const to = await startOrigin({});
  t.teardown(from.stop);
  t.teardown(to.stop);
  const file = folder.write('calls.ndjson', ndjson(Array.from({ length: 12 }, (_, i) => ({ url: `/${i}` }))));
  const base = ['--from', from.url, '--to', to.url, file];
  t.equal((await runParity([...base, '--concurrency', '3'])).code, 0);
  t.equal(most, 3);
  const startedAt = performance.now();
  t.equal((await runParity([...base, '--rate', '20'])).code, 0);
  // never less than the spacing, however fast or slow the machine
  t.ok(performance.now() - startedAt >= 11 * 50);
});
