import t from 'tap';
import { race } from '../../../lib/race.ts';
import { callTo, worldOf } from '../../support/journeys.ts';
import type { Step } from '../../support/scripted-origins.ts';

const lost = Object.assign(new Error('Network connection lost.'), { retryable: true });
const inside = new Error('internal error; reference = x');

/** What is noted of a first attempt that ends so, where a second one goes well. */
const CASES: [what: string, first: Step | Error, noted: object][] = [
  ['a connection that broke', lost, { error: 'refused_or_reset' }],
  ['a name without an address', inside, { error: 'dns' }],
  ['no headers in time', { after: Infinity }, { error: 'timeout' }],
  ['an error of its own', { status: 500 }, { error: 'status', status: 500 }],
  ['an overload', { status: 503 }, { error: 'status', status: 503 }],
  ['the platform: reset', { status: 520 }, { error: 'reset', status: 520 }],
  ['the platform: refused', { status: 521 }, { error: 'refused', status: 521 }],
  ['the platform: connect timed out', { status: 522 }, { error: 'timeout', status: 522 }],
  ['the platform: certificate', { status: 526 }, { error: 'tls', status: 526 }],
  ['the platform: name', { status: 530 }, { error: 'dns', status: 530 }],
];

for (const [what, first, noted] of CASES)
  t.test(`an attempt that another origin rescued is noted: ${what}`, async (t) => {
    const step = first instanceof Error ? { lost: true } : first;
    const world = worldOf({ a: [step], b: [{}] }, { balance: 'round-robin', timeoutMs: 300, hedge: false });
    const { fetch } = world.runtime;
    const runtime =
      first instanceof Error
        ? {
            ...world.runtime,
            fetch: (...args: Parameters<typeof fetch>) =>
              String(args[0]).startsWith('http://a/') ? Promise.reject(first) : fetch(...args),
          }
        : world.runtime;
    const context = callTo('/');
    void race(context, runtime, world.to);
    await world.runtime.advance(310);
    t.equal(context.origin?.host, 'b');
    t.same(JSON.parse(JSON.stringify(context.failed)), [{ origin: 'http://a', ...noted }]);
  });

t.test(
  'nothing is noted of a good answer, of a hedge that lost, or of the answer that the caller gets',
  async (t) => {
    const cases: Parameters<typeof worldOf>[] = [
      [{ a: [{}], b: [{}] }],
      [{ a: [{ status: 429 }] }, { retries: 0 }],
      [
        { a: [{ after: 150 }], b: [{ after: Infinity }] },
        { balance: 'round-robin', hedge: { afterMs: 100, budgetPercent: 100 } },
      ],
    ];
    for (const args of cases) {
      const world = worldOf(...args);
      const context = callTo('/');
      void race(context, world.runtime, world.to);
      await world.runtime.advance(200);
      t.ok(context.origin);
      t.equal(context.failed, null);
    }
  },
);

t.test('a refusal has every attempt, the first one first', async (t) => {
  const world = worldOf({ a: [{ lost: true }], b: [{ status: 521 }] }, { balance: 'round-robin' });
  const context = callTo('/');
  void race(context, world.runtime, world.to);
  await world.runtime.advance(500);
  t.equal(context.origin, null);
  t.match(context.failed?.slice(0, 2), [
    { origin: 'http://a', error: 'refused_or_reset' },
    { origin: 'http://b', error: 'refused' },
  ]);
});
