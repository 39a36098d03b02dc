/** Determines the kind of entities from the Admin API's endpoints or, without one, from the fields. */
const ENDPOINTS = new Map(
  Object.entries({
    apis: 'apis',
    services: 'services',
    routes: 'routes',
    plugins: 'plugins',
    consumers: 'consumers',
    'key-auths': 'keyauth_credentials',
    'key-auth': 'keyauth_credentials',
    keyauth_credentials: 'keyauth_credentials',
    upstreams: 'upstreams',
    targets: 'targets',
    acls: 'acls',
    'basic-auths': 'basicauth_credentials',
    'basic-auth': 'basicauth_credentials',
    basicauth_credentials: 'basicauth_credentials',
    jwts: 'jwt_secrets',
    jwt: 'jwt_secrets',
    jwt_secrets: 'jwt_secrets',
    certificates: 'certificates',
    snis: 'snis',
    oauth2: 'oauth2_credentials',
    'hmac-auths': 'hmacauth_credentials',
    'hmac-auth': 'hmacauth_credentials',
    hmacauth_credentials: 'hmacauth_credentials',
  }),
);

/** `/upstreams/u/targets?size=100` returns targets. */
export function endpointKind(endpoint: string): string | null {
  const last = endpoint
    .split('?')[0]!
    .split('/')
    .filter((part) => part !== '' && part !== 'all' && part !== 'active')
    .at(-1);
  return ENDPOINTS.get(last ?? '') ?? null;
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
