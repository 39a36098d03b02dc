/**
 * Which rooms a configuration enters, for builds that carry no others: `npm run build -- --config FILE`.
 *
 * One plain table: a room, the settings that lead into it, and what stands in for it where none of them is used. A stand-in is JavaScript;
 * without one, each of the room's functions does nothing and says null, which is enough for those that are never reached.
 * `checked` rooms give what they would make of a setting that was left out. Rooms that are not here are always needed.
 */
import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';
import { placesUsing } from '../lib/left-out.ts';
import { markComments } from './keep-comments.ts';
import { ROOT } from './paths.ts';

interface Room {
  /** Settings at any depth: "auth", or one of their values: "balance=race"; "kong=false" where that is a mistake which the room refuses. */
  readonly enteredBy: readonly string[];
  /** Whether they lead into it even where they are `false`. */
  readonly named?: boolean;
  readonly standIn?: string;
  /** A stand-in too long for the table: a file in tools/stand-ins, which becomes a chapter of its own. */
  readonly file?: string;
  /** Names of its checkers, each replaced by its default. */
  readonly checked?: readonly string[];
}

export const KEYS = ['auth', 'consumers', 'consumers=false'];
export const LIMITS = ['rateLimit', 'consumerLimits', 'consumerLimits=false'];
export const HASHING = ['balance=consistent-hash'];
export const ROUTES = ['routes'];
export const KONG = ['answers=kong-3', 'answers=kong-2018'];
export const OBSERVED = ['log', 'serverTiming', 'status'];
export const BALANCING = [
  ...[
    'adaptive',
    'least-load',
    'round-robin',
    'least-connections',
    'latency',
    'consistent-hash',
    'random',
  ].map((way) => `balance=${way}`),
  ...['hashOn', 'hashFallback', 'load', 'retryOn', 'retryBudgetPercent', 'hedge', 'outlier', 'health'],
  ...['retrySame', 'threshold', 'priority', 'status'],
];
/** Whatever can be set beyond origins that race, their times and weights. */
const BEYOND = [
  ...[...KEYS, ...LIMITS, ...ROUTES, ...KONG, ...OBSERVED, ...BALANCING],
  ...['cors', 'stamp', 'trustedProxies', 'kong', 'answers', 'routerFlavor', 'rewriteLocation'],
  ...['passThroughOnException', 'probe', 'idempotencyKey', 'location', 'hostHeader', 'headers'],
  ...['canary', 'shadow'],
];

