/**
 * The plugins that are not carried over: what callers will see without each.
 *
 * A plugin that keeps callers out is a wall: where nothing else guards the route, the route is closed (503) rather
 * than left open. A migration that answers too little is noticed on the first day; one that answers everybody is not.
 */

const OPEN = 'whoever it kept out would get in';
const RAW = 'requests reach the service unchanged';
const SAME = 'answers reach callers unchanged';
const SILENT = 'callers see no difference, but nothing is recorded there any more';

const MEANINGS: Readonly<Record<string, string>> = {
  'request-transformer': RAW,
  'request-transformer-advanced': RAW,
  'correlation-id': 'its header is not added',
  'request-termination': 'requests reach the service instead of the fixed answer',
  'request-size-limiting': 'large bodies reach the service',
  'request-validator': 'invalid requests reach the service',
  'response-transformer': SAME,
  'response-transformer-advanced': SAME,
  'response-ratelimiting': 'what answers say they cost is not counted',
  'proxy-cache': 'every request reaches the service',
  'proxy-cache-advanced': 'every request reaches the service',
  'rate-limiting-advanced': 'nobody is limited by it',
  'ai-rate-limiting-advanced': 'nobody is limited by it',
  'graphql-rate-limiting-advanced': 'nobody is limited by it',
  'pre-function': 'its code does not run',
  'post-function': 'its code does not run',
  'aws-lambda': 'requests reach the service instead of the function',
  'azure-functions': 'requests reach the service instead of the function',
  'grpc-web': 'no translation to gRPC',
  'grpc-gateway': 'no translation to gRPC',
  canary: 'all requests go to the service',
  'route-by-header': 'all requests go to the service',
  'forward-proxy': 'requests go straight to the service',
  redirect: 'requests reach the service instead of being redirected',
  session: 'no session cookie is given or taken',
  acme: 'certificates live with whoever ends TLS in front of the Worker',
};

const LOGS = [
  'file-log',
  'http-log',
  'tcp-log',
  'udp-log',
  'syslog',
  'loggly',
  'statsd',
  'statsd-advanced',
  'datadog',
  'prometheus',
  'zipkin',
  'opentelemetry',
  'kafka-log',
  'galileo',
];

const WALLS = new Set([
  'basic-auth',
  'hmac-auth',
  'jwt',
  'jwt-signer',
  'key-auth-enc',
  'ldap-auth',
  'ldap-auth-advanced',
  'oauth2',
  'oauth2-introspection',
  'openid-connect',
  'mtls-auth',
  'header-cert-auth',
  'saml',
  'vault-auth',
  'acl',
  'ip-restriction',
  'bot-detection',
  'opa',
  'application-registration',
]);

/** Does the plugin keep callers out? */
export function isWall(name: string): boolean {
  return WALLS.has(name);
}

/** What the absence of the plugin means for callers. */
export function absenceOf(name: string): string {
  if (WALLS.has(name)) return OPEN;
  if (LOGS.includes(name)) return SILENT;
  return MEANINGS[name] ?? 'it does nothing any more';
}
