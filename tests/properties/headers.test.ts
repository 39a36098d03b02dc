/** Forwarded headers: none can be forged, and no other is lost or changed. */
import fc from 'fast-check';
import { pathAtOrigin, forwardPlainHeaders } from '../../lib/http/headers.ts';
import { originOf } from '../support/config.ts';
import { callTo } from '../support/context.ts';
import { testProperty } from '../support/property.ts';
import { words } from '../support/words.ts';

const SENT = { forwardedHeaders: 'all', requestId: true } as const;
const OURS = words`x-forwarded-for x-forwarded-proto x-forwarded-host x-request-id x-real-ip forwarded`;
const DROPPED = words`forwarded proxy-authorization proxy-connection expect`;
const HOP = [...DROPPED, 'connection', 'keep-alive', 'te'];
const RUNS = 3000;

const caseless = (name: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
    .map((ups) => Array.from(name, (letter, i) => (ups[i] ? letter.toUpperCase() : letter)).join(''));
const name = fc.oneof(
  fc.constantFrom(...OURS, ...HOP, 'accept', 'cookie', 'x-mine', 'x-hop').chain(caseless),
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/),
);
const VALUES = ['6.6.6.6', 'v', 'a, b', 'x-hop, close', 'X-Mine', 'x-forwarded-for', 'upgrade'];
const sent = fc.array(fc.tuple(name, fc.constantFrom(...VALUES)), { maxLength: 10 });

const CALL = callTo('/', {}, { scheme: 'https', host: 'public.example' });

function rewritten(pairs: readonly (readonly [string, string])[]): { before: Headers; after: Headers } {
  const before = new Headers();
  for (const [one, value] of pairs) before.append(one, value);
  const after = new Headers(before);
  forwardPlainHeaders(SENT)(after as never, { ...CALL, headers: before as never });
  return { before, after };
}

testProperty(
  'the origin gets the true address, scheme and host, and no hop-by-hop header, whatever the caller sends',
  [sent],
  RUNS,
  (pairs) => {
    const { after } = rewritten(pairs);
    return (
      after.get('x-forwarded-for') === '203.0.113.7' &&
      after.get('x-forwarded-proto') === 'https' &&
      after.get('x-forwarded-host') === 'public.example' &&
      !(after.get('x-real-ip') ?? '').includes('6.6.6.6') &&
      DROPPED.every((one) => !after.has(one))
    );
  },
);

testProperty(
  'headers that are not hop-by-hop or set by the gateway are forwarded unchanged',
  [sent],
  RUNS,
  (pairs) => {
    const { before, after } = rewritten(pairs);
    const named = (before.get('connection') ?? '').toLowerCase().split(/\s*,\s*/);
    const mayChange = new Set([...OURS, ...HOP, ...named]);
    for (const [one, value] of before) {
      // Two Cookie lines arrive joined with a comma, and are forwarded as one list.
      const forwarded = one === 'cookie' ? value.replaceAll(', ', '; ') : value;
      if (!mayChange.has(one) && after.get(one) !== forwarded) return false;
    }
    return [...after.keys()].every((one) => before.has(one) || OURS.includes(one));
  },
);

const ORIGIN = originOf('http://o/base');
const PARTS = ['http://o', 'http://o:80', '/', 'base', 'http:', '//', 'o', '.evil', '?a', '#b', '@', '1'];
const location = fc.array(fc.constantFrom(...PARTS), { maxLength: 6 }).map((parts) => parts.join(''));
const title = 'a Location is rewritten to the public host or not changed, never in part';
testProperty(title, [location], RUNS, (written) => {
  const path = pathAtOrigin(new Headers({ location: written }).get('location') ?? '', ORIGIN);
  const sentLocation = path === null ? written.trim() : 'https://public.example' + path;
  if (sentLocation === written.trim()) return true;
  const before = new URL(written, 'http://caller');
  const after = new URL(sentLocation, 'http://caller');
  return (
    before.host === 'o' &&
    after.host === 'public.example' &&
    (before.pathname.endsWith(after.pathname) || before.pathname === '/base')
  );
});
