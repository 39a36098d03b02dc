import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { packEntry, unpackEntry, withUse } from '../../../lib/auth/packed-entry.ts';
import { verifySettings } from '../../support/auth.ts';

const VERIFY = verifySettings({
  upstreamHeaders: Object.entries({ 'x-plan': '/plan', 'x-quota': '/quota' }),
});
/** What may stand in a header. */
const value = fc.option(fc.stringMatching(/^[\x20-\x7eäß€]{1,20}$/));
const consumer = fc.record({
  id: fc.stringMatching(/^[\x21-\x7e]{1,40}$/),
  username: value,
  customId: value,
});
const entry = fc.record({
  good: fc.constant(true),
  consumer: fc.option(consumer),
  headers: fc.tuple(value, value),
  freshUntil: fc.integer({ min: 0, max: 2 ** 40 - 1 }).map((at) => at * 10),
  lifeMs: fc.integer({ min: 0, max: 3_153_600_000 }).map((life) => life * 10),
  failedAt: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 45 })),
});

t.test('what is packed comes out again', async () => {
  fc.assert(
    fc.property(entry, fc.boolean(), (made, used) => {
      const { consumer: who } = made;
      const whole = {
        ...made,
        consumer: who && {
          id: who.id,
          ...(who.username !== null && { username: who.username }),
          ...(who.customId !== null && { customId: who.customId }),
          credentials: [],
        },
        headers: VERIFY.upstreamHeaders.map(([name], i) => [name, made.headers[i] ?? null] as const),
      };
      const packed = withUse(packEntry(whole), used);
      return isDeepStrictEqual(unpackEntry(packed, VERIFY), whole);
    }),
    { seed: 20261127, numRuns: 500 },
  );
});

t.test(
  'a bad key is ten characters, and use is told without another string where it is so already',
  async (t) => {
    const nobody = { good: false, consumer: null, headers: [] };
    const bad = { ...nobody, freshUntil: 1e12 + 9.7, lifeMs: 9876, failedAt: 0 };
    const packed = packEntry(bad);
    t.equal(packed.length, 10);
    const rounded = { ...bad, freshUntil: 1e12, lifeMs: 9870 };
    t.same(unpackEntry(packed, VERIFY), rounded, 'never longer than promised');
    t.equal(withUse(packed, false), packed);
    t.not(withUse(packed, true), packed);
    t.equal(withUse(withUse(packed, true), false), packed);
  },
);
