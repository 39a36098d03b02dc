/** A log far larger than the heap, with a difference in every request: the heap must not grow with it. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import t from 'tap';
import { spawnParity, startPair } from './parity-support.ts';

const HEAP_MB = 48;
const LINES = 300;
/** Each line contains a field that is dropped as soon as it is read: 60 MB in all. */
const FILLER = 'x'.repeat(200_000);

t.test(`${LINES} requests of 200 KB each are compared within ${HEAP_MB} MB of heap`, async (t) => {
  const body = 'a'.repeat(40_000);
  const { folder, file, gateways } = await startPair(t, [], { body }, { body: `${body}b` });
  const out = createWriteStream(file);
  for (let i = 0; i < LINES; i++) {
    const line = JSON.stringify({ url: `/path/${i}?i=${i}`, note: FILLER, headers: { 'x-i': String(i) } });
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  const args = [...gateways, '--json', folder.path('out.json'), '--quiet', file];
  const { code, err } = await spawnParity(args, undefined, [`--max-old-space-size=${HEAP_MB}`]);
  t.equal(code, 1, err);
  const report = JSON.parse(folder.read('out.json')) as {
    exchanges: unknown[];
    counts: { different: number };
  };
  t.equal(report.exchanges.length, LINES, 'every difference is in the report');
  t.equal(report.counts.different, LINES);
});
