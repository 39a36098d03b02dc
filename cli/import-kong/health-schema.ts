/** The fields of an upstream's health checks: the same kind of tables as in schema.ts, one level down. */
import {
  ANY_TEXT,
  BOOL,
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
