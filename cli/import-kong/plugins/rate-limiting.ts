/** rate-limiting to `rateLimit` and `consumerLimits`. */
import { PERIODS } from '../../../lib/core/periods.ts';
import type { Config, RateLimit } from '../../../lib/config/types.ts';
import { ANYTHING, ANY_TEXT, BOOL, RECORD, TEXT, between, matching, oneOf, shape, whole } from '../checks.ts';
import { configOf, FAILED, type Carried, type Settings } from './entry.ts';
import { label } from './scopes.ts';
import type { Report } from '../report.ts';
import type { Row } from '../rows.ts';

/** The number of requests that a period's limit allows. */
export const COUNT = between(Number.MIN_VALUE, Number.MAX_VALUE);
/** Redis settings before 3.6; unused here. */
export const OLD_REDIS = Object.fromEntries(
  ['host', 'port', 'password', 'username', 'ssl', 'ssl_verify', 'server_name', 'timeout', 'database'].map(
    (name) => [`redis_${name}`, ANYTHING],
  ),
);

export const RATE_LIMITING: Carried = {
  fate: 'carried',
  priority: 910,
  why: '`rateLimit`, `consumerLimits`; isolates count alone, with `policy` cluster or redis together (`shared`)',
  config: shape({
    ...Object.fromEntries(PERIODS.map((period) => [period, COUNT])),
    limit_by: oneOf('consumer', 'credential', 'ip', 'service', 'header', 'path', 'consumer-group'),
    header_name: TEXT,
    path: matching(/^\//, 'a text that starts with /'),
    policy: oneOf('local', 'cluster', 'redis'),
    fault_tolerant: BOOL,
    hide_client_headers: BOOL,
    error_code: whole(100, 599),
    error_message: ANY_TEXT,
    sync_rate: between(-1, Number.MAX_VALUE),
    redis: RECORD,
    ...OLD_REDIS,
  }),
  fault: limitFault,
  map: (plugin, { report }) => ({ rateLimit: mapRateLimit(plugin, report) }),
  atTop: true,
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

/**
 * Counters belong to the service and route that the plugin is tied to: routes that share a plugin share its count.
 */
function mapRateLimit(plugin: Row, report: Report): RateLimit {
  const config = configOf(plugin);
  const limit: RateLimit = {};
  for (const period of PERIODS)
    if (typeof config[period] === 'number') limit[period] = Math.max(1, Math.floor(config[period]));
  const by = mapLimitBy(config);
  if (by !== 'consumer') limit.by = by;
  noteCounters(plugin, config, report);
  if (config['hide_client_headers'] === true) limit.hideHeaders = true;
  if (typeof config['error_message'] === 'string') limit.message = config['error_message'];
  if (typeof config['error_code'] === 'number') limit.status = config['error_code'];
  // Kong fails if the status is not an error.
  if ((limit.status ?? 429) < 400) Object.assign(limit, FAILED);
  return { ...limit, scope: limitScope(plugin) };
}

function noteCounters({ at }: Row, config: Settings, report: Report): void {
  const note = (field: string, text: string): void =>
    report.note({ effect: 'lost', at: [...at, 'config', field], subject: 'rate-limiting', text });
  if (config['limit_by'] === 'consumer-group')
    note('limit_by', 'consumer groups are not counted together: each consumer is counted alone');
}

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
      (configOf(plugin)['policy'] === 'cluster' || configOf(plugin)['policy'] === 'redis'),
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

function mapLimitBy(config: Settings): NonNullable<RateLimit['by']> {
  const { limit_by: by, header_name: header, path } = config;
  if (by === 'header') return { header: String(header) };
  if (by === 'path') return { path: String(path) };
  return by === 'credential' || by === 'ip' || by === 'service' ? by : 'consumer';
}

function limitScope(plugin: Row): string {
  const { route, service } = plugin.links;
  const parts = [route && `route ${label(route)}`, service && `service ${label(service)}`].filter(
    (part) => part !== undefined,
  );
  return parts.length === 0 ? 'global' : parts.join(', ');
}
