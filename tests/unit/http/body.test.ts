/** Buffered bodies, which can be sent again, and streamed ones. Aborted uploads: tests/e2e/uploads.test.ts. */
import t from 'tap';
import { hasBody } from '../../../lib/core/request.ts';
import { takeBody } from '../../../lib/http/body.ts';
import type { Context } from '../../../lib/core/request.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

function callWith(init: RequestInit): Context {
  const request = new Request('http://a/', { ...init, duplex: 'half' } as never);
  return { request, headers: request.headers, body: null, upload: null } as unknown as Context;
}
const post = (body: BodyInit, headers: Record<string, string> = {}): Context =>
  callWith({ method: 'POST', body, headers });

t.test('a small body with a valid Content-Length is buffered and can be sent again', async (t) => {
  const runtime = virtualRuntime();
  const context = post('hello', { 'content-length': '5' });
  t.equal(await takeBody(context, runtime), true);
  t.equal(new TextDecoder().decode(context.body as ArrayBuffer), 'hello');
  t.equal(await takeBody(context, runtime), true, 'a second call changes nothing');
  t.equal(context.upload, null);
});

t.test('a large body, or one without a valid length, is streamed, and its end is recorded', async (t) => {
  for (const headers of [{ 'content-length': '65537' }, {}, { 'content-length': 'x' }]) {
    const runtime = virtualRuntime();
    const context = post('hello', headers as Record<string, string>);
    t.equal(await takeBody(context, runtime), false);
    t.equal(context.body, null);
    t.equal(context.upload?.doneAt, Infinity, 'not finished');
    await runtime.advance(7000);
    t.equal(await new Response(context.upload?.readable).text(), 'hello');
    await runtime.settle();
    t.equal(context.upload?.doneAt, runtime.now());
    t.equal(context.upload?.stop.signal.aborted, false);
  }
});

t.test('an origin that cancels the rest of the body aborts nothing', async (t) => {
  const runtime = virtualRuntime();
  const context = post('hello');
  await takeBody(context, runtime);
  await context.upload?.readable.cancel();
  await runtime.settle();
  t.same([context.upload?.stop.signal.aborted, context.upload?.doneAt], [false, Infinity]);
});

t.test('a request without a body can be sent again, and an empty body is none', async (t) => {
  t.equal(await takeBody(callWith({ method: 'POST' }), virtualRuntime()), true);
  t.equal(hasBody(callWith({})), false);
  t.equal(hasBody(post('', { 'content-length': '0' })), false);
  t.equal(hasBody(post('a', { 'content-length': '1' })), true);
  t.equal(hasBody(post('a')), true);
});
