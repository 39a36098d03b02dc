/** What each setting of tokens and signatures does: two gateways, with and without it. */
import { createHash, createHmac } from 'node:crypto';
import type { Case } from './prove.ts';
import { keyPairFor, tokenOf } from '../support/tokens.ts';

type Headers = Record<string, string>;
const SECRET = 's3cr3t';
const UNEXPIRED = { exp: 4_102_444_800 };
const PAIR = keyPairFor('ES256');

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const token = (
  payload: object = {},
  header: object = { alg: 'HS256' },
  secret: string | Buffer = SECRET,
): string => tokenOf({ iss: 'ada-app', ...UNEXPIRED, ...payload }, secret, { ...header });
const TOKEN = bearer(token());
const ADA = {
  id: '1',
  username: 'ada',
  jwtSecrets: [{ id: 't1', name: 'ada-app', algorithm: 'HS512', secret: SECRET }],
  jwtKeys: [{ id: 't2', name: 'ada-pair', algorithm: 'ES256', publicKey: PAIR.publicKey }],
  hmacSecrets: [{ id: 's1', username: 'ada-kiosk', secret: SECRET }],
};
const HS256 = { ...ADA, jwtSecrets: [{ name: 'ada-app', secret: SECRET }] };

const statuses =
  (...headers: Headers[]): Case['sees'] =>
  async (observer) =>
    observer.statuses({}, ...headers);
const originSees =
  (name: string, headers: Headers): Case['sees'] =>
  async ({ get, a }) => (await get('/', headers), a.received[0]?.header(name) ?? null);
const challenge: Case['sees'] = async ({ get }) => (await get()).header('www-authenticate');
const asked =
  (path: string, headers: Headers = {}, method = 'GET'): Case['sees'] =>
  async ({ get }) =>
    (await get(path, headers, method)).status;

const jwt = (name: string, value: unknown, sees: Case['sees'], expected: unknown): Case => ({
  key: `Jwt.${name}`,
  at: `jwt.${name}`,
  config: ({ a }) => ({ origins: [a.url], jwt: { [name]: value }, consumers: [HS256] }),
  sees,
  expected,
});

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
const hmac = (
  name: string,
  value: unknown,
  sees: Case['sees'],
  ...[expected, beside = {}]: [expected: unknown, beside?: object]
): Case => ({
  key: `HmacAuth.${name}`,
  at: `hmacAuth.${name}`,
  config: ({ a }) => ({ origins: [a.url], hmacAuth: { ...beside, [name]: value }, consumers: [ADA] }),
  sees,
  expected,
});

/** A field of a consumer, by the requests that it accepts. */
const field = (
  key: string,
  setting: 'jwt' | 'hmacAuth',
  sees: Case['sees'],
  ...[expected, instead]: [expected: unknown, instead?: unknown]
): Case => ({
  key: `Consumer.${key}`,
  at: `consumers.0.${key.replace('.', '.0.')}`,
  config: ({ a }) => ({
    origins: [a.url],
    [setting]: {},
    rateLimit: { minute: 1, by: 'credential' },
    consumers: [ADA],
  }),
  sees,
  expected,
  ...(instead === undefined ? {} : { instead: () => instead }),
});
const HS512 = bearer(token({}, { alg: 'HS512' }));
const ES256 = bearer(tokenOf({ iss: 'ada-pair', ...UNEXPIRED }, PAIR.privateKey, { alg: 'ES256' }));
const inOnce = (headers: Headers): Case['sees'] => statuses(headers);
/** Limits by credential: two names of one credential share a count. */
const sharedCount =
  (...headers: (() => Headers)[]): Case['sees'] =>
  async ({ get }) => {
    const found: number[] = [];
    for (const one of headers) found.push((await get('/', one())).status);
    return found;
  };
const twice = (
  key: string,
  setting: 'jwt' | 'hmacAuth',
  list: object,
  first: () => Headers,
  then: () => Headers,
): Case => ({
  key: `Consumer.${key}.id`,
  at: `consumers.0.${key}.1.id`,
  config: ({ a }) => ({
    origins: [a.url],
    [setting]: {},
    rateLimit: { minute: 1, by: 'credential' },
    consumers: [{ id: '1', ...list }],
  }),
  sees: sharedCount(first, then),
  expected: [200, 429],
});

const at = (setting: 'jwt' | 'hmacAuth', sees: Case['sees']): Case[] => [
  {
    key: `Config.${setting}`,
    at: setting,
    config: ({ a }) => ({ origins: [a.url], [setting]: {}, consumers: [HS256] }),
    sees,
    expected: [401, 200],
  },
  {
    key: `Route.${setting}`,
    at: `routes.0.${setting}`,
    config: ({ a }) => ({ routes: [{ origins: [a.url], [setting]: {} }], consumers: [HS256] }),
    sees,
    expected: [401, 200],
  },
];

