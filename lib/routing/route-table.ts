/**
 * The routes as a table to look things up in, made once, at start-up: every path of every route is a way in of its own,
 * with its place in the order.
 *
 * The table goes by host (exact, wildcards by their labels, any) and in each by path prefix: a sorted list in which
 * every prefix knows the longest other one inside it. Regular expressions hang under the literal text they begin with.
 * A radix tree was rejected: more code, no faster.
 */
import type { RouteSettings, Settings } from '../config/types.ts';
import { pathBytes } from '../core/url-path.ts';
import { compilePattern } from '../core/regex.ts';
import type { Pattern } from '../core/regex.ts';
import { compareIds, hasPort, isWild, rankKeys } from './priority.ts';

export interface Match {
  readonly route: RouteSettings;
  /** The text that the route's path matched, normalised; "" where it has none. */
  readonly matchedPath: string;
  /** What its regular expression found; null where it has none. */
  readonly captures: RegExpExecArray | null;
}
export interface Hit {
  /** Place in the order: 0 is asked first. */
  rank: number;
  readonly match: Match;
}
export interface Way extends Hit {
  readonly methods: readonly string[];
  readonly headers: readonly (readonly [name: string, values: readonly string[], pattern: Pattern | null])[];
  /** What every path it takes begins with. */
  readonly prefix: string;
  readonly pattern: Pattern | null;
}
export interface Stem {
  readonly prefix: string;
  /** Best first. */
  readonly ways: Way[];
  /** The longest other prefix that this one begins with. */
  readonly inner: Stem | null;
}
export interface Router {
  readonly only: Match | null;
  readonly hosts: ReadonlyMap<string, readonly Stem[]>;
  readonly anyHost: readonly Stem[];
  readonly ports: boolean;
  readonly wildcards: boolean;
}

/** The text a pattern certainly begins with: what stands before the first special or repeated character. */
const literalPrefix = (source: string): string =>
  source.includes('|') || source.startsWith('(?i)')
    ? ''
    : /^\^?((?:(?:[\w/%~@:,-]|\\[./-])(?![?*+{]))*)/.exec(source)![1]!.replaceAll('\\', '');

function makeWay(route: RouteSettings, path: string): Way {
  const source = pathBytes(path).replace(/^~/, '');
  const regex = path.startsWith('~');
  const prefix = regex ? literalPrefix(source) : source;
  return {
    rank: 0,
    match: { route, matchedPath: prefix, captures: null },
    methods: route.methods,
    headers: route.headers.map(([name, values]) => {
      const [only = ''] = values;
      const pattern =
        values.length === 1 && only.startsWith('~*')
          ? compilePattern(only.slice(2), false, false, 'i')
          : null;
      return [name, values.map((value) => value.toLowerCase()), pattern];
    }),
    prefix,
    pattern: regex ? compilePattern(source, true) : null,
  };
}

const pushTo = <K>(map: Map<K, Way[]>, key: K, way: Way): void => {
  const known = map.get(key);
  if (known) known.push(way);
  else map.set(key, [way]);
};

function makeStems(ways: readonly Way[]): Stem[] {
  const byPrefix = new Map<string, Way[]>();
  for (const way of ways) pushTo(byPrefix, way.prefix, way);
  const stems: Stem[] = [];
  for (const prefix of [...byPrefix.keys()].sort()) {
    let inner = stems.at(-1) ?? null;
    while (inner && !prefix.startsWith(inner.prefix)) inner = inner.inner;
    stems.push({ prefix, ways: byPrefix.get(prefix)!, inner });
  }
  return stems;
}

/** Throws where a pattern is faulty: check-config asks routePatternFault first. */
export function compileRoutes(routes: readonly RouteSettings[], flavor: Settings['routerFlavor']): Router {
  const ranked = routes
    .flatMap((route) =>
      (route.paths.length > 0 ? route.paths : ['']).map((path) => ({
        way: makeWay(route, path),
        keys: rankKeys(route, path, flavor),
      })),
    )
    .sort((a, b) => {
      for (const [index, key] of a.keys.entries()) if (key !== b.keys[index]) return b.keys[index]! - key;
      return compareIds(a.way.match.route.id, b.way.match.route.id, flavor);
    });
  const byHost = new Map<string, Way[]>();
  const anyHost: Way[] = [];
  for (const [rank, { way }] of ranked.entries()) {
    way.rank = rank;
    const { hosts } = way.match.route;
    if (hosts.length === 0) anyHost.push(way);
    // A name written in capitals is asked for in small letters, but where Kong's profiles hand over what was sent.
    for (const host of new Set(hosts.flatMap((name) => [name, name.toLowerCase()])))
      pushTo(byHost, host, way);
  }
  const names = [...byHost.keys()];
  const lone = ranked.length === 1 ? anyHost[0] : undefined;
  return {
    only:
      lone && lone.prefix === '' && !lone.pattern && lone.methods.length + lone.headers.length === 0
        ? lone.match
        : null,
    hosts: new Map([...byHost].map(([host, ways]) => [host, makeStems(ways)])),
    anyHost: makeStems(anyHost),
    ports: names.some(hasPort),
    wildcards: names.some(isWild),
  };
}
