/** The tool as a command: its options, its patience, its pace, and how it ends. */
import t from 'tap';
import { act, startOrigin } from '../support/origin.ts';
import { json, startPair } from './parity-cases.ts';
import { found, makeFolder, ndjson, runParity, type JsonReport } from './parity-support.ts';

t.test('bad usage and bad input end with exit code 2 and say what was expected', async (t) => {
  const folder = makeFolder();
  t.teardown(folder.remove);
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
    [[...both, '--format', 'xml', 'a'], /--format <name>.* Allowed choices are har, ndjson/],
    [[...both, '--host', 'a b', 'a'], /--host <name>.* must be base, recorded/],
    [['--from', 'http://user:pass@h', '--to', 'http://h', 'a'], /keys go into --header/],
    [[...both, 'no-such-file'], /^parity: Cannot read no-such-file: there is no such file\n$/],
    [[...both, folder.write('empty', '')], /^parity: .* received an empty file\n$/],
    [
      [...both, folder.write('prose', 'Dear Sir,\n')],
      /^parity: .* must be one of har, ndjson, combined.*\n$/,
    ],
    [
      [...both, folder.write('posts', ndjson([{ method: 'POST', url: '/' }]))],
      /^parity: .*no request of the recording was sent.*\n$/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await runParity([...args, '--quiet']);
    t.equal(code, 2, args.join(' '));
    t.match(err, message);
  }
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

t.test('a request that hangs is given up after --timeout', async (t) => {
  const folder = makeFolder();
  t.teardown(folder.remove);
  const from = await startOrigin({});
  const to = await startOrigin({ fault: 'hang' });
  t.teardown(from.stop);
  t.teardown(to.stop);
  const file = folder.write('calls.ndjson', ndjson([{ url: '/a' }]));
  // Long enough for the other one, however busy the machine.
  const args = ['--from', from.url, '--to', to.url, '--timeout', '5000', '--quiet', '--json', '-', file];
  const { code, out } = await runParity(args);
  t.equal(code, 1);
  t.match((JSON.parse(out) as JsonReport).exchanges[0]?.differences[0], {
    kind: 'answer',
    to: 'no answer in 5000 ms',
  });
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

t.test('Ctrl-C ends the run, keeps what was found and writes the report', async (t) => {
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
  const { code, out } = await runParity(
    ['--from', from.url, '--to', to.url, '--json', folder.path('out.json'), file],
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
