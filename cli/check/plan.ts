/**
 * What the gateway makes of a configuration: the routes in matching order, what each of them enforces, the pools and
 * their origins. Secrets are not printed.
 */
import type {
  AuthSettings,
  CorsSettings,
  PoolSettings,
  RateLimitSettings,
  RouteSettings,
  Settings,
} from '../../lib/config/types.ts';
import { rankPaths } from '../../lib/routing/route-table.ts';
import { rankTraditionally } from '../../lib/routing/traditional.ts';

/** The plan as text. */
export function describeSettings(settings: Settings): string {
  const ways = rankWays(settings);
  const names = settings.routes.map(nameOf);
  const width = Math.max(0, ...names.map((name) => name.length));
  const indent = ' '.repeat(width + 7);
  const paths = ways.length > names.length ? ` with ${count(ways.length, 'path')}` : '';
  const lines = [`${count(names.length, 'route')}${paths}, in the order in which they are tried:`];
  for (const [at, { route, path }] of ways.entries()) {
    const head = `${String(at + 1).padStart(3)}. ${nameOf(route).padEnd(width)}  `;
    lines.push(`${head}${conditions(route, path)}  ->  ${destination(settings, route)}`);
    for (const rule of rulesOf(route, settings)) lines.push(`${indent}${rule}`);
  }
  lines.push('', `${count(settings.pools.length, 'pool')}:`);
  for (const pool of settings.pools) lines.push(...describePool(pool));
  return [...lines, '', ...describeRest(settings), ''].join('\n');
}

/** One entry for each path, in the router's order. */
export function rankWays({ routes, routerFlavor }: Settings): { route: RouteSettings; path: string }[] {
  return rankPaths(routes, routerFlavor === 'traditional' ? rankTraditionally : null);
}

function nameOf(route: RouteSettings): string {
  return route.name === '' ? route.id : route.name;
}

function conditions(route: RouteSettings, path: string): string {
  const parts = [
    route.methods.join(' or '),
    route.hosts.join(' or '),
    path.startsWith('~') ? `path matches ${path.slice(1)}` : path && `${path}*`,
    ...route.headers.map(([name, values]) => `${name}: ${values.join(' or ')}`),
    route.protocols.length === 1 ? `${route.protocols[0]} only (else ${route.httpsRedirectStatus})` : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(', ') : 'everything';
}

function destination({ pools }: Settings, route: RouteSettings): string {
  const { respondWith, redirect } = route;
  if (respondWith && respondWith.trigger === null) return `answered with ${respondWith.status}`;
  if (redirect) return `redirected to ${siteOf(redirect.to)}`;
  if (route.pool < 0) return 'no pool: answered by the gateway itself';
  return [
    `pool ${pools[route.pool]?.name}`,
    route.basePath === '/' ? '' : ` below ${route.basePath}`,
    route.stripPath ? ', its prefix cut' : '',
    route.preserveHost ? ", with the caller's host" : '',
  ].join('');
}

function rulesOf(route: RouteSettings, { shared }: Settings): string[] {
  const { auth, jwt, basicAuth, hmacAuth, cors, rateLimit, canary, shadow } = route;
  const credentials = [
    ...(auth ? [describeAuth(auth)] : []),
    ...(jwt ? ['a JSON Web Token'] : []),
    ...(basicAuth ? ['a user name and password'] : []),
    ...(hmacAuth ? ['signed requests'] : []),
  ];
  return [
    ...(credentials.length > 0 ? credentials : ['no key asked for']),
    rateLimit ? describeLimit(rateLimit, Boolean(shared?.limits)) : 'no rate limit',
    cors ? describeCors(cors) : 'no CORS headers',
    ...(canary ? [`canary: ${canary.percent} % to pool ${canary.pool}`] : []),
    ...(shadow ? [`shadow: ${shadow.percent} % copied to pool ${shadow.pool}`] : []),
  ];
}

function describeAuth({ keyNames, keyIn, verify, anonymous, cache }: AuthSettings): string {
  const by = verify
    ? `verified by ${siteOf(verify.url)}, good for ${cache.ttlSeconds} s`
    : 'consumers of the configuration alone';
  const others = anonymous === null ? '' : `; without one: ${anonymous}`;
  return `key ${keyNames.join(' or ')} in ${keyIn.join(' or ')}, ${by}${others}`;
}

function describeLimit({ windows, by }: RateLimitSettings, isShared: boolean): string {
  const limits = windows.map(({ period, limit }) => `${limit} ${period === 'hour' ? 'an' : 'a'} ${period}`);
  const counted = isShared ? 'over all isolates' : 'in each isolate';
  return `at most ${limits.join(', ')} by ${typeof by === 'string' ? by : JSON.stringify(by)}, counted ${counted}`;
}

function describeCors({ origins, credentials }: CorsSettings): string {
  const whom = origins.length === 0 || origins.includes('*') ? 'any origin' : origins.join(', ');
  return `CORS for ${whom}${credentials ? ', with credentials' : ''}`;
}

function describePool(pool: PoolSettings): string[] {
  const { name, balance, timeoutMs, totalTimeoutMs, retries } = pool;
  const total = pool.origins.reduce((sum, origin) => sum + origin.weight, 0);
  const hedge =
    pool.hedge.budgetPercent > 0 ? `a copy of slow requests (${pool.hedge.budgetPercent} %)` : 'no copies';
  const attempts = `${timeoutMs} ms an attempt, ${totalTimeoutMs} ms in all, ${count(retries, 'retry', 'retries')}`;
  return [
    `  ${name}: ${balance}, ${attempts}, ${hedge}`,
    ...pool.origins.map((origin) => {
      const share = total > 0 ? `weight ${origin.weight} of ${total}` : 'no weight';
      const extras =
        origin.headers.length > 0 ? `, sets ${origin.headers.map(([name]) => name).join(', ')}` : '';
      const level = origin.priority > 0 ? `, level ${origin.priority}` : '';
      return `    ${origin.site}${origin.basePath}  ${share}${level}${extras}`;
    }),
  ];
}

function describeRest({
  consumers,
  status,
  log,
  compat,
  trustedProxies,
  passThroughOnException,
}: Settings): string[] {
  const keys = consumers.reduce((sum, { credentials }) => sum + credentials.length, 0);
  const proxies = trustedProxies.join(', ') || 'nobody';
  return [
    `${count(consumers.length, 'consumer')} with ${count(keys, 'key')}`,
    status ? `status page at ${status.path}, behind its token` : 'no status page',
    `own answers: ${compat ?? 'plain'}; log: ${log}; X-Forwarded-* believed of ${proxies}`,
    ...(passThroughOnException
      ? ["fails open: a defect sends GET and HEAD to the zone's origin, past keys"]
      : []),
  ];
}

/** The URL without query and user name, which may hold a secret. */
function siteOf(url: string): string {
  const { origin, pathname } = new URL(url);
  // Only the braces of "{key}": decodeURI would reject what is not UTF-8.
  return origin + pathname.replaceAll('%7B', '{').replaceAll('%7D', '}');
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
