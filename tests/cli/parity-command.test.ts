/** The command: options, timeouts, rate and termination. */
import t from 'tap';
import { act, type Handler } from '../support/origin.ts';
import { until } from '../support/until.ts';
import { call } from './call.ts';
import { json } from './parity-cases.ts';
import { found, makeFolder, ndjson, spawnParity, startPair, type JsonReport } from './parity-support.ts';

t.test('invalid options and input end with exit code 2 and say what was expected', async (t) => {
  const folder = makeFolder(t);
  const both = ['--from', 'http://127.0.0.1:9', '--to', 'http://127.0.0.1:9'];
  const cases: [string[], RegExp][] = [
    [[...both], /missing required argument 'file'/],
    [[...both, 'a', 'b'], /too many arguments/],
    [['a'], /required option '--from <url>' not specified/],
    [['--from', 'x', '--to', 'y', 'a'], /--from <url>.* must be a URL/],
    [[...both, '--concurrency', '0', 'a'], /--concurrency <n>.* must be a whole number from 1 to 256/],
    [[...both, '--rate', 'fast', 'a'], /--rate <n>.* must be a number from/],
    [[...both, '--header', 'nocolon', 'a'], /--header <name:value>.* must be "Name: value"/],
    [[...both, '--ignore-pointer', 'a', 'a'], /--ignore-pointer .* must start with "\/"/],
    [[...both, '--host', 'a b', 'a'], /--host <name>.* must be base, recorded/],
    [['--from', 'http://user:pass@h', '--to', 'http://h', 'a'], /keys go into --header/],
    [[...both, 'no-such-file'], /^parity: Cannot read no-such-file: there is no such file\n$/],
    [[...both, folder.write('empty', '')], /^parity: .* received an empty file\n$/],
    [[...both, folder.write('prose', 'Dear Sir,\n')], /^parity: prose:1: line must be in the .* format.*\n$/],
    [[...both, folder.path('')], /^parity: .* it must be a file, received a directory\n$/],
    [
      [...both, folder.write('posts', ndjson([{ method: 'POST', url: '/' }]))],
      /^parity: .*no request of the recording was sent.*\n$/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await call('parity', ...args, '--quiet');
    t.equal(code, 2, args.join(' '));
    t.match(err, message);
  }
});

t.test('two gateways that are both down count as different', async (t) => {
  const { from, to, run } = await startPair(t, [{ url: '/a' }, { url: '/b' }]);
  await Promise.all([from.refuse(), to.refuse()]);
  const { code, out } = await run();
  t.equal(code, 1);
  t.match(out, '2 answered by neither (calls.ndjson:1: ECONNREFUSED and ECONNREFUSED)');
});

t.test('a request that hangs is aborted after --timeout', async (t) => {
  // Both hang: whether a gateway answers in so short a time depends on the machine.
  const { run } = await startPair(t, [{ url: '/a' }], { fault: 'hang' }, { fault: 'hang' });
  const { code, out } = await run('--timeout', '50');
  t.equal(code, 1);
  t.match(out, '1 answered by neither (calls.ndjson:1: no answer in 50 ms and no answer in 50 ms)');
});

t.test('--noise ignores differences between two responses of the old gateway itself', async (t) => {
  let n = 0;
  const volatile =
    (extra: string): Handler =>
    (_, __, response) =>
      act(json(`{"now":${n++}${extra}}`), response);
  const { run } = await startPair(t, [{ url: '/a' }], volatile(',"a":1'), volatile(',"a":2'));
  const differences = async (...args: string[]) =>
    found(JSON.parse((await run('--quiet', '--json', '-', ...args)).out) as JsonReport);
  t.same(await differences(), ['GET /a -> body /a', 'GET /a -> body /now']);
  t.same(await differences('--noise'), ['GET /a -> body /a']);
});

t.test('Ctrl-C ends the run, keeps the results so far and writes the report', async (t) => {
  const requests = Array.from({ length: 20_000 }, (_, i) => ({ url: `/${i}` }));
  const slow = { delayMs: 5 };
  const { to, folder, file, gateways } = await startPair(t, requests, slow, { ...slow, status: 404 });
  const { code, out } = await spawnParity(
    [...gateways, '--json', folder.path('out.json'), file],
    async (child) => (await until(() => to.received.length >= 20)) && child.kill('SIGINT'),
  );
  t.equal(code, 130);
  const report = JSON.parse(folder.read('out.json')) as JsonReport;
  t.equal(report.interrupted, true);
  t.ok(report.counts.different > 0 && report.counts.different < 20_000);
  t.equal(report.exchanges.length, report.counts.different);
  t.equal(report.counts.sent, report.counts.different, 'requests in flight are not counted');
  t.match(out, 'interrupted.');
});

t.test('Ctrl-C ends a run that is waiting for a pipe', async (t) => {
  const { from, to, gateways } = await startPair(t, []);
  const { code, out } = await spawnParity([...gateways, '-'], async (child) => {
    const note = 'long enough to tell the format from the first line of the pipe';
    child.stdin.write(ndjson([{ url: '/same', note }]));
    await until(() => from.received.length > 0 && to.received.length > 0);
    child.kill('SIGINT');
  });
  t.equal(code, 130);
  t.match(out, 'interrupted.');
});

t.test('sends at most --rate pairs per second, and at most --concurrency at once', async (t) => {
  let now = 0;
  let most = 0;
  const slow: Handler = async (_, __, response) => {
    most = Math.max(most, ++now);
    await act({ delayMs: 30 }, response);
    now--;
  };
  const requests = Array.from({ length: 12 }, (_, i) => ({ url: `/${i}` }));
  const { run } = await startPair(t, requests, slow, {});
  t.equal((await run('--concurrency', '3')).code, 0);
  t.equal(most, 3);
  const startedAt = performance.now();
  t.equal((await run('--rate', '50')).code, 0);
  // The minimum spacing holds on any machine.
  t.ok(performance.now() - startedAt >= 11 * 20);
});