const BODY = '{"pump":"on"}';
const digestOf = (body: string): string => `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
/** A body that does not match its digest. */
const forgedBody: Case['sees'] = async ({ get }) => {
  const headers = signed({ digest: digestOf('another') }, 'x-date digest');
  return (await get('/', headers, 'POST', BODY)).status;
};

export const CASES: Case[] = [
  ...at('jwt', statuses(TOKEN)),
  ...at('hmacAuth', async (observer) => observer.statuses({}, signed())),
  jwt('headers', ['X-Ticket'], statuses(TOKEN, { 'x-ticket': token() }), [401, 401, 200]),
  jwt('queryNames', ['ticket'], asked(`/?ticket=${token()}`), 200),
  jwt('cookieNames', ['ticket'], asked('/', { cookie: `ticket=${token()}` }), 200),
  jwt('keyClaim', 'kid', statuses(bearer(token({ iss: 'x' }, { alg: 'HS256', kid: 'ada-app' }))), [401, 200]),
  jwt('claims', ['exp', 'nbf'], statuses(TOKEN, bearer(token({ nbf: 1 }))), [401, 401, 200]),
  jwt('maxExpirationSeconds', 3600, statuses(TOKEN), [401, 401]),
  jwt(
    'base64Secrets',
    true,
    statuses(bearer(token({}, { alg: 'HS256' }, Buffer.from(SECRET, 'base64')))),
    [401, 200],
  ),
  jwt('runOnPreflight', false, asked('/', {}, 'OPTIONS'), 200),
  jwt('anonymous', 'ada', statuses(bearer('x')), [200, 200]),
  jwt('realm', 'reports', challenge, 'Bearer realm="reports"'),
  hmac(
    'algorithms',
    ['hmac-sha1'],
    async (observer) => observer.statuses(signed(), signed({}, undefined, 'hmac-sha1')),
    [401, 200],
  ),
  hmac(
    'clockSkewSeconds',
    5000,
    async (observer) => observer.statuses(signed(ago(3000)), signed(ago(9000))),
    [200, 401],
  ),
  hmac(
    'signed',
    ['x-date', 'x-pump'],
    async (observer) => observer.statuses(signed(), signed({ 'x-pump': '1' }, 'x-date x-pump')),
    [401, 200],
  ),
  hmac('bodyDigest', true, forgedBody, 401, { signed: [] }),
  hmac(
    'hideCredentials',
    false,
    async ({ get, a }) => (await get('/', signed()), a.received[0]?.header('authorization') !== null),
    true,
  ),
  hmac(
    'anonymous',
    'ada',
    async (observer) => observer.statuses({}, { authorization: 'hmac x' }),
    [200, 200],
  ),
  hmac('realm', 'reports', challenge, 'hmac realm="reports"'),
  field('jwtSecrets', 'jwt', inOnce(HS512), [401, 200]),
  field('jwtSecrets.name', 'jwt', originSees('x-credential-identifier', HS512), 'ada-app', 'other'),
  field('jwtSecrets.algorithm', 'jwt', inOnce(HS512), [401, 200]),
  field('jwtSecrets.secret', 'jwt', inOnce(HS512), [401, 200], 'other'),
  field('jwtKeys', 'jwt', inOnce(ES256), [401, 200]),
  field('jwtKeys.name', 'jwt', originSees('x-credential-identifier', ES256), 'ada-pair', 'other'),
  field('jwtKeys.algorithm', 'jwt', inOnce(ES256), [401, 200], 'ES384'),
  field('jwtKeys.publicKey', 'jwt', inOnce(ES256), [401, 200], keyPairFor('ES256').publicKey),
  field('hmacSecrets', 'hmacAuth', async (observer) => observer.statuses({}, signed()), [401, 200]),
  field(
    'hmacSecrets.username',
    'hmacAuth',
    async ({ get, a }) => (await get('/', signed()), a.received[0]?.header('x-credential-identifier')),
    'ada-kiosk',
    'other',
  ),
  field(
    'hmacSecrets.secret',
    'hmacAuth',
    async (observer) => observer.statuses({}, signed()),
    [401, 200],
    'other',
  ),
  twice(
    'jwtSecrets',
    'jwt',
    {
      jwtSecrets: [
        { name: 'first', secret: SECRET },
        { id: 'first', name: 'second', secret: SECRET },
      ],
    },
    () => bearer(token({ iss: 'first' })),
    () => bearer(token({ iss: 'second' })),
  ),
  twice(
    'jwtKeys',
    'jwt',
    {
      jwtKeys: ['first', 'second'].map((name) => ({
        id: 'first',
        name,
        algorithm: 'ES256',
        publicKey: PAIR.publicKey,
      })),
    },
    () => bearer(tokenOf({ iss: 'first', ...UNEXPIRED }, PAIR.privateKey, { alg: 'ES256' })),
    () => bearer(tokenOf({ iss: 'second', ...UNEXPIRED }, PAIR.privateKey, { alg: 'ES256' })),
  ),
  twice(
    'hmacSecrets',
    'hmacAuth',
    {
      hmacSecrets: [
        { username: 'ada-kiosk', secret: SECRET },
        { id: 'ada-kiosk', username: 'ada-other', secret: SECRET },
      ],
    },
    () => signed(),
    () => {
      const headers = signed();
      return { ...headers, authorization: headers['authorization']!.replace('ada-kiosk', 'ada-other') };
    },
  ),
];
