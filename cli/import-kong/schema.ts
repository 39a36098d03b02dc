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
  listOf,
  mapOf,
  matching,
  oneOf,
  whole,
  type Check,
} from './checks.ts';
import { HEALTHCHECKS } from './health-schema.ts';
import { ALGORITHM, TIMEOUT, HOST, METHOD, PROTOCOL, HASH, ROUTE_PATH, ROUTE_HOST, TARGET } from './texts.ts';

export type Fields = Readonly<Record<string, Check>>;

export interface Kind {
  readonly fields: Fields;
  readonly required: readonly string[];
  /** Child lists by field name. */
  readonly children: readonly string[];
  /** The name of a child's reference to this kind. */
  readonly singular: string;
  /** The field that identifies an entity, for references and derived ids. */
  readonly key: string;
  /** Fields that must be unique within the kind. */
  readonly unique: readonly string[];
}

const COMMON: Fields = { id: UUID, tags: listOf(TEXT), created_at: NUMBER, updated_at: NUMBER };
const none = { required: [], children: [], unique: [] };

/** Entities that are carried over. */
const TABLES: Readonly<Record<string, Kind>> = {
  services: {
    fields: {
      ...COMMON,
      name: TEXT,
      url: matching(/^[a-z_]+:\/\/[^/\s]+/i, 'a URL with a scheme and a host'),
      protocol: PROTOCOL,
      host: HOST,
      port: whole(0, 65535),
      path: matching(/^\//, 'a text that starts with /'),
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
    required: ['host'],
    children: ['routes', 'plugins'],
    singular: 'service',
    key: 'name',
    unique: ['name'],
  },
  routes: {
    fields: {
      ...COMMON,
      name: TEXT,
      service: REFERENCE,
      protocols: listOf(PROTOCOL),
      methods: listOf(METHOD),
      hosts: listOf(ROUTE_HOST),
      paths: listOf(ROUTE_PATH),
      headers: mapOf(listOf(ANY_TEXT)),
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
    required: [],
    children: ['plugins'],
    singular: 'route',
    key: 'name',
    unique: ['name'],
  },
  upstreams: {
    fields: {
      ...COMMON,
      name: TEXT,
      algorithm: ALGORITHM,
      slots: whole(10, 65536),
      hash_on: HASH,
      hash_fallback: HASH,
      hash_on_header: TEXT,
      hash_fallback_header: TEXT,
      hash_on_cookie: TEXT,
      hash_on_cookie_path: matching(/^\//, 'a text that starts with /'),
      hash_on_query_arg: TEXT,
      hash_fallback_query_arg: TEXT,
      hash_on_uri_capture: TEXT,
      hash_fallback_uri_capture: TEXT,
      sticky_sessions_cookie: TEXT,
      sticky_sessions_cookie_path: TEXT,
      host_header: HOST,
      use_srv_name: BOOL,
      client_certificate: REFERENCE,
      healthchecks: HEALTHCHECKS,
    },
    required: ['name'],
    children: ['targets'],
    singular: 'upstream',
    key: 'name',
    unique: ['name'],
  },
  targets: {
    ...none,
    fields: {
      ...COMMON,
      target: TARGET,
      weight: whole(0, 65535),
      upstream: REFERENCE,
      failover: BOOL,
      cache_key: TEXT,
    },
    required: ['target', 'upstream'],
    singular: 'target',
    key: 'target',
  },
  consumers: {
    fields: {
      ...COMMON,
      username: TEXT,
      custom_id: TEXT,
      username_lower: TEXT,
      type: ANYTHING,
      groups: ANYTHING,
    },
    required: [],
    children: [
      'keyauth_credentials',
      'basicauth_credentials',
      'jwt_secrets',
      'hmacauth_credentials',
      'oauth2_credentials',
      'mtls_auth_credentials',
      'acls',
      'plugins',
    ],
    singular: 'consumer',
    key: 'username',
    unique: ['username', 'custom_id'],
  },
  consumer_groups: {
    fields: { ...COMMON, name: TEXT, consumers: ANYTHING },
    required: ['name'],
    children: ['plugins'],
    singular: 'consumer_group',
    key: 'name',
    unique: ['name'],
  },
  consumer_group_consumers: {
    ...none,
    fields: { ...COMMON, consumer: REFERENCE, consumer_group: REFERENCE },
    required: ['consumer', 'consumer_group'],
    singular: 'consumer_group_consumer',
    key: 'id',
  },
  keyauth_credentials: {
    ...none,
    fields: { ...COMMON, key: TEXT, ttl: whole(0, 100_000_000), consumer: REFERENCE },
    required: ['consumer'],
    singular: 'keyauth_credential',
    key: 'key',
    unique: ['key'],
  },
  jwt_secrets: {
    ...none,
    fields: {
      ...COMMON,
      key: TEXT,
      secret: TEXT,
      algorithm: oneOf(
        ...['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
        ...['PS256', 'PS384', 'PS512', 'EdDSA'],
      ),
      rsa_public_key: TEXT,
      consumer: REFERENCE,
    },
    required: ['consumer'],
    singular: 'jwt_secret',
    key: 'key',
    unique: ['key'],
  },
  hmacauth_credentials: {
    ...none,
    fields: { ...COMMON, username: TEXT, secret: TEXT, consumer: REFERENCE },
    required: ['username', 'consumer'],
    singular: 'hmacauth_credential',
    key: 'username',
    unique: ['username'],
  },
  basicauth_credentials: {
    ...none,
    fields: { ...COMMON, username: TEXT, password: TEXT, consumer: REFERENCE },
    required: ['username', 'password', 'consumer'],
    singular: 'basicauth_credential',
    key: 'username',
    unique: ['username'],
  },
  acls: {
    ...none,
    fields: { ...COMMON, group: TEXT, consumer: REFERENCE },
    required: ['group', 'consumer'],
    singular: 'acl',
    key: 'id',
  },
  plugins: {
    ...none,
    fields: {
      ...COMMON,
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
    required: ['name'],
    singular: 'plugin',
    key: 'instance_name',
    unique: ['instance_name'],
  },
};

/** By the name of the entity's list; a Map, since files may contain any name. */
export const KINDS: ReadonlyMap<string, Kind> = new Map(Object.entries(TABLES));

/** The table of a kind that is known to exist. */
export function kindOf(name: string): Kind {
  return KINDS.get(name)!;
}
