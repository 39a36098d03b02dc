/** Limits on the costs that responses report. */
import t from 'tap';
import { parseCosts, startCostLimits } from '../../../lib/traffic/cost-limits.ts';
import type { Config } from '../../../lib/config/types.ts';
import { drive, verdict } from '../../support/traffic.ts';

const costing = (parts: Partial<Exclude<Config['costLimits'], false>> = {}) =>
  drive(startCostLimits, { costLimits: { limits: { video: { minute: 5 } }, by: 'ip', ...parts } });
const ORIGIN = { name: 'a' } as never;

/** Status of the response, and the remaining budget as sent to caller and origin. */
async function ask(one: ReturnType<typeof drive>, cost: string | null, parts: object = {}) {
  const { answer, context, sent } = await one.enter('/', {}, { origin: ORIGIN, attempts: 1, ...parts });
  if (answer !== null) return [verdict(answer)];
  const headers = new Headers(cost === null ? {} : { 'x-cost': cost });
  const response = one.leave(context, new Response('ok', { headers }));
  t.equal(response.headers.get('x-cost'), null, 'the cost header is removed');
  const left = response.headers.get('x-ratelimit-remaining-video-minute');
  return [response.status, left, sent['x-ratelimit-remaining-video'], await response.text()];
}

t.test('parsing of the cost header', async (t) => {
  const CASES: readonly [string | null, Record<string, number>][] = [
    ['video=2, image=1', { video: 2, image: 1 }],
    ['video=1,video=3', { video: 3 }],
    ['video', {}],
    ['video=x, =3, image=1., a=-1, b=1e3', {}],
    ['image=1.5', { image: 1.5 }],
    [' a = 1 ', { a: 1 }],
    ['__proto__=5', { ['__proto__']: 5 }],
    [null, {}],
  ];
  for (const [header, costs] of CASES) t.same([...parseCosts(header)], Object.entries(costs), String(header));
});

t.test('a response is charged to the budget, and rejected if nothing is left', async (t) => {
  const one = costing();
  for (const [cost, expected, why] of [
    ['video=2', [200, '3', '5', 'ok'], 'the first'],
    ['video=5', [200, '0', '3', 'ok'], 'the last may overdraw'],
    [null, [200, '0', '-2', 'ok'], 'a free response passes'],
    ['video=1', [429, '0', '-2', ''], 'another one does not'],
  ] as const)
    t.same(await ask(one, cost), expected, why);
  await one.runtime.advance(60_000);
  t.same(await ask(one, 'video=1'), [200, '4', '5', 'ok'], 'a new minute');
  t.same(await ask(one, 'video=1', { attempts: 0 }), [200, '4', '4', 'ok'], 'cached responses are free');
  const startedAt = one.runtime.now() - 60_000;
  t.same(await ask(one, null, { startedAt }), [200, '4', '4', 'ok'], 'one that arrived in the minute before');
});

t.test('budgets are per consumer; a response rejected for one name is not charged to others', async (t) => {
  const one = costing({ by: 'consumer', limits: { video: { minute: 2 }, image: { minute: 1 } } });
  const as = (id: string, cost: string) => ask(one, cost, { consumer: { id, credentials: [] } });
  t.same(await as('bob', 'image=1'), [200, '2', '2', 'ok']);
  t.same(await as('bob', 'video=1, image=1'), [429, '1', '2', '']);
  t.same(await as('bob', 'video=1'), [200, '1', '2', 'ok'], 'the rejected response was not charged');
  t.same(await as('ann', 'video=1'), [200, '1', '2', 'ok']);
});

t.test('refuseEarly rejects at exactly 0, not below, as in Kong', async (t) => {
  for (const [spent, next] of [
    ['video=5', ["429 API rate limit exceeded for 'video'"]],
    ['video=7', [200, '0', '-2', 'ok']],
  ] as const) {
    const one = costing({ refuseEarly: true });
    await ask(one, spent);
    t.same(await ask(one, null), next);
  }
});
