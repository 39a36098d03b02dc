/** jwt to `jwt`; `jwt_secrets` become `jwtKeys` and `jwtSecrets` of consumers (signing-keys.ts). */
import type { Jwt } from '../../../lib/config/types.ts';
import { ANY_TEXT, BOOL, listOf, matching, oneOf, shape, TEXT, whole } from '../checks.ts';
import { configOf, type Carried } from './entry.ts';
import type { Row } from '../rows.ts';

const NAMES = listOf(matching(/^[\w!#$%&'*+.^`|~-]+$/, 'a name without spaces'));

export const JWT: Carried = {
  fate: 'carried',
  priority: 1450,
  why: '`jwt`; `jwt_secrets` become `jwtKeys` and `jwtSecrets` of consumers; Ed448 is not available',
  config: shape({
    uri_param_names: listOf(TEXT),
    cookie_names: NAMES,
    header_names: NAMES,
    key_claim_name: TEXT,
    secret_is_base64: BOOL,
    claims_to_verify: listOf(oneOf('exp', 'nbf')),
    maximum_expiration: whole(0, 31_536_000),
    run_on_preflight: BOOL,
    anonymous: ANY_TEXT,
    realm: ANY_TEXT,
  }),
  fault: ({ maximum_expiration: most, claims_to_verify: claims }) =>
    typeof most === 'number' && most > 0 && !(Array.isArray(claims) && claims.includes('exp'))
      ? 'must list exp in claims_to_verify where maximum_expiration is set'
      : null,
  map: (plugin) => ({ jwt: mapJwt(plugin) }),
  atTop: true,
};

function mapJwt(plugin: Row): Jwt {
  const config = configOf(plugin);
  const list = (name: string, fallback: string[]): string[] =>
    Array.isArray(config[name]) ? (config[name] as string[]) : fallback;
  const text = (name: string): string | null => (config[name] ? String(config[name]) : null);
  const { maximum_expiration: most, secret_is_base64: base64, run_on_preflight: preflight } = config;
  const headers = list('header_names', ['authorization']);
  const [keyClaim, anonymous, realm] = [text('key_claim_name'), text('anonymous'), text('realm')];
  return {
    ...(headers.join().toLowerCase() === 'authorization' ? {} : { headers }),
    queryNames: list('uri_param_names', ['jwt']),
    ...(list('cookie_names', []).length > 0 ? { cookieNames: list('cookie_names', []) } : {}),
    ...(keyClaim === null || keyClaim === 'iss' ? {} : { keyClaim }),
    claims: list('claims_to_verify', []) as Jwt['claims'] & string[],
    ...(typeof most === 'number' && most > 0 ? { maxExpirationSeconds: most } : {}),
    ...(base64 === true ? { base64Secrets: true } : {}),
    ...(preflight === false ? { runOnPreflight: false } : {}),
    ...(anonymous === null ? {} : { anonymous }),
    ...(realm === null ? {} : { realm }),
  };
}
