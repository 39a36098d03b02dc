/** rate-limiting to `rateLimit` and `consumerLimits`, response-ratelimiting to `costLimits`. */
import { PERIODS, type Period } from '../../../lib/core/periods.ts';
import type { Config } from '../../../lib/config/types.ts';
import {
  ANYTHING,
  ANY_TEXT,
  BOOL,
  RECORD,
  TEXT,
  between,
  mapOf,
  matching,
  oneOf,
  shape,
  whole,
} from '../checks.ts';
import { label } from '../rows.ts';
import { FAILED, configOf, noteField, type PluginRow } from './entry.ts';
import { always, carried, made, to, unread } from './fields.ts';

const forPeriods = <T>(value: (period: Period) => T) =>
  Object.fromEntries(PERIODS.map((period) => [period, value(period)])) as Record<Period, T>;

/** The number of requests that a period's limit allows. */
const COUNT = between(Number.MIN_VALUE, Number.MAX_VALUE);
const wholeCount = (count: number): number => Math.max(1, Math.floor(count));
const POLICY = oneOf('local', 'cluster', 'redis');
/** Redis settings before 3.6. */
const OLD_REDIS = unread(
  ...(['redis_host', 'redis_port', 'redis_password', 'redis_username', 'redis_ssl'] as const),
  ...(['redis_ssl_verify', 'redis_server_name', 'redis_timeout', 'redis_database'] as const),
);

export const RATE_LIMITING = carried('rateLimit', {
  why: '`rateLimit`, `consumerLimits`; counted per isolate, with `policy` cluster or redis over all (`shared`)',
  fields: {
    ...forPeriods((period) => made(period, COUNT, wholeCount)),
    limit_by: oneOf('consumer', 'credential', 'ip', 'service', 'header', 'path', 'consumer-group'),
    header_name: TEXT,
    path: matching(/^\//, 'a string that starts with /'),
    policy: POLICY,
    fault_tolerant: BOOL,
    hide_client_headers: to('hideHeaders', BOOL, false),
    error_code: made('status', whole(100, 599)),
    error_message: made('message', ANY_TEXT),
    sync_rate: between(-1, Number.MAX_VALUE),
    redis: RECORD,
    ...OLD_REDIS,
  },
  fault: (config) => {
    const { limit_by: by, header_name: header, path } = config;
    const set = PERIODS.filter((period) => config[period] !== undefined);
    const wrong = set.findIndex((period, index) => index > 0 && config[period]! < config[set[index - 1]!]!);
    if (set.length === 0) return `must set at least one of ${PERIODS.join(', ')}`;
    if (wrong > 0) return `must not allow fewer requests a ${set[wrong]} than a ${set[wrong - 1]}`;
    if (by === 'header' && header === undefined) return 'must name header_name with limit_by: header';
    return by === 'path' && path === undefined ? 'must set path with limit_by: path' : null;
  },
  consumer: 'consumerLimits',
  more: (config, plugin) => {
    const { limit_by: by, header_name: header = '', path = '', error_code: status = 429 } = config;
    const text = 'consumer groups are not counted together: each consumer is counted separately';
    if (by === 'consumer-group') noteField('lost', plugin, 'limit_by', text);
    return {
      ...(by === 'header' ? { by: { header } } : {}),
      ...(by === 'path' ? { by: { path } } : {}),
      ...(by === 'credential' || by === 'ip' || by === 'service' ? { by } : {}),
      // Kong fails if the status is not an error.
      ...(status < 400 ? FAILED : {}),
      scope: limitScope(plugin),
    };
  },
});

/** Counters belong to the service and route that the plugin is tied to: routes that share a plugin share its count. */
function limitScope({ links: { route, service } }: PluginRow): string {
  const parts = [route && `route ${label(route)}`, service && `service ${label(service)}`];
  return parts.filter((part) => part !== undefined).join(', ') || 'global';
}

const isShared = (policy: unknown): boolean => policy === 'cluster' || policy === 'redis';

/**
 * Counters in a cluster's database or in Redis are shared by all Kong nodes: here they become leases of the companion,
 * for every limit of the file. If the companion is unreachable, one limit that is not fault tolerant makes all of them
 * reject requests.
 */
export function sharedLimits(plugins: readonly PluginRow[]): Pick<Config, 'shared'> {
  const shared = plugins.filter(
    (plugin) => plugin.fields.name === 'rate-limiting' && isShared(configOf(plugin)['policy']),
  );
  const text =
    'all limits are counted over all isolates: deploy dist/shared.js and bind it as SHARED (docs/shared.md)';
  for (const plugin of shared) noteField('check', plugin, 'policy', text);
  if (shared.length === 0) return {};
  const isStrict = shared.some((plugin) => configOf(plugin)['fault_tolerant'] === false);
  return { shared: { limits: 'exact', onFailure: isStrict ? 'closed' : 'open', revocations: false } };
}

/** Services may share a pool, so a limit by service and a log must distinguish them. */
export function namesService(plugins: readonly PluginRow[]): boolean {
  return plugins.some(({ fields: { name, config } }) =>
    name === 'rate-limiting'
      ? config?.['limit_by'] === 'service'
      : name === 'http-log' || name === 'file-log',
  );
}

/** Kong's exports list every period, those without a limit as null. */
type Windows = Readonly<Partial<Record<Period, number | null>>> | null;
const wholeCounts = (windows: Windows): [period: string, count: number][] =>
  Object.entries(windows ?? {}).flatMap(([period, count]) =>
    count === null ? [] : [[period, wholeCount(count)]],
  );

export const RESPONSE_RATELIMITING = carried('costLimits', {
  why: '`costLimits`; counted per isolate',
  fields: {
    limits: made('limits', mapOf<Windows>(shape(forPeriods(() => COUNT))), (limits) =>
      Object.fromEntries(
        Object.entries(limits).map(([name, windows]) => [name, Object.fromEntries(wholeCounts(windows))]),
      ),
    ),
    header_name: always('header', TEXT, 'x-kong-limit'),
    limit_by: to('by', oneOf('consumer', 'credential', 'ip'), 'consumer'),
    policy: POLICY,
    block_on_first_violation: to('refuseEarly', BOOL, false),
    hide_client_headers: to('hideHeaders', BOOL, false),
    fault_tolerant: BOOL,
    redis: ANYTHING,
    ...OLD_REDIS,
  },
  fault: ({ limits = {} }) => {
    const counts = Object.values(limits).map(wholeCounts);
    const has = counts.length > 0 && counts.every(({ length }) => length > 0);
    return has ? null : 'must have limits, each of them for a period';
  },
  guards: true,
  consumer: 'consumerSettings',
  more: ({ policy }, plugin) => {
    const text = 'counters are not shared: each isolate counts separately';
    if (isShared(policy)) noteField('lost', plugin, 'policy', text);
    return { scope: limitScope(plugin) };
  },
});
