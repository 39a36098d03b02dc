/** Any configuration, and any requests that its parts may care about: seeded, so that a seed tells the case again. */
import { createHash } from 'node:crypto';
import { seededRandom } from './seeded-random.ts';

export interface Dice {
  readonly below: (most: number) => number;
  readonly chance: (share: number) => boolean;
  readonly of: <T>(...list: readonly T[]) => T;
  /** The same for what is of no one type. */
  readonly one: (...list: readonly unknown[]) => unknown;
}

export function diceOf(seed: number): Dice {
  const roll = seededRandom(seed);
  for (let i = 0; i < 5; i++) roll();
  const below = (most: number): number => Math.floor(roll() * most);
  const of = <T>(...list: readonly T[]): T => list[below(list.length)]!;
  return { below, chance: (share) => roll() < share, of, one: of };
}

export type Part = Record<string, unknown>;

/** Each with some chance; what is not said stays unsaid. */
function some(dice: Dice, share: number, parts: Record<string, () => unknown>): Part {
  const made: Part = {};
  for (const [key, make] of Object.entries(parts)) if (dice.chance(share)) made[key] = make();
  return made;
}

const KEY = 'right-key';
const DIGEST = createHash('sha256').update(KEY).digest('hex');

function anyOrigin(dice: Dice): unknown {
  const host = `${dice.of('a', 'b', 'c', 'd', 'e')}.example`;
  const url = `${dice.of('https', 'https', 'http')}://${host}${dice.of('', '', '/base', ':8443')}`;
  if (dice.chance(0.5)) return url;
  return {
    url,
    ...some(dice, 0.15, {
      name: () => dice.of('one', 'two'),
      weight: () => dice.of(0, 1, 3),
      priority: () => dice.of(0, 1),
      headers: () => dice.one({}, { 'x-secret': 's' }),
      hostHeader: () => 'inner.example',
      location: () => [50, 10],
    }),
  };
}

/** No two of one site: they would answer at the same moment, and who is first were chance. */
function anyOrigins(dice: Dice): unknown[] {
  const made = Array.from({ length: 1 + dice.below(4) }, () => anyOrigin(dice));
  return [...new Map(made.map((one) => [siteOf(one), one])).values()];
}
const siteOf = (origin: unknown): string =>
  new URL(typeof origin === 'string' ? origin : (origin as { url: string }).url).origin;

const anyHash = (dice: Dice): unknown =>
  dice.one('ip', 'path', 'consumer', { header: 'x-user' }, { query: 'q' }, { cookie: 'c' }, { uriCapture: 'id' }); // prettier-ignore

function anyPool(dice: Dice, racing: boolean): Part {
  const ways = ['adaptive', 'round-robin', 'least-connections', 'latency', 'consistent-hash', 'random', 'least-load']; // prettier-ignore
  const balance = racing || dice.chance(0.25) ? 'race' : dice.chance(0.3) ? undefined : dice.of(...ways);
  return {
    origins: anyOrigins(dice),
    ...(balance === undefined ? {} : { balance }),
    ...(balance === 'least-load' ? { load: { path: '/load', pointer: '/load' } } : {}),
    ...some(dice, 0.15, { timeoutMs: () => 300, totalTimeoutMs: () => 1500, retries: () => dice.below(4) }),
    ...some(dice, racing ? 0 : 0.1, {
      hashOn: () => anyHash(dice),
      hashFallback: () => anyHash(dice),
      load: () => dice.one({ path: '/load', header: 'x-load' }, { path: '/load', pointer: '/load' }),
      retryOn: () => ['timeout', 'unreachable', 503],
      retryBudgetPercent: () => dice.of(0, 50),
      hedge: () => dice.one(false, { afterMs: 50 }, { afterMs: 'silent', budgetPercent: 100 }),
      probe: () => dice.one(false, { path: '/ping' }, { path: '/p', method: 'HEAD', timeoutMs: 50 }),
      outlier: () => dice.one(false, { consecutiveFailures: 1 }, { on: ['timeout', 500], cumulative: true }),
      health: () => dice.one(false, { path: '/health', intervalSeconds: 1, unhealthyAfter: 1 }),
      idempotencyKey: () => dice.chance(0.5),
      retrySame: () => dice.chance(0.5),
      threshold: () => dice.of(0, 50),
    }),
  };
}

const anyLimit = (dice: Dice): Part => ({
  [dice.of('second', 'minute', 'hour')]: 1 + dice.below(3),
  ...some(dice, 0.3, {
    by: () => dice.one('ip', 'consumer', 'credential', 'path', 'service', { header: 'x-user' }),
    hideHeaders: () => dice.chance(0.5),
    message: () => 'slow down',
    status: () => 503,
  }),
});
const anyAuth = (dice: Dice): Part =>
  some(dice, 0.3, {
    keyNames: () => dice.of(['apikey'], ['key', 'apikey']),
    keyIn: () => dice.of(['header'], ['query'], ['header', 'query', 'body']),
    hideCredentials: () => dice.chance(0.5),
    anonymous: () => 'c1',
    runOnPreflight: () => false,
    realm: () => 'here',
    verify: () => ({ url: 'https://v.example/{key}', ...some(dice, 0.3, { field: () => '/ok', consumer: () => ({ id: '/id' }), upstreamHeaders: () => ({ 'x-name': '/name' }) }) }), // prettier-ignore
    cache: () => ({ ttlSeconds: 1 }),
  });
