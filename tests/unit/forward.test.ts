import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Pool } from '../../lib/config/types.ts';
import { forward } from '../../lib/forward.ts';
import { callTo, worldOf } from '../support/journeys.ts';
import type { Step } from '../support/scripted-origins.ts';

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly pool?: Partial<Pool>;
  readonly kong?: boolean;
  readonly selfHosted?: boolean;
}

/** The status, and how often each of two origins was asked where the first answers so. */
async function played(first: Step, asked: Asked = {}): Promise<[status: number, a: number, b: number]> {
  const { method = 'POST', headers = {}, pool = {}, kong = false, selfHosted = false } = asked;
  const world = worldOf({ a: [first], b: [{ status: 201 }] }, { balance: 'round-robin', ...pool });
  const profile = kong ? checkConfig({ routes: [], compat: 'kong-3' }) : null;
  const init = { method, body: 'hello', headers: { 'content-length': '5', ...headers } };
  const answer = forward(callTo('/x', init, { kong: profile, selfHosted }), world.runtime, world.to);
  await world.runtime.advance(20_000);
  return [(await answer).status, world.network.count('a'), world.network.count('b')];
}
const LOST = { lost: true };
const KEYED = { headers: { 'idempotency-key': '"8e03978e"' } };

t.test('a POST whose answer is lost is not sent again: it may have been executed', async (t) => {
  const statuses = [520, 522, 524, 502, 503, 500].map((status) => ({ status }));
  for (const first of [LOST, { after: Infinity }, ...statuses]) {
    const [status, a, b] = await played(first);
    t.ok(status >= 500, JSON.stringify(first));
    t.same([a, b], [1, 0], JSON.stringify(first));
  }
});

t.test('a POST that provably never left is sent to another origin', async (t) => {
  for (const status of [521, 523, 525, 526, 530]) t.same(await played({ status }), [201, 1, 1], `${status}`);
});

t.test('plain workerd reads no body ahead: there a refused request looks like a lost one', async (t) => {
  t.same(await played({ status: 521 }, { selfHosted: true }), [502, 1, 0]);
  t.same(await played({ status: 521 }, { ...KEYED, selfHosted: true }), [201, 1, 1]);
});

t.test('a body that cannot be sent twice is sent once, whatever happened', async (t) => {
  t.same(await played({ status: 521 }, { headers: { 'content-length': '100000' } }), [502, 1, 0]);
});

t.test('an Idempotency-Key allows it, unless the pool does not', async (t) => {
  for (const first of [LOST, { status: 503 }, { status: 500 }])
    t.same(await played(first, KEYED), [201, 1, 1], JSON.stringify(first));
  t.same(await played(LOST, { ...KEYED, pool: { idempotencyKey: false } }), [502, 1, 0]);
});

t.test('PUT and DELETE are repeated under the Kong profiles alone', async (t) => {
  t.same(await played(LOST, { method: 'PUT' }), [502, 1, 0]);
  for (const method of ['PUT', 'DELETE']) t.same(await played(LOST, { method, kong: true }), [201, 1, 1]);
  t.same(await played(LOST, { method: 'PATCH', kong: true }), [502, 1, 0]);
});
