/**
 * Kong's entities as tables: the fields of each, their ranges, which are required, and which children may be nested in
 * it. The ranges are those of Kong 3.10's own schemas (kong/db/schema/entities).
 *
 * A table rather than code, so that a field is one line and an unknown field is simply one that is not in it.
 */
import {
  ANYTHING,
  ANY_TEXT,
  BOOL,
  NUMBER,
  RECORD,
  REFERENCE,
  TEXT,
  UUID,
  between,
  listOf,
  mapOf,
  matching,
  oneOf,
  shape,
  whole,
  type Checked,
  type Checks,
} from './checks.ts';

const TIMEOUT = whole(1, 2147483646);
const HOST = matching(
  /^(\[[0-9a-fA-F:.]+\]|[^\s/:?#@]+|[0-9a-fA-F:]+:[0-9a-fA-F:.]*)$/,
  'a host name or an IP address',
);
const ROUTE_HOST = matching(
  /^(\*\.)?[^\s/*?#@]+(\.\*)?(:\d{1,5})?$/,
  'a host, at most with * as its first or last label',
);
const PORT = '([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])';
const TARGET = matching(
  new RegExp(`^(\\[[0-9a-fA-F:.]+\\]|[^\\s/:?#@]+)(:${PORT})?$|^[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$`),
  'a host or an address, with or without a port',
);
const PATH = matching(/^\//, 'a string that starts with /');
const PROTOCOL = oneOf('http', 'https', 'grpc', 'grpcs', 'tcp', 'tls', 'udp', 'tls_passthrough', 'ws', 'wss');
const HASH = oneOf('none', 'consumer', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture');
const HEADERS = mapOf(listOf(ANY_TEXT));

const COUNT = whole(0, 255);
const STATUSES = listOf(whole(100, 999));
const SECONDS = between(0, 65535);
const CHECK_TYPE = oneOf('http', 'https', 'tcp', 'grpc', 'grpcs');
const HEALTHY = { http_statuses: STATUSES, successes: COUNT };
const UNHEALTHY = { http_statuses: STATUSES, http_failures: COUNT, tcp_failures: COUNT, timeouts: COUNT };
const ACTIVE_CHECKS = shape({
  type: CHECK_TYPE,
  timeout: SECONDS,
  concurrency: whole(1, 2147483648),
  http_path: PATH,
  https_sni: TEXT,
  https_verify_certificate: BOOL,
  headers: HEADERS,
  healthy: shape({ interval: SECONDS, ...HEALTHY }),
  unhealthy: shape({ interval: SECONDS, ...UNHEALTHY }),
});
const PASSIVE_CHECKS = shape({ type: CHECK_TYPE, healthy: shape(HEALTHY), unhealthy: shape(UNHEALTHY) });

interface Traits {
  /** Besides fields, references that nesting may provide. */
  readonly required?: readonly string[];
  /** Child lists by field name. */
  readonly children?: readonly string[];
  /** The field that identifies an entity, for references and derived ids, and is unique. Default: name. */
  readonly key?: string;
}
const COMMON = { id: UUID, tags: listOf(TEXT), created_at: NUMBER, updated_at: NUMBER };

function kind<F extends Checks>(fields: F, { required = [], children = [], key = 'name' }: Traits) {
  return { fields: { ...COMMON, ...fields }, required, children, key };
}

/** Entities that are carried over. */
const TABLES = {
  services: kind(
    {
      name: TEXT,
      url: matching(/^[a-z_]+:\/\/[^/\s]+/i, 'a URL with a scheme and a host'),
      protocol: PROTOCOL,
      host: HOST,
      port: whole(0, 65535),
      path: PATH,
      retries: whole(0, 32767),
      connect_timeout: TIMEOUT,
      write_timeout: TIMEOUT,
      read_timeout: TIMEOUT,
      enabled: BOOL,
      tls_verify: BOOL,
      tls_verify_depth: whole(0, 64),
      tls_sans: ANYTHING,
      ca_certificates: listOf(UUID),
      client_certificate: REFERENCE,
    },
    { required: ['host'], children: ['routes', 'plugins'] },
  ),
  routes: kind(
    {
      name: TEXT,
      service: REFERENCE,
      protocols: listOf(PROTOCOL),
      methods: listOf(matching(/^[A-Z]+$/, 'an upper-case method')),
      hosts: listOf(ROUTE_HOST),
      paths: listOf(matching(/^~?\//, 'a string that starts with / or ~/')),
      headers: HEADERS,
      snis: listOf(TEXT),
      sources: listOf(RECORD),
      destinations: listOf(RECORD),
      strip_path: BOOL,
      preserve_host: BOOL,
      regex_priority: whole(-2147483648, 2147483647),
      path_handling: oneOf('v0', 'v1'),
      https_redirect_status_code: oneOf(426, 301, 302, 307, 308),
      request_buffering: BOOL,
      response_buffering: BOOL,
      expression: TEXT,
      priority: NUMBER,
    },
    { children: ['plugins'] },
  ),
  upstreams: kind(
    {
      name: TEXT,
      algorithm: oneOf(
        'round-robin',
        'consistent-hashing',
        'least-connections',
        'latency',
        'sticky-sessions',
      ),
      slots: whole(10, 65536),
      hash_on: HASH,
      hash_fallback: HASH,
      hash_on_header: TEXT,
      hash_fallback_header: TEXT,
      hash_on_cookie: TEXT,
      hash_on_cookie_path: PATH,
      hash_on_query_arg: TEXT,
      hash_fallback_query_arg: TEXT,
      hash_on_uri_capture: TEXT,
      hash_fallback_uri_capture: TEXT,
      sticky_sessions_cookie: TEXT,
      sticky_sessions_cookie_path: TEXT,
      host_header: HOST,
      use_srv_name: BOOL,
      client_certificate: REFERENCE,
      healthchecks: shape({ threshold: between(0, 100), active: ACTIVE_CHECKS, passive: PASSIVE_CHECKS }),
    },
    { required: ['name'], children: ['targets'] },
  ),
  targets: kind(
    { target: TARGET, weight: whole(0, 65535), upstream: REFERENCE, failover: BOOL, cache_key: TEXT },
    { required: ['target', 'upstream'], key: 'id' },
  ),
  consumers: kind(
    { username: TEXT, custom_id: TEXT, username_lower: TEXT, type: ANYTHING, groups: ANYTHING },
    {
      children: [
        ...['keyauth_credentials', 'basicauth_credentials', 'jwt_secrets', 'hmacauth_credentials'],
        ...['oauth2_credentials', 'mtls_auth_credentials', 'acls', 'plugins'],
      ],
      key: 'username',
    },
  ),
  consumer_groups: kind({ name: TEXT, consumers: ANYTHING }, { required: ['name'], children: ['plugins'] }),
  consumer_group_consumers: kind(
    { consumer: REFERENCE, consumer_group: REFERENCE },
    { required: ['consumer', 'consumer_group'], key: 'id' },
  ),
  keyauth_credentials: kind(
    { key: TEXT, ttl: whole(0, 100_000_000), consumer: REFERENCE },
    { required: ['consumer'], key: 'key' },
  ),
  jwt_secrets: kind(
    {
      key: TEXT,
      secret: TEXT,
      algorithm: oneOf(
        ...(['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] as const),
        ...(['PS256', 'PS384', 'PS512', 'EdDSA'] as const),
      ),
      rsa_public_key: TEXT,
      consumer: REFERENCE,
    },
    { required: ['consumer'], key: 'key' },
  ),
  hmacauth_credentials: kind(
    { username: TEXT, secret: TEXT, consumer: REFERENCE },
    { required: ['username', 'consumer'], key: 'username' },
  ),
  basicauth_credentials: kind(
    { username: TEXT, password: TEXT, consumer: REFERENCE },
    { required: ['username', 'password', 'consumer'], key: 'username' },
  ),
  acls: kind({ group: TEXT, consumer: REFERENCE }, { required: ['group', 'consumer'], key: 'id' }),
  plugins: kind(
    {
      name: TEXT,
      instance_name: TEXT,
      enabled: BOOL,
      config: RECORD,
      protocols: listOf(PROTOCOL),
      ordering: ANYTHING,
      condition: ANYTHING,
      run_on: ANYTHING,
      _config: TEXT,
      service: REFERENCE,
      route: REFERENCE,
      consumer: REFERENCE,
      consumer_group: REFERENCE,
    },
    { required: ['name'], key: 'instance_name' },
  ),
};

export type Kind = keyof typeof TABLES;
export type FieldsOf<K extends Kind> = K extends Kind ? Checked<(typeof TABLES)[K]['fields']> : never;

export const KINDS = Object.keys(TABLES) as Kind[];

/** Files may contain any name. */
export function isKind(name: string): name is Kind {
  return Object.hasOwn(TABLES, name);
}

interface KindTable extends Required<Traits> {
  readonly fields: Checks;
}
export function tableOf(kind: Kind): KindTable {
  return TABLES[kind];
}

/** The name of a reference to an entity of this kind: `service`. */
export function singular(kind: Kind): string {
  return kind.slice(0, -1);
}
