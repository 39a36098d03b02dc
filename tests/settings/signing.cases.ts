/** What each setting of tokens and signatures does: two gateways, with and without it. */
import { createHash, createHmac } from 'node:crypto';
import { keyPairFor, tokenOf } from '../support/tokens.ts';
import { settingsOf, type Case, type Headers } from './prove.ts';
import { answers, originSees, status, statuses } from './sees.ts';

const SECRET = 's3cr3t';
const UNEXPIRED = { exp: 4_102_444_800 };
const PAIR = keyPairFor('ES256');

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const token = (
  payload: object = {},
  header: object = { alg: 'HS256' },
  secret: string | Buffer = SECRET,
): string => tokenOf({ iss: 'ada-app', ...UNEXPIRED, ...payload }, secret, { ...header });
const pairToken = (iss: string): Headers =>
  bearer(tokenOf({ iss, ...UNEXPIRED }, PAIR.privateKey, { alg: 'ES256' }));
const TOKEN = bearer(token());
const HS512 = bearer(token({}, { alg: 'HS512' }));
const ES256 = pairToken('ada-pair');

/** Signs what curl would send: a date that is always recent, and the target. */
function signed(more: Headers = {}, names = 'x-date @request-target', algorithm = 'hmac-sha256'): Headers {
  const headers: Headers = { 'x-date': new Date().toUTCString(), ...more };
  const lines = names
    .split(' ')
    .map((name) => `${name}: ${name === '@request-target' ? 'get /' : (headers[name] ?? '')}`.trimEnd());
  const signature = createHmac(algorithm.slice(5), SECRET).update(lines.join('\n')).digest('base64');
  const parameters = `username="ada-kiosk", algorithm="${algorithm}", headers="${names}", signature="${signature}"`;
  return { ...headers, authorization: `hmac ${parameters}` };
}
const ago = (seconds: number): Headers => ({ 'x-date': new Date(Date.now() - seconds * 1000).toUTCString() });
/** Statuses of requests for /, which are signed when they are sent. */
const sending =
  (...headers: (() => Headers)[]): Case['sees'] =>
  async (observer) =>
    observer.statuses(...headers.map((sign) => sign()));
