/** Determines the kind of entities from the Admin API's endpoints or, without one, from the fields. */
import { ELSEWHERE } from './elsewhere.ts';
import { KINDS } from './schema.ts';

/** Endpoints that are called otherwise than the lists of a declaration. */
const OTHERS = new Map([
  ['apis', 'apis'],
  ...['key-auths', 'key-auth'].map((name) => [name, 'keyauth_credentials'] as const),
  ...['basic-auths', 'basic-auth'].map((name) => [name, 'basicauth_credentials'] as const),
  ...['hmac-auths', 'hmac-auth'].map((name) => [name, 'hmacauth_credentials'] as const),
  ...['jwts', 'jwt'].map((name) => [name, 'jwt_secrets'] as const),
  ['oauth2', 'oauth2_credentials'],
]);

/** `/upstreams/u/targets?size=100` returns targets. */
export function endpointKind(endpoint: string): string | null {
  const last = endpoint
    .split('?')[0]!
    .split('/')
    .findLast((part) => part !== '' && part !== 'all' && part !== 'active');
  if (last === undefined) return null;
  return OTHERS.get(last) ?? (KINDS.has(last) || ELSEWHERE.has(last) ? last : null);
}

/** The kind of an entity, from fields that no other kind has. */
export function guessKind(entity: Record<string, unknown>): string | null {
  if ('upstream_url' in entity) return 'apis';
  if ('target' in entity) return 'targets';
  if ('slots' in entity) return 'upstreams';
  if ('key' in entity && 'algorithm' in entity) return 'jwt_secrets';
  if ('key' in entity && ('consumer_id' in entity || 'consumer' in entity)) return 'keyauth_credentials';
  if ('config' in entity || ('name' in entity && 'enabled' in entity)) return 'plugins';
  if ('protocols' in entity || 'strip_path' in entity || 'paths' in entity) return 'routes';
  if ('protocol' in entity || 'host' in entity) return 'services';
  if ('username' in entity && 'secret' in entity) return 'hmacauth_credentials';
  if ('username' in entity && 'password' in entity) return 'basicauth_credentials';
  return 'username' in entity || 'custom_id' in entity ? 'consumers' : null;
}
