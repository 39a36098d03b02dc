/** Kong's rate-limiting plugin to a rate limit. */
import { type RateLimit } from '../../lib/config/types.ts';
import { configOf, label, type Settings } from './plugins.ts';
import { type Report } from './report.ts';
import { type Row } from './rows.ts';

const PERIODS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const;

/** Counters belong to the service and route that the plugin is tied to: routes that share a plugin share its count. */
export function mapRateLimit(plugin: Row, report: Report): RateLimit {
  const config = configOf(plugin);
  const at = [...plugin.at, 'config'];
  const limit: RateLimit = {};
  for (const period of PERIODS)
    if (typeof config[period] === 'number') limit[period] = Math.max(1, Math.floor(config[period]));
  const by = mapLimitBy(config);
  if (by !== 'consumer') limit.by = by;
  if (config['limit_by'] === 'consumer-group')
    report.note([...at, 'limit_by'], 'consumer groups are not carried over: each consumer is counted alone');
  if (config['policy'] === 'cluster' || config['policy'] === 'redis')
    report.note(
      [...at, 'policy'],
      `not carried over: ${config['policy']} counters; each isolate counts for itself, so a caller spread over several may send more`,
    );
  if (config['hide_client_headers'] === true) limit.hideHeaders = true;
  if (typeof config['error_message'] === 'string') limit.message = config['error_message'];
  if (typeof config['error_code'] === 'number') limit.status = config['error_code'];
  return { ...limit, scope: limitScope(plugin) };
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