const digestOf = (body: string): string => `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
/** A body that does not match its digest. */
const forgedBody: Case['sees'] = (observer) =>
  status(signed({ digest: digestOf('another') }, 'x-date digest'), 'POST', '{"pump":"on"}', '/')(observer);

const ADA = {
  id: '1',
  username: 'ada',
  jwtSecrets: [{ id: 't1', name: 'ada-app', algorithm: 'HS512', secret: SECRET }],
  jwtKeys: [{ id: 't2', name: 'ada-pair', algorithm: 'ES256', publicKey: PAIR.publicKey }],
  hmacSecrets: [{ id: 's1', username: 'ada-kiosk', secret: SECRET }],
};
const HS256 = { consumers: [{ ...ADA, jwtSecrets: [{ name: 'ada-app', secret: SECRET }] }] };
const LIMITED = { rateLimit: { minute: 1, by: 'credential' }, consumers: [ADA] };
const jwt = settingsOf('Jwt', 'jwt', { beside: HS256 });
const hmac = settingsOf('HmacAuth', 'hmacAuth', { beside: { consumers: [ADA] } });
const tokens = settingsOf('Consumer', 'consumers', { beside: { jwt: {}, ...LIMITED } });
const secrets = settingsOf('Consumer', 'consumers', { beside: { hmacAuth: {}, ...LIMITED } });

const everywhere = (setting: 'jwt' | 'hmacAuth', sees: Case['sees']): Case[] => [
  settingsOf('Config', '')(setting, {}, sees, [401, 200], { beside: HS256 }),
  settingsOf('Route', 'routes')(setting, {}, sees, [401, 200], {
    beside: ({ a }) => ({ routes: [{ origins: [a.url] }], ...HS256 }),
  }),
];
/** Limits by credential: two names of one credential share a count. */
const sharedCount = (
  setting: 'jwt' | 'hmacAuth',
  list: string,
  credentials: readonly object[],
  ...asked: (() => Headers)[]
): Case =>
  settingsOf('Consumer', 'consumers')(`${list}.id`, 'one', sending(...asked), [200, 429], {
    beside: {
      ...LIMITED,
      [setting]: {},
      consumers: [{ id: '1', [list]: credentials.map((each) => ({ id: 'one', ...each })) }],
    },
  });

export const CASES: Case[] = [
  ...everywhere('jwt', statuses({}, TOKEN)),
  ...everywhere(
    'hmacAuth',
    sending(() => ({}), signed),
  ),
  jwt('headers', ['X-Ticket'], statuses({}, TOKEN, { 'x-ticket': token() }), [401, 401, 200]),
  jwt('queryNames', ['ticket'], status({}, 'GET', '', `/?ticket=${token()}`), 200),
  jwt('cookieNames', ['ticket'], status({ cookie: `ticket=${token()}` }), 200),
  jwt(
    'keyClaim',
    'kid',
    statuses({}, bearer(token({ iss: 'x' }, { alg: 'HS256', kid: 'ada-app' }))),
    [401, 200],
  ),
  jwt('claims', ['exp', 'nbf'], statuses({}, TOKEN, bearer(token({ nbf: 1 }))), [401, 401, 200]),
  jwt('maxExpirationSeconds', 3600, statuses({}, TOKEN), [401, 401]),
  jwt(
    'base64Secrets',
    true,
    statuses({}, bearer(token({}, { alg: 'HS256' }, Buffer.from(SECRET, 'base64')))),
    [401, 200],
  ),
  jwt('runOnPreflight', false, status({}, 'OPTIONS'), 200),
  jwt('anonymous', 'ada', statuses({}, bearer('x')), [200, 200]),
  jwt('realm', 'reports', answers('www-authenticate'), 'Bearer realm="reports"'),
  hmac(
    'algorithms',
    ['hmac-sha1'],
    sending(signed, () => signed({}, undefined, 'hmac-sha1')),
    [401, 200],
  ),
  hmac(
    'clockSkewSeconds',
    5000,
    sending(
      () => signed(ago(3000)),
      () => signed(ago(9000)),
    ),
    [200, 401],
  ),
  hmac(
    'signed',
    ['x-date', 'x-pump'],
    sending(signed, () => signed({ 'x-pump': '1' }, 'x-date x-pump')),
    [401, 200],
  ),
  hmac('bodyDigest', true, forgedBody, 401, { beside: { hmacAuth: { signed: [] }, consumers: [ADA] } }),
  hmac(
    'hideCredentials',
    false,
    async ({ get, a }) => (await get('/', signed()), a.received[0]?.header('authorization') !== null),
    true,
  ),
  hmac('anonymous', 'ada', statuses({}, { authorization: 'hmac x' }), [200, 200]),
  hmac('realm', 'reports', answers('www-authenticate'), 'hmac realm="reports"'),
  tokens('jwtSecrets', ADA.jwtSecrets, statuses({}, HS512), [401, 200]),
  tokens('jwtSecrets.name', 'ada-app', originSees('x-credential-identifier', HS512), 'ada-app', {
    instead: 'other',
  }),
  tokens('jwtSecrets.algorithm', 'HS512', statuses({}, HS512), [401, 200]),
  tokens('jwtSecrets.secret', SECRET, statuses({}, HS512), [401, 200], { instead: 'other' }),
  tokens('jwtKeys', ADA.jwtKeys, statuses({}, ES256), [401, 200]),
  tokens('jwtKeys.name', 'ada-pair', originSees('x-credential-identifier', ES256), 'ada-pair', {
    instead: 'other',
  }),
  tokens('jwtKeys.algorithm', 'ES256', statuses({}, ES256), [401, 200], { instead: 'ES384' }),
  tokens('jwtKeys.publicKey', PAIR.publicKey, statuses({}, ES256), [401, 200], {
    instead: keyPairFor('ES256').publicKey,
  }),
  secrets(
    'hmacSecrets',
    ADA.hmacSecrets,
    sending(() => ({}), signed),
    [401, 200],
  ),
  secrets(
    'hmacSecrets.username',
    'ada-kiosk',
    async ({ get, a }) => (await get('/', signed()), a.received[0]?.header('x-credential-identifier')),
    'ada-kiosk',
    { instead: 'other' },
  ),
  secrets(
    'hmacSecrets.secret',
    SECRET,
    sending(() => ({}), signed),
    [401, 200],
    { instead: 'other' },
  ),
  sharedCount(
    'jwt',
    'jwtSecrets',
    ['first', 'second'].map((name) => ({ name, secret: SECRET })),
    () => bearer(token({ iss: 'first' })),
    () => bearer(token({ iss: 'second' })),
  ),
  sharedCount(
    'jwt',
    'jwtKeys',
    ['first', 'second'].map((name) => ({ name, algorithm: 'ES256', publicKey: PAIR.publicKey })),
    () => pairToken('first'),
    () => pairToken('second'),
  ),
  sharedCount(
    'hmacAuth',
    'hmacSecrets',
    ['ada-kiosk', 'ada-other'].map((username) => ({ username, secret: SECRET })),
    () => signed(),
    () => {
      const headers = signed();
      return { ...headers, authorization: headers['authorization']!.replace('ada-kiosk', 'ada-other') };
    },
  ),
];
