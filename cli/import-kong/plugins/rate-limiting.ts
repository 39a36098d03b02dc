/** rate-limiting to `rateLimit` and `consumerLimits`, response-ratelimiting to `costLimits`. */
import { PERIODS } from '../../../lib/core/periods.ts';
import type { Config, RateLimit } from '../../../lib/config/types.ts';
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
import { configOf, FAILED, type Carried, type Settings } from './entry.ts';
import { always, carried, carry, checkOf, made, to, unread } from './fields.ts';
import { label } from './scopes.ts';
import type { Report } from '../report.ts';
import type { Row } from '../rows.ts';

/** The number of requests that a period's limit allows. */
const COUNT = between(Number.MIN_VALUE, Number.MAX_VALUE);
const wholeCount = (count: number): number => Math.max(1, Math.floor(count));
/** Redis settings before 3.6. */
const OLD_REDIS = unread(
  ...['host', 'port', 'password', 'username', 'ssl', 'ssl_verify', 'server_name', 'timeout', 'database'].map(
    (name) => `redis_${name}`,
  ),
);

const FIELDS = {
  ...Object.fromEntries(PERIODS.map((period) => [period, made(period, COUNT, wholeCount)])),
  limit_by: oneOf('consumer', 'credential', 'ip', 'service', 'header', 'path', 'consumer-group'),
  header_name: TEXT,
  path: matching(/^\//, 'a text that starts with /'),
  policy: oneOf('local', 'cluster', 'redis'),
  fault_tolerant: BOOL,
  hide_client_headers: to('hideHeaders', BOOL, false),
  error_code: made('status', whole(100, 599)),
  error_message: made('message', ANY_TEXT),
  sync_rate: between(-1, Number.MAX_VALUE),
  redis: RECORD,
  ...OLD_REDIS,
};

export const RATE_LIMITING: Carried = {
  fate: 'carried',
  priority: 910,
  why: '`rateLimit`, `consumerLimits`; isolates count alone, with `policy` cluster or redis together (`shared`)',
  config: checkOf(FIELDS),
  fault: limitFault,
  map: (plugin, { report }) => ({ rateLimit: mapRateLimit(plugin, report) }),
  consumer: { setting: 'consumerLimits', map: (plugin, { report }) => mapRateLimit(plugin, report) },
};

function limitFault(config: Settings): string | null {
  const set = PERIODS.filter((period) => typeof config[period] === 'number');
  if (set.length === 0) return `must set at least one of ${PERIODS.join(', ')}`;
  for (const [index, period] of set.entries()) {
    const longer = set[index + 1];
    if (longer !== undefined && (config[longer] as number) < (config[period] as number))
      return `must not allow fewer requests a ${longer} than a ${period}`;
  }
  if (config['limit_by'] === 'header' && typeof config['header_name'] !== 'string')
    return 'must name header_name with limit_by: header';
  if (config['limit_by'] === 'path' && typeof config['path'] !== 'string')
    return 'must set path with limit_by: path';
  return null;
}

function mapRateLimit(plugin: Row, report: Report): RateLimit {
  const config = configOf(plugin);
  const by = mapLimitBy(config);
  if (config['limit_by'] === 'consumer-group')
    report.note({
      effect: 'lost',
      at: [...plugin.at, 'config', 'limit_by'],
      subject: 'rate-limiting',
      text: 'consumer groups are not counted together: each consumer is counted alone',
    });
  return {
    ...carry<RateLimit>(FIELDS, config),
    ...(by === 'consumer' ? {} : { by }),
    // Kong fails if the status is not an error.
    ...(Number(config['error_code'] ?? 429) < 400 ? FAILED : {}),
    scope: limitScope(plugin),
  };
}

function mapLimitBy(config: Settings): NonNullable<RateLimit['by']> {
  const { limit_by: by, header_name: header, path } = config;
  if (by === 'header') return { header: String(header) };
  if (by === 'path') return { path: String(path) };
  return by === 'credential' || by === 'ip' || by === 'service' ? by : 'consumer';
}

/** Counters belong to the service and route that the plugin is tied to: routes that share a plugin share its count. */
function limitScope({ links: { route, service } }: Row): string {
  const parts = [route && `route ${label(route)}`, service && `service ${label(service)}`].filter(Boolean);
  return parts.length === 0 ? 'global' : parts.join(', ');
}

const isShared = ({ policy }: Settings): boolean => policy === 'cluster' || policy === 'redis';

/**
 * Counters in a cluster's database or in Redis are shared by all Kong nodes: here they become leases of the companion,
 * for every limit of the file. If the companion is unreachable, one limit that is not fault tolerant makes all of them
 * reject requests.
 */
export function sharedLimits(plugins: readonly Row[], report: Report): Pick<Config, 'shared'> {
  const shared = plugins.filter(
    (plugin) =>
      plugin.fields['name'] === 'rate-limiting' &&
      plugin.fields['enabled'] !== false &&
      isShared(configOf(plugin)),
  );
  for (const { at } of shared)
    report.note({
      effect: 'check',
      at: [...at, 'config', 'policy'],
      subject: 'rate-limiting',
      text: 'all limits are counted over all isolates: deploy dist/shared.js and bind it as SHARED (docs/shared.md)',
    });
  if (shared.length === 0) return {};
  const closed = shared.some((plugin) => configOf(plugin)['fault_tolerant'] === false);
  return { shared: { limits: 'exact', onFailure: closed ? 'closed' : 'open', revocations: false } };
}

/** Services may share a pool, so a limit by service and a log must tell them apart. */
export function tellsService(plugins: readonly Row[]): boolean {
  return plugins.some(
    (plugin) =>
      /^(?:http|file)-log$/.test(String(plugin.fields['name'])) ||
      (plugin.fields['name'] === 'rate-limiting' && configOf(plugin)['limit_by'] === 'service'),
  );
}

/** An export of Kong's names every period, those without a limit as null. */
type Windows = Readonly<Record<string, number | null>> | null;
const wholeCounts = (windows: Windows): [period: string, count: number][] =>
  Object.entries(windows ?? {}).flatMap(([period, count]) =>
    count === null ? [] : [[period, wholeCount(count)]],
  );

export const RESPONSE_RATELIMITING = carried('costLimits', {
  priority: 900,
  why: '`costLimits`; each isolate counts for itself',
  fields: {
    limits: made(
      'limits',
      mapOf(shape(Object.fromEntries(PERIODS.map((period) => [period, COUNT])))),
      (limits: Record<string, Windows>) =>
        Object.fromEntries(
          Object.entries(limits).map(([name, windows]) => [name, Object.fromEntries(wholeCounts(windows))]),
        ),
    ),
    header_name: always('header', TEXT, 'x-kong-limit'),
    limit_by: to('by', oneOf('consumer', 'credential', 'ip'), 'consumer'),
    policy: oneOf('local', 'cluster', 'redis'),
    block_on_first_violation: to('refuseEarly', BOOL, false),
    hide_client_headers: to('hideHeaders', BOOL, false),
    fault_tolerant: BOOL,
    redis: ANYTHING,
    ...OLD_REDIS,
  },
  fault: ({ limits }) => {
    const counts = Object.values((limits ?? {}) as Record<string, Windows>).map(wholeCounts);
    const has = counts.length > 0 && counts.every(({ length }) => length > 0);
    return has ? null : 'must have limits, each of them for a period';
  },
  guards: true,
  tied: true,
  more: (config, plugin, { report }) => {
    if (isShared(config))
      report.note({
        effect: 'lost',
        at: [...plugin.at, 'config', 'policy'],
        subject: 'response-ratelimiting',
        text: 'counters are not shared: each isolate counts for itself',
      });
    return { scope: limitScope(plugin) };
  },
});