const anyCors = (dice: Dice): Part =>
  some(dice, 0.3, {
    origins: () => dice.of(['*'], ['https://app.example'], ['.*\\.example']),
    methods: () => ['GET', 'PUT'],
    headers: () => ['x-a'],
    exposedHeaders: () => ['x-path'],
    credentials: () => dice.chance(0.5),
    maxAge: () => 5,
    preflightContinue: () => dice.chance(0.5),
    privateNetwork: () => true,
    allowOriginAbsent: () => dice.chance(0.5),
  });
const anyVersion = (dice: Dice): Part =>
  some(dice, 0.4, { header: () => 'X-V', path: () => '/v', method: () => 'GET', body: () => '', field: () => '/name', ttlSeconds: () => 1 }); // prettier-ignore
const anyStamp = (dice: Dice): Part =>
  some(dice, 0.4, {
    origin: () => dice.one(false, 'From'),
    country: () => dice.one(false, 'Land'),
    cacheControl: () => dice.one(false, 'no-cache'),
    version: () => dice.one(false, anyVersion(dice)),
  });

const orOff = (dice: Dice, make: (dice: Dice) => Part) => () => (dice.chance(0.3) ? false : make(dice));

function anyRoute(dice: Dice, pools: readonly string[], at: number): Part {
  const share = () => ({ pool: dice.of(...pools), percent: dice.of(0, 50, 100) });
  return {
    ...(dice.chance(0.8) ? { paths: [dice.of('/', '/v1', '~/v2/(?<id>\\d+)')] } : {}),
    ...(dice.chance(0.2) || pools.length === 0 ? { origins: anyOrigins(dice) } : { pool: dice.of(...pools) }),
    ...some(dice, 0.08, {
      name: () => `r${at}`,
      id: () => `id${at}`,
      hosts: () => dice.of(['gate.example'], ['*.example']),
      methods: () => ['GET', 'POST', 'OPTIONS'],
      headers: () => ({ 'x-user': ['u1', 'u2'] }),
      regexPriority: () => at,
      basePath: () => '/api',
      stripPath: () => dice.chance(0.7),
      preserveHost: () => dice.chance(0.7),
      pathHandling: () => dice.of('v0', 'v1'),
      protocols: () => dice.of(['https'], ['http', 'https']),
      httpsRedirectStatus: () => 301,
      ...{ auth: orOff(dice, anyAuth), cors: orOff(dice, anyCors) },
      ...{ rateLimit: orOff(dice, anyLimit), stamp: orOff(dice, anyStamp) },
      consumerLimits: () => ({ c1: anyLimit(dice) }),
      ...(pools.length > 0 ? { canary: () => ({ ...share(), ...some(dice, 0.3, { header: () => 'x-user' }) }), shadow: share } : {}), // prettier-ignore
    }),
  };
}

/** Half of them race alone, as the tutorial does, with little besides. */
export function anyConfig(dice: Dice): Part {
  const racing = dice.chance(0.4);
  const rich = dice.of(0, 0.04, 0.1, 0.25);
  const names = dice.of(['default'], ['default', 'blue'], ['api']);
  const flat = !racing && dice.chance(0.3);
  const pools = flat ? [] : names;
  const kong = dice.chance(0.15) ? { answers: dice.of('kong-3', 'kong-2018') } : {};
  const routed = names.length > 1 ? dice.chance(0.7) : dice.chance(rich * 2);
  return {
    ...(flat ? { origins: anyOrigins(dice) } : {}),
    ...(pools.length > 0 ? { pools: Object.fromEntries(pools.map((name) => [name, anyPool(dice, racing)])) } : {}), // prettier-ignore
    ...(routed ? { routes: Array.from({ length: 1 + dice.below(3) }, (_, at) => anyRoute(dice, flat ? ['default'] : pools, at)) } : {}), // prettier-ignore
    ...kong,
    ...some(dice, rich, {
      ...{ auth: orOff(dice, anyAuth), cors: orOff(dice, anyCors) },
      ...{ rateLimit: orOff(dice, anyLimit), stamp: orOff(dice, anyStamp) },
      consumers: () => [{ id: 'c1', username: 'u', credentials: [{ sha256: DIGEST }] }],
      consumerLimits: () => ({ c1: anyLimit(dice) }),
      trustedProxies: () => dice.of([], ['10.0.0.0/8']),

      status: () => dice.one(false, { path: '/status', token: 'long-enough-token' }),
      log: () => dice.of('off', 'errors', 'all'),
      serverTiming: () => dice.chance(0.5),
      rewriteLocation: () => dice.chance(0.5),
      passThroughOnException: () => dice.chance(0.5),
      routerFlavor: () => dice.of('traditional', 'traditional_compatible'),
      kong: () => some(dice, 0.3, { headers: () => dice.one(true, false, ['via']), upstreamRequestId: () => false, realIpHeader: () => 'X-Forwarded-For', charset: () => false }), // prettier-ignore
    }),
  };
}
