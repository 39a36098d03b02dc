/** The body size limit: by Content-Length, and counted while streaming. */
import t from 'tap';
import { judgeLength, startBodyLimit } from '../../../lib/traffic/body-limit.ts';
import { takeBody } from '../../../lib/forward.ts';
import { drive, verdict } from '../../support/traffic.ts';

t.test('the decision by Content-Length and presence of a body', async (t) => {
  type Row = readonly [length: string | null, hasBody: boolean, verdict: string | null, required?: string];
  const CASES: Row[] = [
    ['5', true, null],
    ['6', true, 'too large'],
    ['99999999999999999999', true, 'too large'],
    [null, true, 'count'],
    ['+5', true, 'count'],
    ['1e0', true, 'count'],
    [null, false, null],
    [null, true, 'no length', 'plain'],
    [null, false, null, 'plain'],
    [null, true, 'count', 'kong'],
    [null, false, 'no length', 'kong'],
  ];
  for (const [length, hasBody, expected, required] of CASES) {
    const limit = { bytes: 5, requireLength: required !== undefined };
    t.equal(judgeLength(limit, length, hasBody, required === 'kong'), expected, `${length} ${required}`);
  }
});

t.test('a buffered body is measured', async (t) => {
  for (const [bytes, expected] of [
    [5, 'in'],
    [6, '413 Request size limit exceeded'],
  ] as const) {
    const one = drive(startBodyLimit, { maxBodyBytes: 5 });
    t.equal(verdict((await one.enter('/', {}, { body: new ArrayBuffer(bytes) })).answer), expected);
  }
});

t.test('a streamed body that exceeds the limit aborts the attempt, and never looks complete', async (t) => {
  for (const [pieces, end, stopped] of [
    [['12', '345'], 'ended', 'in'],
    [['12', '345', '6', '7'], 'stopped', '413 Request size limit exceeded'],
  ] as const) {
    const one = drive(startBodyLimit, { maxBodyBytes: 5 });
    const body = new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    });
    const { context } = await one.enter('/', { method: 'POST', body, duplex: 'half' } as RequestInit);
    await takeBody(context, one.runtime);
    const { readable, stop } = context.upload!;
    let text = '';
    const read = (async () => {
      for await (const piece of readable as ReadableStream<Uint8Array>)
        text += new TextDecoder().decode(piece);
      return 'ended';
    })();
    const abort = new Promise((resume) => stop.signal.addEventListener('abort', () => resume('stopped')));
    t.equal(await Promise.race([read, abort]), end);
    t.equal(text, '12345');
    t.equal(verdict(context.stopped), stopped);
  }
});

t.test('an origin that cancels the body aborts nothing, and a buffered body is not an upload', async (t) => {
  const enter = async () => {
    const one = drive(startBodyLimit, { maxBodyBytes: 5 });
    const body = new ReadableStream({ pull: (to) => to.enqueue(new TextEncoder().encode('1')) });
    const { context } = await one.enter('/', { method: 'POST', body, duplex: 'half' } as RequestInit);
    return { context, runtime: one.runtime };
  };
  const early = await enter();
  t.equal(await takeBody(early.context, early.runtime), false);
  await early.context.upload!.readable.cancel();
  await early.runtime.settle();
  t.equal(early.context.upload!.stop.signal.aborted, false);

  const { context, runtime } = await enter();
  context.body = new ArrayBuffer(1);
  t.equal(await takeBody(context, runtime), true);
  t.equal(context.upload, null, 'otherwise attempts would share one AbortController');
});
