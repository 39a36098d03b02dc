/** Routing: there is always an answer, and it is that of a slow and obvious matcher. */
import fc from 'fast-check';
import { anyText } from '../support/any-text.ts';
import { testProperty } from '../support/property.ts';
import { routerOf, settingsOf } from '../support/router.ts';
import { slowRoute } from '../support/slow-router.ts';

const anyRoute = routerOf([
  { hosts: ['*.a', 'b.*', 'c:80'], paths: ['/', '~/x(.*)y'] },
  { paths: ['/caf\u00e9', '~[^/]+'], headers: { h: ['~*a.*b.*c'] } },
]);
const text = fc.oneof(fc.string(), anyText, fc.constantFrom('%', '%e9', '.', '..', ':', '[', '*', '@'));
testProperty('whatever is asked, there is an answer', [fc.array(text), fc.array(text)], 100, (host, path) => {
  anyRoute({ host: host.join('.'), path: '/' + path.join('') });
});

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 2 });
const label = fc.constantFrom('a', 'b', 'a.b', 'b.a');
const port = fc.constantFrom('', ':80', ':81');
const host = fc
  .tuple(fc.constantFrom('', '*.'), label, fc.constantFrom('', '.*'), port)
  .filter(([left, , right]) => left === '' || right === '')
  .map((parts) => parts.join(''));
const path = fc
  .array(fc.constantFrom('a', 'b', '/', 'ab'), { maxLength: 4 })
  .map((parts) => ('/' + parts.join('')).replace(/\/+/g, '/'));
const regex = fc.constantFrom('~/a', '~/ab?', '~/(a|b)', '~/a/[^/]+', '~/', '~/a|/b', '~/\\w+$', '~/a\\/b');
const method = fc.constantFrom('GET', 'POST');
const headersOf = <T>(values: fc.Arbitrary<T>) =>
  fc.dictionary(fc.constantFrom('x', 'y'), values, { maxKeys: 2, noNullPrototype: true });
const pattern = fc.constantFrom('1', 'A', '~*^[a-c]');
const route = fc.record({
  hosts: some(host),
  paths: some(fc.oneof(path, regex)),
  methods: some(method),
  headers: headersOf(fc.array(pattern, { minLength: 1, maxLength: 2 })),
  regexPriority: fc.nat({ max: 1 }),
  id: fc.constantFrom('1', '2', '3'),
});
const asked = fc.record({
  method,
  host: fc.tuple(label, port).map((parts) => parts.join('')),
  path,
  headers: headersOf(fc.constantFrom('1', 'a', 'd')),
});
const routesOf = fc.array(route, { minLength: 1, maxLength: 8 });
const asksOf = fc.array(asked, { minLength: 1, maxLength: 6 });
const title = 'the table agrees with a slow and obvious matcher: what matches, and which of several wins';
testProperty(title, [routesOf, asksOf, fc.boolean()], 2000, (routes, asks, traditional) => {
  const named = routes.map((one, i) => ({ ...one, name: `r${i}` }));
  const settings = settingsOf(named);
  const match = routerOf(named, traditional ? 'traditional' : 'traditional_compatible');
  for (const ask of asks) {
    const slow = slowRoute(settings, traditional, ask);
    const fast = match(ask)?.route.name ?? null;
    if (slow !== fast) throw new Error(`${JSON.stringify(ask)}: ${fast} instead of ${slow}`);
  }
});
