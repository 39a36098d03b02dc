import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { packEntry, unpackEntry, withUse } from '../../../lib/auth/packed-entry.ts';
import { verifySettings } from '../../support/auth.ts';
import { testProperty } from '../../support/property.ts';

const VERIFY = verifySettings({ upstreamHeaders: { 'x-plan': '/plan', 'x-quota': '/quota' } });
/** A valid header value. */
const value = fc.stringMatching(/^[\x20-\x7eäß€]{1,20}$/);
const id = fc.stringMatching(/^[\x21-\x7e]{1,40}$/);
const names = { id, username: value, customId: value, credentials: fc.constant([]) };
const consumer = fc.record(names, { requiredKeys: ['id', 'credentials'], noNullPrototype: true });
const entry = fc.record({
  good: fc.constant(true),
  consumer: fc.option(consumer),
  headers: fc.tuple(fc.option(value), fc.option(value)),
  freshUntil: fc.integer({ min: 0, max: 2 ** 40 - 1 }).map((at) => at * 10),
  lifeMs: fc.integer({ min: 0, max: 3_153_600_000 }).map((life) => life * 10),
  failedAt: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 45 })),
});

testProperty('unpackEntry restores what packEntry packed', [entry, fc.boolean()], 500, (made, used) => {
  const headers = VERIFY.upstreamHeaders.map(([name], i) => [name, made.headers[i] ?? null] as const);
  const whole = { ...made, headers };
  return isDeepStrictEqual(unpackEntry(withUse(packEntry(whole), used), VERIFY), whole);
});

t.test('a bad entry is ten characters; withUse returns the same string if nothing changes', async (t) => {
  const unknown = { good: false, consumer: null, headers: [] };
  const bad = { ...unknown, freshUntil: 1e12 + 9.7, lifeMs: 9876, failedAt: 0 };
  const packed = packEntry(bad);
  t.equal(packed.length, 10);
  const rounded = { ...bad, freshUntil: 1e12, lifeMs: 9870 };
  t.same(unpackEntry(packed, VERIFY), rounded, 'never longer than its lifetime');
  t.equal(withUse(packed, false), packed);
  t.not(withUse(packed, true), packed);
  t.equal(withUse(withUse(packed, true), false), packed);
});
