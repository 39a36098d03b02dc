/** Routing: there is always an answer, and it is that of a slow and obvious matcher. */
import fc from 'fast-check';
import t from 'tap';
import { anyText } from '../support/any-text.ts';
import { routerOf, settingsOf } from '../support/router.ts';
import { slowRoute } from '../support/slow-router.ts';

t.test('whatever is asked, there is an answer', async () => {
  const match = routerOf([
    { hosts: ['*.a', 'b.*', 'c:80'], paths: ['/', '~/x(.*)y'] },
    { paths: ['/caf\u00e9', '~[^/]+'], headers: { h: ['~*a.*b.*c'] } },
  ]);
  const text = fc.oneof(fc.string(), anyText, fc.constantFrom('%', '%e9', '.', '..', ':', '[', '*', '@'));
  fc.assert(
    fc.property(fc.array(text), fc.array(text), (host, path) => {
      match({ host: host.join('.'), path: '/' + path.join('') });
    }),
  );
});

t.test('the table agrees with a slow and obvious matcher', async () => {
  const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 2 });
  const label = fc.constantFrom('a', 'b', 'a.b', 'b.a');
  const host = fc.tuple(
    fc.constantFrom('', '*.'),
    label,
    fc.constantFrom('', '.*'),
    fc.constantFrom('', ':80', ':81'),
  );
  const hostPattern = host
    .filter(([left, , right]) => left === '' || right === '')
    .map((parts) => parts.join(''));
  const path = fc
    .array(fc.constantFrom('a', 'b', '/', 'ab'), { maxLength: 4 })
    .map((parts) => ('/' + parts.join('')).replace(/\/+/g, '/'));
  const regex = fc.constantFrom('~/a', '~/ab?', '~/(a|b)', '~/a/[^/]+', '~/', '~/a|/b', '~/\\w+$', '~/a\\/b');
  const headers = fc.dictionary(
    fc.constantFrom('x', 'y'),
    fc.array(fc.constantFrom('1', 'A', '~*^[a-c]'), { minLength: 1, maxLength: 2 }),
    { maxKeys: 2, noNullPrototype: true },
  );
  const route = fc.record({
    hosts: some(hostPattern),
    paths: some(fc.oneof(path, regex)),
    methods: some(fc.constantFrom('GET', 'POST')),
    headers,
    regexPriority: fc.nat({ max: 1 }),
    id: fc.constantFrom('1', '2', '3'),
  });
  const asked = fc.record({
    method: fc.constantFrom('GET', 'POST'),
    host: fc.tuple(label, fc.constantFrom('', ':80', ':81')).map((parts) => parts.join('')),
    path,
    headers: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', 'a', 'd'), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
  });
  fc.assert(
    fc.property(
      fc.array(route, { minLength: 1, maxLength: 8 }),
      fc.array(asked, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (routes, asks, traditional) => {
        const named = routes.map((one, i) => ({ ...one, name: `r${i}` }));
        const settings = settingsOf(named);
        const match = routerOf(named, traditional ? 'traditional' : 'traditional_compatible');
        for (const ask of asks) {
          const slow = slowRoute(settings, traditional, ask);
          const fast = match(ask)?.route.name ?? null;
          if (slow !== fast) throw new Error(`${JSON.stringify(ask)}: ${fast} instead of ${slow}`);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
