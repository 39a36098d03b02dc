/** hmac-auth to `hmacAuth`; `hmacauth_credentials` become `hmacSecrets` of consumers (signing-keys.ts). */
import type { HmacAuth } from '../../../lib/config/types.ts';
import { ANY_TEXT, BOOL, between, listOf, oneOf, shape, TEXT } from '../checks.ts';
import { configOf, type Carried } from './entry.ts';
import type { Row } from '../rows.ts';

const ALGORITHMS = ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const;

export const HMAC_AUTH: Carried = {
  fate: 'carried',
  priority: 1030,
  why: '`hmacAuth`; `hmacauth_credentials` become `hmacSecrets` of consumers',
  config: shape({
    clock_skew: between(0, 1e12),
    algorithms: listOf(oneOf(...ALGORITHMS)),
    enforce_headers: listOf(TEXT),
    validate_request_body: BOOL,
    hide_credentials: BOOL,
    anonymous: ANY_TEXT,
    realm: ANY_TEXT,
  }),
  map: (plugin) => ({ hmacAuth: mapHmacAuth(plugin) }),
  atTop: true,
};

function mapHmacAuth(plugin: Row): HmacAuth {
  const {
    clock_skew: skew,
    algorithms,
    enforce_headers: signed,
    validate_request_body: digest,
    hide_credentials: hide,
    anonymous,
    realm,
  } = configOf(plugin);
  const allowed = Array.isArray(algorithms) && algorithms.length > 0 ? (algorithms as string[]) : ALGORITHMS;
  return {
    algorithms: ALGORITHMS.filter((algorithm) => allowed.includes(algorithm)),
    ...(typeof skew === 'number' && skew !== 300 ? { clockSkewSeconds: skew } : {}),
    signed: Array.isArray(signed) ? (signed as string[]) : [],
    ...(digest === true ? { bodyDigest: true } : {}),
    hideCredentials: hide === true,
    ...(typeof anonymous === 'string' && anonymous !== '' ? { anonymous } : {}),
    ...(typeof realm === 'string' && realm !== '' ? { realm } : {}),
  };
}
