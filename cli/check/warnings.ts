/**
 * Warnings: what is valid but probably a mistake. Each rule gets a valid configuration and returns lines that begin
 * with the setting's path, as errors do.
 */
import { isIP } from 'node:net';
import type { Config, Origin, Pool, RouteSettings, Settings } from '../../lib/config/types.ts';
import { isPrivateName } from '../private-names.ts';
import { rankWays } from './plan.ts';

type Rule = (config: Config, settings: Settings) => Iterable<string>;

export function findWarnings(config: Config, settings: Settings): string[] {
  return RULES.flatMap((rule) => [...rule(config, settings)]);
}

/** Every list of origins with its path. */
function* originLists({ origins, pools = {}, routes = [] }: Config): Generator<[string, Pool['origins']]> {
  if (origins) yield ['origins', origins];
  for (const [name, pool] of Object.entries<Pool>(pools)) yield [`pools.${name}.origins`, pool.origins];
  for (const [i, route] of routes.entries()) if (route.origins) yield [`routes[${i}].origins`, route.origins];
}

const urlOf = (origin: string | Origin): string => (typeof origin === 'string' ? origin : origin.url);

/** Values that occur more than once, each with the index of the second occurrence. */
function* repeated(values: readonly (string | undefined)[]): Generator<[at: number, value: string]> {
  for (const [at, value] of values.entries())
    if (value !== undefined && values.indexOf(value) < at) yield [at, value];
}

function* originTwice(config: Config): Generator<string> {
  for (const [path, origins] of originLists(config))
    for (const [at, url] of repeated(origins.map((origin) => new URL(urlOf(origin)).href)))
      yield `${path}[${at}] is the same origin as another one: ${new URL(url).origin}; give one a weight instead`;
}

function* nameTwice(config: Config): Generator<string> {
  for (const [at, name] of repeated((config.routes ?? []).map((route) => route.name)))
    yield `routes[${at}].name "${name}" is another route's too: logs and metrics can't tell them apart`;
  for (const [path, origins] of originLists(config))
    for (const [at, name] of repeated(origins.map((one) => (typeof one === 'string' ? undefined : one.name))))
      yield `${path}[${at}].name "${name}" is another origin's too`;
}

function* unencrypted(config: Config): Generator<string> {
  const urls: [path: string, url: string][] = [];
  for (const [path, origins] of originLists(config))
    for (const [i, origin] of origins.entries()) urls.push([`${path}[${i}]`, urlOf(origin)]);
  for (const [path, { verify }] of placesOf(config, 'auth'))
    if (verify) urls.push([`${path}.verify.url`, verify.url]);
  for (const [path, url] of urls)
    if (/^http:/i.test(url) && isPublic(new URL(url.replaceAll(/[{}]/g, '')).hostname))
      yield `${path} goes over the internet unencrypted: use https:`;
}

/** A dotted name outside the private top-level domains, or a publicly routed address. */
function isPublic(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) === 4)
    return !/^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(
      bare,
    );
  if (isIP(bare) === 6) return !/^(?:::1?$|f[cd]|fe[89ab])/i.test(bare);
  return !isPrivateName(bare);
}

type Setting = 'auth' | 'jwt' | 'basicAuth' | 'hmacAuth' | 'cors';
type On<S extends Setting> = Exclude<NonNullable<Config[S]>, false>;

/** Where a setting is on: as the default and on routes, each with its path. */
function* placesOf<S extends Setting>(config: Config, name: S): Generator<[path: string, one: On<S>]> {
  if (config[name]) yield [name, config[name] as On<S>];
  for (const [i, route] of (config.routes ?? []).entries())
    if (route[name]) yield [`routes[${i}].${name}`, route[name] as On<S>];
}

/** The lists of a consumer's credentials, by the setting that requires one, and what is missing without any. */
const CREDENTIALS = {
  auth: [['credentials'], 'there is no verify, and no consumer has a key'],
  jwt: [['jwtKeys', 'jwtSecrets'], 'no consumer has jwtKeys or jwtSecrets'],
  basicAuth: [['logins'], 'no consumer has logins'],
  hmacAuth: [['hmacSecrets'], 'no consumer has hmacSecrets'],
} as const;

