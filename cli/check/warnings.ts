/**
 * Warnings: what is valid but probably a mistake. Each rule gets a valid configuration and returns lines that begin
 * with the setting's path, as errors do.
 */
import { isIP } from 'node:net';
import type { Config, Origin, Pool, RouteSettings, Settings } from '../../lib/config/types.ts';
import { isPrivateName } from '../private-names.ts';
import { rankWays } from './plan.ts';

type Rule = (config: Config, settings: Settings) => string[];

export function findWarnings(config: Config, settings: Settings): string[] {
  return RULES.flatMap((rule) => rule(config, settings));
}

interface Listed {
  readonly path: string;
  readonly origins: readonly (string | Origin)[];
}

/** Every list of origins with its path. */
function originLists({ origins, pools = {}, routes = [] }: Config): Listed[] {
  return [
    ...(origins ? [{ path: 'origins', origins }] : []),
    ...Object.entries(pools).map(([name, pool]: [string, Pool]) => ({
      path: `pools.${name}.origins`,
      origins: pool.origins,
    })),
    ...routes.flatMap(({ origins: own }, i) => (own ? [{ path: `routes[${i}].origins`, origins: own }] : [])),
  ];
}

const urlOf = (origin: string | Origin): string => (typeof origin === 'string' ? origin : origin.url);

/** Values that occur more than once, each with the index of the second occurrence. */
function repeated(
  values: readonly (string | undefined)[],
): { readonly at: number; readonly value: string }[] {
  return values.flatMap((value, at) =>
    value !== undefined && values.indexOf(value) < at ? [{ at, value }] : [],
  );
}

const originTwice: Rule = (config) =>
  originLists(config).flatMap(({ path, origins }) =>
    repeated(origins.map((origin) => new URL(urlOf(origin)).href)).map(
      ({ at, value }) =>
        `${path}[${at}] is the same origin as another one: ${new URL(value).origin}; give one a weight instead`,
    ),
  );

const nameTwice: Rule = (config) => [
  ...repeated((config.routes ?? []).map(({ name }) => name)).map(
    ({ at, value }) =>
      `routes[${at}].name "${value}" is another route's too: logs and metrics can't tell them apart`,
  ),
  ...originLists(config).flatMap(({ path, origins }) =>
    repeated(origins.map((origin) => (typeof origin === 'string' ? undefined : origin.name))).map(
      ({ at, value }) => `${path}[${at}].name "${value}" is another origin's too`,
    ),
  ),
];

const unencrypted: Rule = (config) => {
  const warn = (path: string, url: string): string[] =>
    /^http:/i.test(url) && isPublic(new URL(url.replaceAll(/[{}]/g, '')).hostname)
      ? [`${path} goes over the internet unencrypted: use https:`]
      : [];
  return [
    ...originLists(config).flatMap(({ path, origins }) =>
      origins.flatMap((origin, i) => warn(`${path}[${i}]`, urlOf(origin))),
    ),
    ...placesOf(config, 'auth').flatMap(([path, auth]) =>
      auth.verify ? warn(`${path}.verify.url`, auth.verify.url) : [],
    ),
  ];
};

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
function placesOf<S extends Setting>(config: Config, name: S): [path: string, one: On<S>][] {
  const all = [
    [name, config[name]] as const,
    ...(config.routes ?? []).map((route, i) => [`routes[${i}].${name}`, route[name]] as const),
  ];
  return all.flatMap(([path, one]) => (one ? [[path, one as On<S>] as [string, On<S>]] : []));
}

/** The lists of a consumer's credentials, by the setting that requires one, and what is missing without any. */
const CREDENTIALS = {
  auth: [['credentials'], 'there is no verify, and no consumer has a key'],
  jwt: [['jwtKeys', 'jwtSecrets'], 'no consumer has jwtKeys or jwtSecrets'],
  basicAuth: [['logins'], 'no consumer has logins'],
  hmacAuth: [['hmacSecrets'], 'no consumer has hmacSecrets'],
} as const;

