import t from 'tap';
import { readSmallBody } from '../../lib/body.ts';
import type { Call } from '../../lib/call.ts';

function callWith(init: RequestInit): Call {
  const request = new Request('http://a/', init as never);
  return { request, headers: request.headers, body: null } as unknown as Call;
}

t.test('a small body that says its length is read and can go out again', async (t) => {
  const call = callWith({ method: 'POST', body: 'hello', headers: { 'content-length': '5' } });
  t.equal(await readSmallBody(call), true);
  t.equal(new TextDecoder().decode(call.body as ArrayBuffer), 'hello');
  t.equal(await readSmallBody(call), true, 'twice is once');
});

t.test('a large body, and one that does not say its length, stream through untouched', async (t) => {
  for (const headers of [{ 'content-length': '65537' }, {}, { 'content-length': 'x' }]) {
    const call = callWith({ method: 'POST', body: 'hello', headers: headers as Record<string, string> });
    t.equal(await readSmallBody(call), false);
    t.equal(call.body, null);
    t.equal(call.request.bodyUsed, false);
  }
});

t.test('no body can be sent as often as one likes', async (t) => {
  t.equal(await readSmallBody(callWith({ method: 'POST' })), true);
});