function* noCredentialKnown(config: Config): Generator<string> {
  for (const [name, [lists, missing]] of Object.entries(CREDENTIALS)) {
    const known = config.consumers?.some((consumer) => lists.some((list) => consumer[list]?.length));
    for (const [path, one] of placesOf(config, name as keyof typeof CREDENTIALS))
      if (!known && one.anonymous === undefined && !('verify' in one && one.verify))
        yield `${path} lets nobody in: ${missing}`;
  }
}

function* sharedWithoutEffect({ shared, status }: Config): Generator<string> {
  if (!shared) return;
  if (shared.verdicts && shared.revocations === false)
    yield 'shared.verdicts does nothing without shared.revocations: a revoked key would live on';
  if (shared.metrics && !status) yield 'shared.metrics does nothing without status';
}

function* literalStar({ routes = [] }: Config): Generator<string> {
  for (const [i, { paths = [] }] of routes.entries())
    for (const [j, path] of paths.entries())
      if (path.includes('*') && !path.startsWith('~'))
        yield `routes[${i}].paths[${j}] "${path}" means a literal "*": a path is a prefix already, write "${path.replace(/\*+$/, '')}"`;
}

function* unusedPool({ pools = {}, routes }: Config): Generator<string> {
  const names = Object.keys(pools);
  if (!routes && names.length < 2) return;
  const used = new Set(
    routes?.flatMap(({ pool = 'default', origins, canary, shadow }) => [
      ...(origins ? [] : [pool]),
      ...(canary ? [canary.pool] : []),
      ...(shadow ? [shadow.pool] : []),
    ]) ?? ['default'],
  );
  for (const name of names) if (!used.has(name)) yield `pools.${name} is not used by any route`;
}

function* anyOriginWithCredentials(config: Config): Generator<string> {
  for (const [path, { credentials, origins = ['*'] }] of placesOf(config, 'cors'))
    if (credentials === true && origins.includes('*'))
      yield `${path} lets every website act as the caller: credentials with any origin`;
}

function* noCatchAll({ routes }: Config, settings: Settings): Generator<string> {
  if (routes?.length && !settings.routes.some(takesAll))
    yield 'routes have none without conditions: what matches none of them is answered with 404';
}

function takesAll({ hosts, methods, headers, paths, protocols }: RouteSettings): boolean {
  const open = hosts.length === 0 && methods.length === 0 && headers.length === 0 && protocols.length !== 1;
  return open && (paths.length === 0 || paths.includes('/'));
}

/** A route all of whose paths are shadowed by routes that rank before it. */
function* neverAsked(_: Config, settings: Settings): Generator<string> {
  const ways = rankWays(settings);
  for (const [i, route] of settings.routes.entries()) {
    const takers = ways.flatMap((way, at) =>
      way.route === route
        ? [ways.slice(0, at).find((before) => before.route !== route && covers(before, way))?.route]
        : [],
    );
    const [taker] = takers;
    if (taker && !takers.includes(undefined))
      yield `routes[${i}] never gets a request: ${taker.name || taker.id} takes all of them`;
  }
}

interface Way {
  readonly route: RouteSettings;
  readonly path: string;
}

function covers(before: Way, way: Way): boolean {
  const { hosts, methods, headers, protocols } = before.route;
  const within = <T>(all: readonly T[], some: readonly T[]): boolean =>
    all.length === 0 || (some.length > 0 && some.every((one) => all.includes(one)));
  const isPrefix = !before.path.startsWith('~') && way.path.startsWith(before.path);
  const sameHeaders = headers.every((header) =>
    way.route.headers.some((other) => JSON.stringify(other) === JSON.stringify(header)),
  );
  return (
    (isPrefix || before.path === way.path) &&
    sameHeaders &&
    within(hosts, way.route.hosts) &&
    within(methods, way.route.methods) &&
    within(protocols, way.route.protocols)
  );
}

const RULES: readonly Rule[] = [
  neverAsked,
  nameTwice,
  literalStar,
  unusedPool,
  originTwice,
  unencrypted,
  noCredentialKnown,
  sharedWithoutEffect,
  anyOriginWithCredentials,
  noCatchAll,
];
