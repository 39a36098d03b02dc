/** A log far larger than the heap it is read in, with a difference in every request: the heap must not grow with it. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import t from 'tap';
import { startOrigin } from '../support/origin.ts';
import { makeFolder, TOOL } from './parity-support.ts';

const HEAP_MB = 48;
const LINES = 1500;
/** Each line carries a body that is dropped as soon as it is read: 150 MB in all. */
const FILLER = 'x'.repeat(100_000);

t.test(`${LINES} requests of 100 KB each are compared within ${HEAP_MB} MB of heap`, async (t) => {
  const from = await startOrigin({ body: 'a'.repeat(20_000) });
  const to = await startOrigin({ body: `${'a'.repeat(20_000)}b` });
  t.teardown(from.stop);
  t.teardown(to.stop);
  const folder = makeFolder();
  t.teardown(folder.remove);
  const file = folder.path('big.ndjson');
  const out = createWriteStream(file);
  for (let i = 0; i < LINES; i++) {
    const line = JSON.stringify({ url: `/path/${i}?i=${i}`, note: FILLER, headers: { 'x-i': String(i) } });
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  const args = ['--from', from.url, '--to', to.url, '--json', folder.path('out.json'), '--quiet', file];
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, ...TOOL, ...args]);
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  t.equal(code, 1, err);
  const report = JSON.parse(folder.read('out.json')) as {
    exchanges: unknown[];
    counts: { different: number };
  };
  t.equal(report.exchanges.length, LINES, 'every difference is in the report');
  t.equal(report.counts.different, LINES);
});