const noCredentialKnown: Rule = (config) =>
  Object.entries(CREDENTIALS).flatMap(([name, [lists, missing]]) => {
    const known = (config.consumers ?? []).some((consumer) =>
      lists.some((list) => (consumer[list] ?? []).length > 0),
    );
    return placesOf(config, name as keyof typeof CREDENTIALS).flatMap(([path, one]) =>
      known || one.anonymous !== undefined || ('verify' in one && one.verify)
        ? []
        : [`${path} lets nobody in: ${missing}`],
    );
  });

const sharedWithoutEffect: Rule = ({ shared, status }) =>
  shared
    ? [
        ...(shared.verdicts && shared.revocations === false
          ? ['shared.verdicts does nothing without shared.revocations: a revoked key would live on']
          : []),
        ...(shared.metrics && !status ? ['shared.metrics does nothing without status'] : []),
      ]
    : [];

const literalStar: Rule = ({ routes = [] }) =>
  routes.flatMap(({ paths = [] }, i) =>
    paths.flatMap((path, j) =>
      path.includes('*') && !path.startsWith('~')
        ? [
            `routes[${i}].paths[${j}] "${path}" means a literal "*": a path is a prefix already, write "${path.replace(/\*+$/, '')}"`,
          ]
        : [],
    ),
  );

const unusedPool: Rule = (config) => {
  const { pools = {}, routes } = config;
  if (!routes) return Object.keys(pools).length > 1 ? unusedOf(pools, new Set(['default'])) : [];
  const used = new Set(
    routes.flatMap(({ pool, origins, canary, shadow }) => [
      ...(origins ? [] : [pool ?? 'default']),
      ...(canary ? [canary.pool] : []),
      ...(shadow ? [shadow.pool] : []),
    ]),
  );
  return unusedOf(pools, used);
};

function unusedOf(pools: Readonly<Record<string, Pool>>, used: ReadonlySet<string>): string[] {
  return Object.keys(pools).flatMap((name) =>
    used.has(name) ? [] : [`pools.${name} is not used by any route`],
  );
}

const anyOriginWithCredentials: Rule = (config) =>
  placesOf(config, 'cors').flatMap(([path, { credentials, origins = ['*'] }]) =>
    credentials === true && origins.includes('*')
      ? [`${path} lets every website act as the caller: credentials with any origin`]
      : [],
  );

const noCatchAll: Rule = ({ routes }, settings) =>
  routes && routes.length > 0 && !settings.routes.some(takesAll)
    ? ['routes have none without conditions: what matches none of them is answered with 404']
    : [];

function takesAll({ hosts, methods, headers, paths, protocols }: RouteSettings): boolean {
  const open = hosts.length === 0 && methods.length === 0 && headers.length === 0 && protocols.length !== 1;
  return open && (paths.length === 0 || paths.includes('/'));
}

/** A route all of whose paths are shadowed by routes that rank before it. */
const neverAsked: Rule = (_, settings) => {
  const ways = rankWays(settings);
  return settings.routes.flatMap((route, i) => {
    const takers = ways.flatMap((way, at) =>
      way.route === route
        ? [ways.slice(0, at).find((before) => before.route !== route && covers(before, way))]
        : [],
    );
    const [taker] = takers;
    if (!taker || takers.includes(undefined)) return [];
    return [`routes[${i}] never gets a request: ${taker.route.name || taker.route.id} takes all of them`];
  });
};

interface Way {
  readonly route: RouteSettings;
  readonly path: string;
}

function covers(before: Way, way: Way): boolean {
  const { hosts, methods, headers, protocols } = before.route;
  const within = <T>(all: readonly T[], some: readonly T[]): boolean =>
    all.length === 0 || (some.length > 0 && some.every((one) => all.includes(one)));
  const samePath = before.path === '' || before.path === way.path || isPrefix(before.path, way.path);
  const sameHeaders = headers.every((header) =>
    way.route.headers.some((other) => JSON.stringify(other) === JSON.stringify(header)),
  );
  return (
    samePath &&
    sameHeaders &&
    within(hosts, way.route.hosts) &&
    within(methods, way.route.methods) &&
    within(protocols, way.route.protocols)
  );
}

function isPrefix(path: string, of: string): boolean {
  return !path.startsWith('~') && of.startsWith(path);
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
