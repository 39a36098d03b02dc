/** Routing: it never throws, and agrees with a slow and simple matcher. */
import fc from 'fast-check';
import type { RouteSettings } from '../../lib/config/types.ts';
import { anyText } from '../support/any-text.ts';
import { testProperty } from '../support/property.ts';
import { routerOf, settingsOf } from '../support/router.ts';

const anyRoute = routerOf([
  { hosts: ['*.a', 'b.*', 'c:80'], paths: ['/', '~/x(.*)y'] },
  { paths: ['/caf\u00e9', '~[^/]+'], headers: { h: ['~*a.*b.*c'] } },
]);
const fragment = fc.oneof(fc.string(), anyText, fc.constantFrom('%', '%e9', '.', '..', ':', '[', '*', '@'));
testProperty(
  'no host or path makes the router throw',
  [fc.array(fragment), fc.array(fragment)],
  100,
  (host, path) => {
    anyRoute({ host: host.join('.'), path: '/' + path.join('') });
  },
);

/*
 * Kong's router in its simplest form: test every path of every route against every condition, select the matches, sort
 * them by each rank in turn. lib/routing must agree with it.
 */

interface RequestParts {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const splitHost = (host: string): [string, string | null] => {
  const found = /^(.*?)(?::(\d+))?$/.exec(host)!;
  return [found[1]!, found[2] ?? null];
};

function hostMatches(pattern: string, host: string): boolean {
  const [wanted, wantedPort] = splitHost(pattern);
  const [given, givenPort] = splitHost(host);
  if (wantedPort !== null && wantedPort !== (givenPort ?? '80')) return false;
  if (wanted.startsWith('*')) return given.endsWith(wanted.slice(1)) && given.length >= wanted.length;
  if (wanted.endsWith('*')) return given.startsWith(wanted.slice(0, -1)) && given.length >= wanted.length;
  return wanted === given;
}

function pathMatches(pattern: string, path: string): boolean {
  return pattern.startsWith('~')
    ? new RegExp(`^(?:${pattern.slice(1)})`).test(path)
    : path.startsWith(pattern);
}

function headersMatch(route: RouteSettings, headers: RequestParts['headers']): boolean {
  return route.headers.every(([name, values]) => {
    const value = headers[name];
    if (value === undefined) return false;
    if (values.length === 1 && values[0]!.startsWith('~*'))
      return new RegExp(values[0]!.slice(2), 'i').test(value);
    return values.some((one) => one.toLowerCase() === value.toLowerCase());
  });
}

interface Candidate {
  readonly route: RouteSettings;
  readonly path: string;
  readonly place: number;
}
type Rank = (candidate: Candidate) => number;

const hasHosts: Rank = ({ route }) => Number(route.hosts.length > 0);
const hasHeaders: Rank = ({ route }) => Number(route.headers.length > 0);
const hasPath: Rank = ({ path }) => Number(path !== '');
const hasMethods: Rank = ({ route }) => Number(route.methods.length > 0);
const kinds: Rank = (one) => hasHosts(one) + hasHeaders(one) + hasPath(one) + hasMethods(one);
const plain: Rank = ({ route }) =>
  Number(route.hosts.length > 0 && route.hosts.every((host) => !host.includes('*')));
const headerCount: Rank = ({ route }) => route.headers.length;
const isRegex: Rank = ({ path }) => Number(path.startsWith('~'));
const priority: Rank = (one) => (isRegex(one) ? one.route.regexPriority : 0);
const length: Rank = (one) => (isRegex(one) ? 0 : one.path.length);
const wildPort: Rank = ({ route }) =>
  Number(route.hosts.some((host) => host.includes('*') && /:\d+$/.test(host)));
const submask: Rank = (one) => 4 * wildPort(one) + 2 * plain(one) + isRegex(one);

const COMPATIBLE: Rank[] = [kinds, plain, headerCount, isRegex, priority, length];
const TRADITIONAL: Rank[] = [
  kinds,
  hasHosts,
  hasHeaders,
  hasPath,
  hasMethods,
  submask,
  headerCount,
  priority,
  length,
];

/** The name of the matching route; null if there is none. */
function slowRoute(
  routes: readonly RouteSettings[],
  traditional: boolean,
  request: RequestParts,
): string | null {
  const candidates = routes
    .flatMap((route, place) =>
      (route.paths.length ? route.paths : ['']).map((path) => ({ route, path, place })),
    )
    .filter(({ route, path }) => {
      if (route.hosts.length && !route.hosts.some((host) => hostMatches(host, request.host))) return false;
      if (route.methods.length && !route.methods.includes(request.method)) return false;
      return pathMatches(path, request.path) && headersMatch(route, request.headers);
    });
  candidates.sort((a, b) => {
    for (const rank of traditional ? TRADITIONAL : COMPATIBLE)
      if (rank(a) !== rank(b)) return rank(b) - rank(a);
    if (!traditional && a.route.id !== b.route.id) return a.route.id < b.route.id ? 1 : -1;
    return a.place - b.place;
  });
  return candidates[0]?.route.name ?? null;
}

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
const request = fc.record({
  method,
  host: fc.tuple(label, port).map((parts) => parts.join('')),
  path,
  headers: headersOf(fc.constantFrom('1', 'a', 'd')),
});
const routesOf = fc.array(route, { minLength: 1, maxLength: 8 });
const requestsOf = fc.array(request, { minLength: 1, maxLength: 6 });
const title = 'the route table agrees with a slow and simple matcher on which route wins';
testProperty(title, [routesOf, requestsOf, fc.boolean()], 2000, (routes, requests, traditional) => {
  const named = routes.map((one, i) => ({ ...one, name: `r${i}` }));
  const settings = settingsOf(named);
  const match = routerOf(named, traditional ? 'traditional' : 'traditional_compatible');
  for (const request of requests) {
    const slow = slowRoute(settings, traditional, request);
    const fast = match(request)?.route.name ?? null;
    if (slow !== fast) throw new Error(`${JSON.stringify(request)}: ${fast} instead of ${slow}`);
  }
});
