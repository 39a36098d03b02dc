/** A terminal session: `script` gives the tool a pseudo-terminal, on which the bar moves; without one, lines. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { startOrigin } from '../support/origin.ts';
import { makeFolder, ndjson, runParity, TOOL } from './parity-support.ts';

function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}

t.test('on a terminal a bar shows share, rate, differences and what remains', async (t) => {
  if (!hasScript()) return t.plan(0, 'script of util-linux is not installed, so there is no pseudo-terminal');
  const from = await startOrigin({ delayMs: 40 });
  const to = await startOrigin({ delayMs: 40, status: 404 });
  t.teardown(from.stop);
  t.teardown(to.stop);
  const folder = makeFolder();
  t.teardown(folder.remove);
  const file = folder.write('calls.ndjson', ndjson(Array.from({ length: 60 }, (_, i) => ({ url: `/${i}` }))));
  const command = [process.execPath, TOOL, '--from', from.url, '--to', to.url, '--concurrency', '2', file];
  const child = spawn('script', ['-qec', command.join(' '), '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', COLUMNS: '140' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  child.stdout.on('data', (chunk: Buffer) => void (screen += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  t.equal(code, 1, 'script hands on the exit status');
  // eslint-disable-next-line no-control-regex
  const frames = screen.match(/\d+% \| \d+ requests \| \d+\/s \| \d+ different \| \d+s left/g) ?? [];
  t.ok(frames.length >= 3, `the bar is drawn again and again: ${frames.length} times`);
  const shares = frames.map((frame) => Number(frame.split('%')[0]));
  t.ok((shares[0] ?? 100) < 50, 'it starts empty');
  t.equal(shares.at(-1), 100, 'and ends full');
  t.ok(
    shares.every((share, i) => i === 0 || share >= (shares[i - 1] ?? 0)),
    'never backwards',
  );
  t.match(screen, '\x1b[?25h', 'the cursor is shown again');
  t.match(screen, '60 requests sent to both, 0 same, 60 different.');
});

t.test('without a terminal no bar and no control characters are written', async (t) => {
  const from = await startOrigin({});
  const to = await startOrigin({ status: 404, headers: { 'x-a': 'b' } });
  t.teardown(from.stop);
  t.teardown(to.stop);
  const folder = makeFolder();
  t.teardown(folder.remove);
  const file = folder.write('calls.ndjson', ndjson([{ url: '/a' }]));
  const { out, err } = await runParity(['--from', from.url, '--to', to.url, file]);
  t.notMatch(out + err, '\x1b');
  t.match(out, '1 request sent to both');
});
