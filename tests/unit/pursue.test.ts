import t from 'tap';
import { beginJourney } from '../../lib/attempts.ts';
import type { Context } from '../../lib/core/request.ts';
import type { Refusal } from '../../lib/core/errors.ts';
import { pursue } from '../../lib/pursue.ts';
import { callTo, worldOf } from '../support/journeys.ts';
import type { World } from '../support/journeys.ts';

function send(world: World, context: Context, safe = true): { answer: Response | Refusal | null } {
  const { runtime, pool } = world;
  const journey = beginJourney(
    pool,
    { safe, repeatable: safe, replayable: safe, hash: null },
    runtime.now(),
    runtime.random,
  );
  const slot: { answer: Response | Refusal | null } = { answer: null };
  void pursue(context, runtime, { ...world.to, path: context.path }, journey).then(
    (answer) => (slot.answer = answer),
  );
  return slot;
}

t.test('an answer arrives, names its origin, and leaves no timer behind', async (t) => {
  const world = worldOf({ a: [{ after: 20 }] });
  const context = callTo('/v1/x?q=1', { headers: { 'x-forwarded-for': '6.6.6.6' } });
  const slot = send(world, context);
  await world.runtime.advance(20);
  t.match(slot.answer, { status: 200 });
  t.equal(context.origin?.host, 'a');
  t.equal(context.attempts, 1);
  t.equal(context.answeredAt - context.sentAt, 20);
  t.equal(world.runtime.sent[0]?.url, 'http://a/v1/x?q=1');
  t.equal(world.runtime.sent[0]?.headers.get('x-forwarded-for'), '203.0.113.7');
  t.equal(world.runtime.pending(), 0);
});

t.test('a failed attempt is followed by one at another origin', async (t) => {
  for (const bad of [{ lost: true }, { status: 503 }, { status: 521 }, { status: 502 }]) {
    const world = worldOf({ a: [bad], b: [{}] }, { balance: 'round-robin' });
    const context = callTo('/');
    const slot = send(world, context);
    await world.runtime.advance(10);
    t.match(slot.answer, { status: 200 }, JSON.stringify(bad));
    t.equal(context.origin?.host, 'b');
    t.equal(context.attempts, 2);
  }
});

t.test('a hung attempt is left behind at its time-out, with one timer at a time', async (t) => {
  const world = worldOf(
    { a: [{ after: Infinity }], b: [{}] },
    { balance: 'round-robin', timeoutMs: 300, hedge: false },
  );
  const slot = send(world, callTo('/'));
  await world.runtime.settle();
  t.equal(world.runtime.pending(), 1);
  await world.runtime.advance(310);
  t.match(slot.answer, { status: 200 });
  t.equal(world.runtime.pending(), 0);
});

t.test('a later attempt that loses is cancelled at once', async (t) => {
  const world = worldOf(
    { a: [{ after: 150 }], b: [{ after: Infinity }] },
    { balance: 'round-robin', hedge: { afterMs: 100, budgetPercent: 100 } },
  );
  const slot = send(world, callTo('/'));
  await world.runtime.advance(160);
  t.match(slot.answer, { status: 200 });
  t.equal(world.network.cancelled('b'), 1);
});

t.test('in a race the losers are cancelled one by one and the winner is not', async (t) => {
  const world = worldOf(
    { a: [{ after: 50 }], b: [{ after: 20, body: 'b' }], c: [{ after: 5, status: 500 }] },
    { balance: 'race' },
  );
  const slot = send(world, callTo('/'));
  await world.runtime.advance(60);
  t.equal(await (slot.answer as Response).text(), 'b');
  t.same(['a', 'b', 'c'].map(world.network.cancelled), [1, 0, 0]);
});

t.test('when nobody answers the refusal says why', async (t) => {
  const lost = worldOf({ a: [{ lost: true }], b: [{ lost: true }] });
  const refused = send(lost, callTo('/'));
  await lost.runtime.advance(1000);
  t.match(refused.answer, { reason: 'origin_unreachable', status: 502 });
  const hung = worldOf({ a: [{ after: Infinity }] }, { timeoutMs: 100, totalTimeoutMs: 150 });
  const late = send(hung, callTo('/'));
  await hung.runtime.advance(200);
  t.match(late.answer, { reason: 'origin_timeout', status: 504 });
  const drained = worldOf({ a: [{}] }, { origins: [{ url: 'http://a', weight: 0 }] });
  const none = send(drained, callTo('/'));
  await drained.runtime.advance(1);
  t.match(none.answer, { reason: 'no_origin', status: 503 });
});

t.test(
  "the platform's page about a dead origin is not handed over, the origin's own failure is",
  async (t) => {
    const dead = worldOf({ a: [{ status: 522 }] }, { retries: 0 });
    const slot = send(dead, callTo('/'));
    await dead.runtime.advance(1);
    t.match(slot.answer, { reason: 'origin_timeout' });
    const busy = worldOf({ a: [{ status: 503, body: 'busy' }] }, { retries: 0 });
    const handed = send(busy, callTo('/'));
    await busy.runtime.advance(1);
    t.equal(await (handed.answer as Response).text(), 'busy');
  },
);

t.test('an interim answer as the final one, which an old runtime hands over, is no answer', async (t) => {
  const interim = { status: 103, body: null } as unknown as Response;
  const world = worldOf({ a: [{}] }, { retries: 0 });
  const runtime = { ...world.runtime, fetch: async () => interim };
  const slot = send({ ...world, runtime }, callTo('/'));
  await world.runtime.advance(1);
  t.match(slot.answer, { reason: 'origin_unreachable' });
});

t.test("the origin's own headers and what admission decided are set, forgeries removed", async (t) => {
  const world = worldOf({ a: [{}] }, { origins: [{ url: 'http://a/base', headers: { 'x-secret': 's' } }] });
  const context = callTo(
    '/x',
    { headers: { 'x-consumer-id': 'forged', 'x-keep': '1' } },
    {
      originHeaders: [
        ['x-consumer-id', null],
        ['x-consumer-username', 'bob'],
      ],
    },
  );
  send(world, context);
  await world.runtime.advance(1);
  const sent = world.runtime.sent[0] as Request;
  t.equal(sent.url, 'http://a/base/x');
  t.equal(sent.redirect, 'manual', "a redirect is the caller's to follow");
  t.same(
    ['x-secret', 'x-consumer-id', 'x-consumer-username', 'x-keep'].map((name) => sent.headers.get(name)),
    ['s', null, 'bob', '1'],
  );
});
