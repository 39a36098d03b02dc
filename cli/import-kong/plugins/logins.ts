/**
 * key-auth, basic-auth, hmac-auth and jwt, which identify the caller. Credentials become those of consumers
 * (../credentials.ts). With `anonymous` they accept every request, so none is a guard by itself.
 */
import {
  ANYTHING,
  ANY_TEXT,
  BOOL,
  RECORD,
  TEXT,
  between,
  listOf,
  matching,
  oneOf,
  whole,
} from '../checks.ts';
import { noteField } from './entry.ts';
import { always, carried, made, to } from './fields.ts';

const hide = always('hideCredentials', BOOL, false);
const common = { anonymous: to('anonymous', ANY_TEXT), realm: to('realm', ANY_TEXT) };
const preflight = to('runOnPreflight', BOOL, true);

const PLACES = ['header', 'query', 'body'] as const;

export const KEY_AUTH = carried('auth', {
  why: '`auth`; keys become digests',
  fields: {
    key_names: to('keyNames', listOf(matching(/^[A-Za-z0-9_-]+$/, 'a name of letters, digits, _ and -'))),
    key_in_header: BOOL,
    key_in_query: BOOL,
    key_in_body: BOOL,
    hide_credentials: hide,
    run_on_preflight: preflight,
    identity_realms: ANYTHING,
    ...common,
  },
  more: (config) => {
    const keyIn = PLACES.filter((place) => config[`key_in_${place}`] ?? place !== 'body');
    return keyIn.join() === 'header,query' ? {} : { keyIn };
  },
});

export const BASIC_AUTH = carried('basicAuth', {
  why: '`basicAuth`; passwords become Kong’s own hashes, in `logins` of consumers',
  fields: { hide_credentials: hide, brute_force_protection: RECORD, ...common },
  more: ({ brute_force_protection: protection }, plugin) => {
    if ((protection?.['strategy'] ?? 'off') !== 'off')
      noteField('open', plugin, 'brute_force_protection', 'password guessing is not slowed down');
    return {};
  },
});

const ALGORITHMS = ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'];

export const HMAC_AUTH = carried('hmacAuth', {
  why: '`hmacAuth`; `hmacauth_credentials` become `hmacSecrets` of consumers',
  fields: {
    clock_skew: to('clockSkewSeconds', between(0, 1e12), 300),
    algorithms: always('algorithms', listOf(oneOf(...ALGORITHMS)), ALGORITHMS, (allowed) =>
      ALGORITHMS.filter((algorithm) => allowed.length === 0 || allowed.includes(algorithm)),
    ),
    enforce_headers: always('signed', listOf(TEXT), []),
    validate_request_body: to('bodyDigest', BOOL, false),
    hide_credentials: hide,
    ...common,
  },
});

const NAMES = listOf(matching(/^[\w!#$%&'*+.^`|~-]+$/, 'a name without spaces'));

export const JWT = carried('jwt', {
  why: '`jwt`; `jwt_secrets` become `jwtKeys` and `jwtSecrets` of consumers; Ed448 is not available',
  fields: {
    uri_param_names: always('queryNames', listOf(TEXT), ['jwt']),
    cookie_names: to('cookieNames', NAMES),
    header_names: made('headers', NAMES, (names) =>
      names.join().toLowerCase() === 'authorization' ? undefined : names,
    ),
    key_claim_name: to('keyClaim', TEXT, 'iss'),
    secret_is_base64: to('base64Secrets', BOOL, false),
    claims_to_verify: always('claims', listOf(oneOf('exp', 'nbf')), []),
    maximum_expiration: to('maxExpirationSeconds', whole(0, 31_536_000), 0),
    run_on_preflight: preflight,
    ...common,
  },
  fault: ({ maximum_expiration: most = 0, claims_to_verify: claims = [] }) =>
    most > 0 && !claims.includes('exp')
      ? 'must list exp in claims_to_verify if maximum_expiration is set'
      : null,
});
