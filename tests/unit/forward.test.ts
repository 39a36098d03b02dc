import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Pool } from '../../lib/config/types.ts';
import { forward } from '../../lib/forward.ts';
import { callTo, worldOf } from '../support/journeys.ts';
import type { Step } from '../support/scripted-origins.ts';

interface Case {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly first: Step;
  readonly pool?: Partial<Pool>;
  readonly kong?: boolean;
  readonly selfHosted?: boolean;
}

/** How often each of two origins was asked, and what came of it. */
async function played({
  method = 'POST',
  headers = {},
  first,
  pool = {},
  kong = false,
  selfHosted = false,
}: Case): Promise<[status: number, a: number, b: number]> {
  const world = worldOf({ a: [first], b: [{ status: 201 }] }, { balance: 'round-robin', ...pool });
  const profile = kong ? checkConfig({ routes: [], compat: 'kong-3' }) : null;
  const context = callTo(
    '/x',
    { method, body: 'hello', headers: { 'content-length': '5', ...headers } },
    { kong: profile, selfHosted },
  );
  const answer = forward(context, world.runtime, world.to);
  await world.runtime.advance(20000);
  return [(await answer).status, world.network.count('a'), world.network.count('b')];
}

t.test('a POST whose answer is lost is not sent again: it may have been executed', async (t) => {
  for (const first of [
    { lost: true },
    { status: 520 },
    { status: 522 },
    { status: 524 },
    { status: 502 },
    { status: 503 },
    { status: 500 },
    { after: Infinity },
  ]) {
    const [status, a, b] = await played({ first });
    t.ok(status >= 500, JSON.stringify(first));
    t.same([a, b], [1, 0], JSON.stringify(first));
  }
});

t.test('a POST that provably never left is sent to another origin', async (t) => {
  for (const status of [521, 523, 525, 526, 530])
    t.same(await played({ first: { status } }), [201, 1, 1], String(status));
});

t.test(
  'on plain workerd bodies are not read ahead for it: there a refused request looks like a lost one',
  async (t) => {
    t.same(await played({ first: { status: 521 }, selfHosted: true }), [502, 1, 0]);
    const headers = { 'idempotency-key': '"8e03978e"' };
    t.same(await played({ first: { status: 521 }, headers, selfHosted: true }), [201, 1, 1]);
  },
);

t.test('a body that cannot be sent twice is sent once, whatever happened', async (t) => {
  t.same(await played({ first: { status: 521 }, headers: { 'content-length': '100000' } }), [502, 1, 0]);
});

t.test('an Idempotency-Key allows it, unless the pool does not', async (t) => {
  const headers = { 'idempotency-key': '"8e03978e"' };
  for (const first of [{ lost: true }, { status: 503 }, { status: 500 }])
    t.same(await played({ first, headers }), [201, 1, 1], JSON.stringify(first));
  t.same(await played({ first: { lost: true }, headers, pool: { idempotencyKey: false } }), [502, 1, 0]);
});

t.test('PUT and DELETE are repeated under the Kong profiles alone', async (t) => {
  t.same(await played({ method: 'PUT', first: { lost: true } }), [502, 1, 0]);
  t.same(await played({ method: 'PUT', first: { lost: true }, kong: true }), [201, 1, 1]);
  t.same(await played({ method: 'DELETE', first: { lost: true }, kong: true }), [201, 1, 1]);
  t.same(await played({ method: 'PATCH', first: { lost: true }, kong: true }), [502, 1, 0]);
});
