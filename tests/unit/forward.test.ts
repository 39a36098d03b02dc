import t from 'tap';
import type { Pool } from '../../lib/config/types.ts';
import { hasBody } from '../../lib/core/request.ts';
import { forward, takeBody } from '../../lib/forward.ts';
import { configured } from '../support/config.ts';
import { callTo, worldOf } from '../support/context.ts';
import type { Step } from '../support/scripted-origins.ts';
import { virtualRuntime } from '../support/virtual-runtime.ts';

interface Call {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly pool?: Partial<Pool>;
  readonly kong?: boolean;
  readonly selfHosted?: boolean;
}

/** The status, and the requests that each of two origins received; the first one responds with `first`. */
async function forwarded(first: Step, call: Call = {}): Promise<[status: number, a: number, b: number]> {
  const { method = 'POST', headers = {}, pool = {}, kong = false, selfHosted = false } = call;
  const world = worldOf({ a: [first], b: [{ status: 201 }] }, { balance: 'round-robin', ...pool });
  const profile = kong ? configured({ compat: 'kong-3' }) : null;
  const init = { method, body: 'hello', headers: { 'content-length': '5', ...headers } };
  const response = forward(callTo('/x', init, { kong: profile, selfHosted }), world.pool, world.sender);
  await world.runtime.advance(20_000);
  return [(await response).status, world.network.count('a'), world.network.count('b')];
}
const LOST = { lost: true };
const HUNG = { after: Infinity };
const KEYED = { headers: { 'idempotency-key': '"8e03978e"' } };
const statuses = (...list: number[]): Step[] => list.map((status) => ({ status }));

t.test('which requests are retried at another origin', async (t) => {
  const rows: [why: string, firsts: Step[], again: boolean, call?: Call][] = [
    ['it may have been executed', [LOST, HUNG, ...statuses(520, 522, 524, 502, 503, 500)], false],
    ['it provably never left', statuses(521, 523, 525, 526, 530), true],
    [
      'plain workerd does not read the body ahead: refused looks like lost',
      statuses(521),
      false,
      { selfHosted: true },
    ],
    ['Idempotency-Key allows it there', statuses(521), true, { ...KEYED, selfHosted: true }],
    ['the body cannot be sent twice', statuses(521), false, { headers: { 'content-length': '100000' } }],
    ['Idempotency-Key allows it', [LOST, ...statuses(503, 500)], true, KEYED],
    ['the pool ignores Idempotency-Key', [LOST], false, { ...KEYED, pool: { idempotencyKey: false } }],
    ['outside the Kong profiles PUT is like POST', [LOST], false, { method: 'PUT' }],
    ['Kong retries PUT', [LOST], true, { method: 'PUT', kong: true }],
    ['Kong retries DELETE', [LOST], true, { method: 'DELETE', kong: true }],
    ['Kong does not retry PATCH', [LOST], false, { method: 'PATCH', kong: true }],
  ];
  for (const [why, firsts, again, call] of rows)
    for (const first of firsts) {
      const [status, a, b] = await forwarded(first, call);
      const name = `${why}: ${JSON.stringify(first)}`;
      t.equal(status === 201, again, name);
      t.same([a, b], [1, again ? 1 : 0], name);
    }
});

// ---- buffered bodies, which can be sent again, and streamed ones; aborted uploads: tests/e2e/uploads.test.ts ----

const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  callTo('/', { method: 'POST', body, headers });

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
  t.equal(await takeBody(callTo('/', { method: 'POST' }), virtualRuntime()), true);
  t.equal(hasBody(callTo('/')), false);
  t.equal(hasBody(post('', { 'content-length': '0' })), false);
  t.equal(hasBody(post('a', { 'content-length': '1' })), true);
  t.equal(hasBody(post('a')), true);
});
