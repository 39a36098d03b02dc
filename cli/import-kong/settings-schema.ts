/** The health checks of an upstream and the plugins' own settings that are carried over: the same tables, one level down. */
import {
  ANYTHING,
  ANY_TEXT,
  BOOL,
  RECORD,
  TEXT,
  between,
  listOf,
  mapOf,
  matching,
  oneOf,
  shape,
  whole,
  type Check,
} from './checks.ts';

const COUNT = whole(0, 255);
const STATUSES = listOf(whole(100, 999));
const SECONDS = between(0, 65535);
const TYPE = oneOf('http', 'https', 'tcp', 'grpc', 'grpcs');

export const HEALTHCHECKS: Check = shape({
  threshold: between(0, 100),
  active: shape({
    type: TYPE,
    timeout: SECONDS,
    concurrency: whole(1, 2147483648),
    http_path: matching(/^\//, 'a text that starts with /'),
    https_sni: TEXT,
    https_verify_certificate: BOOL,
    headers: mapOf(listOf(ANY_TEXT)),
    healthy: shape({ interval: SECONDS, http_statuses: STATUSES, successes: COUNT }),
    unhealthy: shape({
      interval: SECONDS,
      http_statuses: STATUSES,
      http_failures: COUNT,
      tcp_failures: COUNT,
      timeouts: COUNT,
    }),
  }),
  passive: shape({
    type: TYPE,
    healthy: shape({ http_statuses: STATUSES, successes: COUNT }),
    unhealthy: shape({ http_statuses: STATUSES, http_failures: COUNT, tcp_failures: COUNT, timeouts: COUNT }),
  }),
});

const NAMES = listOf(matching(/^[A-Za-z0-9_-]+$/, 'a name of letters, digits, _ and -'));
const METHODS = listOf(oneOf('GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'));
const LIMIT = between(Number.MIN_VALUE, Number.MAX_VALUE);
const PERIODS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const;

/** Settings of the plugins that are carried over; those of 2018 and of 2.x are among them. */
export const PLUGIN_CONFIGS: Readonly<Record<string, Check>> = {
  'key-auth': shape({
    key_names: NAMES,
    key_in_header: BOOL,
    key_in_query: BOOL,
    key_in_body: BOOL,
    hide_credentials: BOOL,
    anonymous: ANY_TEXT,
    run_on_preflight: BOOL,
    realm: ANY_TEXT,
    identity_realms: ANYTHING,
  }),
  cors: shape({
    origins: listOf(TEXT),
    methods: METHODS,
    headers: listOf(TEXT),
    exposed_headers: listOf(TEXT),
    credentials: BOOL,
    max_age: between(-Number.MAX_VALUE, Number.MAX_VALUE),
    preflight_continue: BOOL,
    private_network: BOOL,
    allow_origin_absent: BOOL,
  }),
  'rate-limiting': shape({
    ...Object.fromEntries(PERIODS.map((period) => [period, LIMIT])),
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
    ...Object.fromEntries(
      ['host', 'port', 'password', 'username', 'ssl', 'ssl_verify', 'server_name', 'timeout', 'database'].map(
        (name) => [`redis_${name}`, ANYTHING],
      ),
    ),
  }),
};

/** What a rate limit's own rules ask beyond single fields; null where they are kept. */
export function limitFault(config: Readonly<Record<string, unknown>>): string | null {
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
