/** Headers on their way through: no forgery gets past, and nothing else is lost or changed. */
import t from 'tap';
import fc from 'fast-check';
import { pathAtOrigin, forwardPlainHeaders } from '../../lib/http/headers.ts';
import type { Context } from '../../lib/core/request.ts';
import { checkConfig } from '../../lib/config/settings.ts';
import { callTo } from '../support/journeys.ts';

const TOLD = { forwardedHeaders: 'all', requestId: true } as const;

const OURS = [
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-request-id',
  'x-real-ip',
  'forwarded',
];
const HOP = ['connection', 'proxy-connection', 'proxy-authorization', 'expect', 'keep-alive', 'te'];
const caseless = (name: string): fc.Arbitrary<string> =>
  fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((ups) =>
    name
      .split('')
      .map((letter, i) => (ups[i] ? letter.toUpperCase() : letter))
      .join(''),
  );
const name = fc.oneof(
  fc.constantFrom(...OURS, ...HOP, 'accept', 'cookie', 'x-mine', 'x-hop').chain(caseless),
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/),
);
const sent = fc.array(
  fc.tuple(
    name,
    fc.constantFrom('6.6.6.6', 'v', 'a, b', 'x-hop, close', 'X-Mine', 'x-forwarded-for', 'upgrade'),
  ),
  { maxLength: 10 },
);
const ORIGIN = checkConfig({ origins: ['http://o/base'] }).pools[0]!.origins[0]!;
const RUNS = { numRuns: 3000, seed: 20261122 };

const CALL = callTo(
  '/',
  {},
  {
    peerIp: '203.0.113.7',
    clientIp: '203.0.113.7',
    scheme: 'https',
    host: 'public.example',
    id: 'f'.repeat(32),
  },
);

function rewritten(
  pairs: readonly (readonly [string, string])[],
  context: Context = CALL,
): { before: Headers; after: Headers } {
  const before = new Headers();
  for (const [one, value] of pairs) before.append(one, value);
  const after = new Headers(before);
  forwardPlainHeaders(TOLD)(after as never, { ...context, headers: before as never });
  return { before, after };
}

t.test('what the origin is told of the caller is the truth, whatever the caller wrote', async (t) => {
  fc.assert(
    fc.property(sent, (pairs) => {
      const { after } = rewritten(pairs);
      return (
        after.get('x-forwarded-for') === '203.0.113.7' &&
        after.get('x-forwarded-proto') === 'https' &&
        after.get('x-forwarded-host') === 'public.example' &&
        !(after.get('x-real-ip') ?? '').includes('6.6.6.6') &&
        !after.has('forwarded') &&
        !after.has('proxy-authorization')
      );
    }),
    RUNS,
  );
  t.pass();
});

t.test('all that is neither ours nor of this hop crosses unchanged', async (t) => {
  fc.assert(
    fc.property(sent, (pairs) => {
      const { before, after } = rewritten(pairs);
      const named = (before.get('connection') ?? '')
        .toLowerCase()
        .split(',')
        .map((token) => token.trim());
      for (const [one, value] of before)
        if (
          !OURS.includes(one) &&
          !HOP.includes(one) &&
          !named.includes(one) &&
          // Two Cookie lines come joined with a comma, and leave as one list.
          after.get(one) !== (one === 'cookie' ? value.replaceAll(', ', '; ') : value)
        )
          return false;
      return [...after.keys()].every((one) => before.has(one) || OURS.includes(one));
    }),
    RUNS,
  );
  t.pass();
});

t.test('a Location is rewritten to the public host, or left alone, and never in part', async (t) => {
  const location = fc
    .array(
      fc.constantFrom(
        'http://o',
        'http://o:80',
        '/',
        'base',
        'http:',
        '//',
        'o',
        '.evil',
        '?a',
        '#b',
        '@',
        '1',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(location, (written) => {
      const headers = new Headers({ location: written });
      const path = pathAtOrigin(headers.get('location') ?? '', ORIGIN);
      const told = path === null ? written.trim() : 'https://public.example' + path;
      if (told === written.trim()) return true;
      const before = new URL(written, 'http://caller');
      const after = new URL(told, 'http://caller');
      return (
        before.host === 'o' &&
        after.host === 'public.example' &&
        (before.pathname.endsWith(after.pathname) || before.pathname === '/base')
      );
    }),
    RUNS,
  );
  t.pass();
});
