import t from 'tap';
import { canaryPool } from '../../../lib/routing/canary.ts';
import type { RouteSettings } from '../../../lib/config/types.ts';
import { xxh32 } from '../../../lib/core/xxhash.ts';
import type { Context } from '../../../lib/core/request.ts';
import { routeOf } from '../../support/config.ts';
import { callTo, type Parts } from '../../support/context.ts';

const OLD = 0;
const NEW = 1;

function routeWith(percent: number, header?: string): RouteSettings {
  const canary = { pool: 'next', percent, ...(header === undefined ? {} : { header }) };
  const pools = { old: { origins: ['http://a'] }, next: { origins: ['http://b'] } };
  return routeOf({ pool: 'old', canary }, { pools });
}
const consumer = (id: string): Parts => ({ consumer: { id, credentials: [] } });
const taken = (route: RouteSettings, callers: readonly Context[]) =>
  callers.map((caller) => canaryPool(route, NEW, caller) === NEW);
const count = (sides: boolean[]) => sides.filter(Boolean).length;

const call = callTo('/');
const callers = (partsOf: (i: number) => Partial<Context>): Context[] =>
  Array.from({ length: 10_000 }, (_, i) => ({ ...call, ...partsOf(i) }));
const CALLERS = {
  consumers: callers((i) => consumer(`customer-${i}`)),
  credentials: callers((i) => ({ credentialId: (i * 7919).toString(16).padStart(64, '0') })),
  addresses: callers((i) => {
    const client = `10.${i >> 8}.${i & 255}.7`;
    return { caller: { peer: client, client } };
  }),
};

t.test('the share is accurate within 1 % over 10,000 callers of each kind', async (t) => {
  for (const [kind, all] of Object.entries(CALLERS))
    for (const [percent, off] of [
      [0, 0],
      [1, 1],
      [25, 1],
      [90, 1],
      [100, 0],
    ] as const) {
      const share = (100 * count(taken(routeWith(percent), all))) / all.length;
      t.ok(Math.abs(share - percent) <= off, `${kind}: ${percent} % configured, ${share} % measured`);
    }
});

t.test('raising the share moves no caller back, lowering it moves no caller over', async (t) => {
  const some = CALLERS.consumers.slice(0, 2000);
  let before = taken(routeWith(0), some);
  for (const percent of [0.5, 1, 5, 20, 99.5, 100]) {
    const now = taken(routeWith(percent), some);
    t.ok(
      before.every((side, i) => now[i] === true || !side),
      `at ${percent} %`,
    );
    t.ok(count(now) > count(before), 'some are added');
    before = now;
  }
});

t.test('the consumer decides, then the credential, then the address', async (t) => {
  const route = routeWith(50);
  const addresses = Array.from({ length: 64 }, (_, i) => `192.0.2.${i}`);
  const CASES: [what: string, sides: number, caller: (clientIp: string) => Parts][] = [
    ['one consumer, many keys and addresses', 1, (ip) => ({ ...consumer('ada'), credentialId: ip })],
    ['one key, many addresses', 1, () => ({ credentialId: 'k1' })],
    ['many addresses', 2, () => ({})],
    ['anonymous callers count by address', 2, () => ({ ...consumer('anonymous'), anonymous: true })],
  ];
  for (const [what, sides, caller] of CASES) {
    const calls = addresses.map((clientIp) => callTo('/', {}, { ...caller(clientIp), clientIp }));
    t.equal(new Set(taken(route, calls)).size, sides, what);
  }
});

t.test('the configured header overrides the share if it is "always" or "never"', async (t) => {
  for (const [percent, value, side, header] of [
    [0, 'always', NEW, 'X-Canary'],
    [100, 'never', OLD, 'X-Canary'],
    // Any other value: the share decides.
    [0, 'yes', OLD, 'X-Canary'],
    [100, 'yes', NEW, 'X-Canary'],
    // A header that the route does not configure is ignored.
    [0, 'always', OLD],
  ] as const) {
    const context = callTo('/', { headers: { 'x-canary': value } });
    t.equal(canaryPool(routeWith(percent, header), NEW, context), side, `${value}, ${percent} %`);
  }
});

t.test("the canary's callers are spread evenly over a hash ring of the same identities", async (t) => {
  const route = routeWith(10);
  const sides = taken(route, CALLERS.consumers);
  const quarters = [0, 0, 0, 0];
  for (const [i, { consumer: who }] of CALLERS.consumers.entries())
    if (sides[i]) quarters[Math.floor(xxh32(who!.id) / 2 ** 30)]!++;
  t.ok(Math.min(...quarters) > count(sides) / 8, `${quarters.join(', ')} in the quarters of the ring`);
});