export const ROOMS: Readonly<Record<string, Room>> = {
  admit: { enteredBy: [...KEYS, ...LIMITS] },
  'auth-cache': {
    enteredBy: KEYS,
    standIn: `export const createVerdicts = () => ({ books: new Map() });
export const countVerdicts = () => ({ good: 0, bad: 0 });
export const forgetVerdict = () => 0;`,
  },
  'body-fields': { enteredBy: KEYS },
  checks: { enteredBy: KEYS },
  credentials: { enteredBy: KEYS, standIn: 'export const hideInQuery = (query) => query;' },
  flights: { enteredBy: KEYS },
  'for-one': { enteredBy: KEYS },
  identity: { enteredBy: KEYS },
  verify: { enteredBy: KEYS },
  'check-auth': { enteredBy: KEYS },
  'rate-limit': { enteredBy: LIMITS },
  'check-rate-limit': { enteredBy: LIMITS },
  routes: { enteredBy: ROUTES, standIn: 'export const matchRoute = (router) => router;' },
  'route-table': {
    enteredBy: ROUTES,
    standIn:
      "export const compileRoutes = (routes) => ({ route: routes[0], matchedPath: '', captures: null });",
  },
  ranks: { enteredBy: ROUTES },
  path: { enteredBy: [...ROUTES, ...HASHING, ...KONG] },
  rewrite: {
    enteredBy: [...ROUTES, ...KONG],
    standIn:
      'export const originPath = (route, matchedPath, path) => path;\nexport const leadBack = () => null;',
  },
  'https-only': { enteredBy: ROUTES },
  'check-route': {
    enteredBy: [...ROUTES, 'consumerLimits', 'consumerLimits=false'],
    checked: ['checkRoute'],
    standIn: `export const resolveRoute = (route, path, defaults, pools) => {
  const named = pools.findIndex(({ name }) => name === 'default');
  const pool = named < 0 && pools.length === 1 ? 0 : named;
  return Object.freeze({ ...route, ...defaults, name: 'default', id: 'default', pool });
};`,
  },
  canary: { enteredBy: ['canary'], standIn: 'export const canaryPool = (route) => route.pool;' },
  shadow: { enteredBy: ['shadow'] },
  'hash-on': { enteredBy: HASHING },
  'hash-ring': { enteredBy: HASHING },
  xxhash: { enteredBy: [...HASHING, ...LIMITS, 'canary'] },
  pattern: { enteredBy: [...ROUTES, 'consumerLimits', 'cors'] },
  'check-cors': { enteredBy: ['cors'], checked: ['checkCors'] },
  'check-stamp': { enteredBy: ['stamp'], checked: ['checkStamp'] },
  caller: { enteredBy: ['trustedProxies'] },
  cidr: { enteredBy: ['trustedProxies', ...HASHING], standIn: 'export const inNetworks = () => false;' },
  cors: { enteredBy: ['cors', ...KONG], file: 'open-cors.ts' },
  spoilt: {
    enteredBy: BALANCING,
    standIn: `import { refuse } from './errors.ts';
export const isSpoilt = (call, error) => error instanceof TypeError || call.upload?.stop.signal.aborted;
export const refuseSpoilt = (reason, sent) =>
  reason === 'no_origin' && sent > 0 ? refuse('bad_request', 400, 'Bad request') : null;`,
  },
  nameless: { enteredBy: KONG, standIn: 'export const lostStatus = () => 0;' },
  'host-asked': { enteredBy: ['preserveHost', 'hostHeader'] },
  'reported-load': { enteredBy: ['load'], standIn: 'export const reportedLoad = () => undefined;' },
  pointer: { enteredBy: ['load', 'field', ...KEYS] },
  trace: { enteredBy: ['log', 'trustedProxies'] },
  'kong-headers': { enteredBy: KONG },
  'kong-answers': { enteredBy: KONG },
  'check-kong': { enteredBy: ['kong', 'kong=false'], checked: ['checkKong'] },
  log: { enteredBy: OBSERVED },
  operator: { enteredBy: ['status'], standIn: 'export const isOperatorPath = () => false;' },
  report: { enteredBy: ['status'] },
  'status-page': { enteredBy: ['status'] },
  prometheus: { enteredBy: ['status'] },
  'pool-report': { enteredBy: ['status'] },
  metrics: { enteredBy: ['status'] },
  'check-status': { enteredBy: ['status'] },
  attempts: { enteredBy: BALANCING, file: 'race-only.ts' },
  moment: { enteredBy: BALANCING },
  load: { enteredBy: BALANCING },
  health: { enteredBy: BALANCING },
  budget: { enteredBy: BALANCING },
  balance: { enteredBy: BALANCING },
  journey: { enteredBy: BALANCING },
  judge: { enteredBy: BALANCING },
  check: { enteredBy: BEYOND, named: true },
  'left-out': { enteredBy: BEYOND, named: true },
  'check-origin': { enteredBy: BEYOND, named: true },
  'check-pool': { enteredBy: BEYOND, named: true },
  'check-config': { enteredBy: BEYOND, named: true, file: 'race-config.ts' },
  'check-balance': {
    enteredBy: BALANCING,
    // Those that may be `false`; any other word for a pool is unknown here.
    standIn: `const off = () => null;
export const BALANCE_FIELDS = { hedge: off, outlier: off, health: off, retrySame: off };`,
  },
};

export interface Absence {
  /** Rooms that are left out. */
  readonly rooms: readonly string[];
  /** Settings that would need one of them. */
  readonly settings: readonly string[];
}

/** What a configuration never enters. */
export function absentRooms(config: unknown): Absence {
  const all = JSON.parse(JSON.stringify(config), (_, value: unknown) => value === false || value) as unknown;
  const absent = Object.entries(ROOMS).filter(
    ([, { enteredBy, named }]) => placesUsing(enteredBy, named ? all : config).length === 0,
  );
  const settings = absent
    .flatMap(([, room]) => room.enteredBy)
    .filter((setting) => placesUsing([setting], config).length === 0);
  return { rooms: absent.map(([room]) => room), settings: [...new Set(settings)] };
}

/** The module that stands in for an absent room. */
export async function standInFor(room: string): Promise<string> {
  const { file, checked = [], standIn = file ? readStandIn(file) : '' } = ROOMS[room] ?? {};
  const path = `${ROOT}/lib/${room}.ts`;
  const exports = (await import(path)) as Record<string, unknown>;
  const given = new Set([...standIn.matchAll(/^export (?:const|function) (\w+)/gm)].map((hit) => hit[1]));
  const lines = exportedNames(path).flatMap((name) => {
    if (given.has(name)) return [];
    if (!checked.includes(name)) return [`export const ${name} = () => null;`];
    const check = exports[name] as (value: unknown, path: string, faults: string[]) => unknown;
    return [`export const ${name} = () => (${JSON.stringify(check({}, '', []))});`];
  });
  return [standIn, ...lines].join('\n');
}

/** With its comments marked, as esbuild would drop them. */
function readStandIn(file: string): string {
  const path = `${ROOT}/tools/stand-ins/${file}`;
  return markComments(path, readFileSync(path, 'utf8'), null);
}

export function exportedNames(path: string): string[] {
  const { module } = parseSync(path, readFileSync(path, 'utf8'));
  return module.staticExports.flatMap(({ entries }) =>
    entries.flatMap((entry) => (entry.isType ? [] : (entry.exportName.name ?? []))),
  );
}
