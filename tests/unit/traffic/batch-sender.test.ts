/** Records sent to a server in batches, after the response. */
import t from 'tap';
import { createBatchSender } from '../../../lib/traffic/batch-sender.ts';
import type { LogServer as Destination } from '../../../lib/config/types.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

const TO: Destination = {
  url: 'https://log.test/in',
  method: 'PUT',
  headers: [['Content-Type', 'application/json']],
  timeoutMs: 1000,
  batchSize: 1,
  delaySeconds: 2,
};

/** A sender to a server that answers with these statuses, repeating the last; null is a lost connection. */
function sender(parts: Partial<Destination>, ...statuses: (number | null | 'hangs')[]) {
  const bodies: string[] = [];
  const runtime = virtualRuntime({
    fetch: async (request) => {
      bodies.push(await request.text());
      const status = statuses[Math.min(bodies.length, statuses.length) - 1]!;
      const { signal } = request;
      if (status === 'hangs')
        return new Promise((_, fail) => signal.addEventListener('abort', () => fail(new Error('aborted'))));
      if (status === null) throw new Error('Network connection lost.');
      return new Response(null, { status });
    },
  });
  const work: Promise<unknown>[] = [];
  const to = { ...TO, ...parts };
  const made = createBatchSender((records) => `[${records.join()}]`, runtime);
  return {
    runtime,
    bodies,
    work,
    counts: made.counts,
    send: (record: string, other?: Destination) =>
      made.send(other ?? to, record, (each) => void work.push(each)),
  };
}

t.test('a batch is sent when full, or after the delay, and passed to waitUntil', async (t) => {
  const one = sender({ batchSize: 2 }, 200);
  for (const record of ['1', '2', '3']) one.send(record);
  await one.runtime.settle();
  t.same(one.bodies, ['[1,2]']);
  await one.runtime.advance(2000);
  t.same(one.bodies, ['[1,2]', '[3]']);
  t.same([one.counts, one.work.length], [{ sent: 3, failed: 0, dropped: 0 }, 3]);
});

t.test('three attempts; a rejected batch is not sent again', async (t) => {
  const lost = sender({}, null, 503, 200);
  lost.send('1');
  await lost.runtime.advance(500);
  t.equal(lost.bodies.length, 2);
  await lost.runtime.advance(3000);
  t.same(lost.counts, { sent: 1, failed: 0, dropped: 0 });
  for (const [status, tries] of [
    [400, 1],
    [null, 3],
  ] as const) {
    const one = sender({}, status);
    one.send('1');
    await one.runtime.advance(10_000);
    t.same([one.bodies.length, one.counts.failed], [tries, 1], String(status));
  }
});

t.test('a batch that times out is sent again', async (t) => {
  const { runtime, send } = sender({ timeoutMs: 200 }, 'hangs');
  send('1');
  await runtime.advance(199);
  t.equal(runtime.sent.length, 1);
  await runtime.advance(1 + 500);
  t.equal(runtime.sent.length, 2);
});

t.test('what fell due while all slots were taken is sent when one is free', async (t) => {
  const one = sender({ batchSize: 2 }, ...Array<'hangs'>(24).fill('hangs'), 200);
  for (let i = 1; i <= 17; i++) one.send(String(i));
  // Three attempts of a second each, and the delays between them.
  await one.runtime.advance(6500);
  await one.runtime.settle();
  t.equal(one.bodies.at(-1), '[17]');
  t.same(one.counts, { sent: 1, failed: 16, dropped: 0 });
});

t.test('a destination that is down costs bounded memory, and dropped records are counted', async (t) => {
  const { runtime, send, counts } = sender({}, 'hangs');
  for (let i = 0; i < 5000; i++) send(String(i));
  await runtime.settle();
  t.equal(runtime.sent.length, 8, 'at most eight at once');
  t.equal(counts.dropped, 5000 - 1000 - 8);
  send('1', TO);
  await runtime.settle();
  t.equal(runtime.sent.length, 9, 'another destination has slots of its own');
});
