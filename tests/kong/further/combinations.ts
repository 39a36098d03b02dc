/** Several authenticators on one route: AND without `anonymous`, OR with it, and combinations of the two. */
import type { KongCase } from '../case.ts';
import { get, one, received, refusal, withPlugins } from './forms.ts';
import type { Config, Headers } from './forms.ts';
import { login } from './logins.ts';

const ANON = { id: '77777777-7777-4777-8777-777777777777', username: 'anon', custom_id: 'anon-1' };
const SECOND = { id: '88888888-8888-4888-8888-888888888888', username: 'second' };
const KIM = {
  id: '55555555-5555-4555-8555-555555555555',
  username: 'kim',
  custom_id: 'kim-1',
  keyauth_credentials: [{ id: '66666666-6666-4666-8666-666666666666', key: 'k-kim' }],
  acls: [{ group: 'keyed' }],
};
const BEA = {
  id: '99999999-9999-4999-8999-999999999999',
  username: 'bea',
  basicauth_credentials: [{ username: 'bea-login', password: 'honey' }],
  acls: [{ group: 'basic' }],
};
const HAL = {
  id: '1941ef29-0b1e-4d3a-a969-1fc28918ff50',
  username: 'hal',
  hmacauth_credentials: [{ username: 'hal-login', secret: 'orbit' }],
};
/** Signed with hal's secret over the date. */
const SIGNED: Headers = {
  'X-Date': 'Thu, 01 Jan 2015 08:30:00 GMT',
  Authorization:
    'hmac username="hal-login", algorithm="hmac-sha256", headers="x-date", signature="tCx0cAQ6HfhBXwEp81d5xaLw6foyR9Q1ti33yA4REy0="',
};
const signedOr = (basic: object): Config =>
  withPlugins(
    [
      { name: 'basic-auth', config: { anonymous: 'anon', ...basic } },
      { name: 'hmac-auth', config: { anonymous: 'anon', clock_skew: 10_000_000_000 } },
    ],
    { consumers: [HAL, BEA, ANON] },
  );
const both = (key: object | null, basic: object | null, rest: object[] = [], anon: object = {}): Config =>
  withPlugins(
    [
      ...(key ? [{ name: 'key-auth', config: key }] : []),
      ...(basic ? [{ name: 'basic-auth', config: basic }] : []),
      ...rest,
    ],
    { consumers: [KIM, BEA, { ...ANON, ...anon }, SECOND] },
  );
const OR = { anonymous: 'anon' };
const KEY: Headers = { apikey: 'k-kim' };
const LOGIN = login('bea-login:honey');
const NO_KEY = refusal(401, 'No API key found in request', { 'WWW-Authenticate': 'Key' });
const NO_LOGIN = refusal(401, 'Unauthorized', { 'WWW-Authenticate': 'Basic realm="service"' });
const isKim = received({
  headers: {
    equal: {
      'x-consumer-id': KIM.id,
      'x-consumer-username': 'kim',
      'x-consumer-custom-id': 'kim-1',
      'x-credential-identifier': '66666666-6666-4666-8666-666666666666',
    },
    absent: ['x-anonymous-consumer'],
  },
});
const isBea = received({
  headers: {
    equal: {
      'x-consumer-id': BEA.id,
      'x-consumer-username': 'bea',
      'x-credential-identifier': 'bea-login',
    },
    absent: ['x-anonymous-consumer', 'x-consumer-custom-id'],
  },
});
const isAnon = (who: { id: string; username: string }, absent: string[] = []) =>
  received({
    headers: {
      equal: {
        'x-consumer-id': who.id,
        'x-consumer-username': who.username,
        'x-anonymous-consumer': 'true',
      },
      absent: ['x-credential-identifier', ...absent],
    },
  });
const terminated = (config: object) =>
  both(OR, OR, [], { plugins: [{ name: 'request-termination', config }] });
const acl = (config: object, key: object = OR, basic: object = OR): Config =>
  both(key, basic, [{ name: 'acl', config }]);

export const combinations: KongCase[] = [
  one('combination: AND, the last decides', both({}, {}), get('/', { ...KEY, ...LOGIN }), isBea),
  one('combination: AND, the first that fails responds', both({}, {}), get('/'), NO_KEY),
  one('combination: AND, the first fails though the second is valid', both({}, {}), get('/', LOGIN), NO_KEY),
  one('combination: OR, the first success decides', both(OR, OR), get('/', { ...KEY, ...LOGIN }), isKim),
  one(
    'combination: OR, only the second, and no header of the anonymous consumer remains',
    both(OR, OR),
    get('/', LOGIN),
    isBea,
  ),
  one(
    'combination: OR, an invalid key does not affect a valid login',
    both(OR, OR),
    get('/', { apikey: 'wrong', ...LOGIN }),
    isBea,
  ),
  one(
    'combination: OR, the last anonymous consumer applies',
    both(OR, { anonymous: SECOND.id }),
    get('/', { apikey: 'wrong' }),
    isAnon(SECOND, ['x-consumer-custom-id']),
  ),
  one(
    'combination: OR, an authenticator that is skipped hides nothing',
    both(OR, { ...OR, hide_credentials: true }),
    get('/', { ...KEY, ...LOGIN }),
    received({ headers: { equal: { 'x-consumer-username': 'kim', ...LOGIN } } }),
  ),
  one(
    'combination: OR, an invalid key is forwarded unless hidden',
    both(OR, { ...OR, hide_credentials: true }),
    get('/', { apikey: 'wrong', ...LOGIN }),
    received({ headers: { equal: { apikey: 'wrong' }, absent: ['authorization'] } }),
  ),
  one(
    'combination: OR, a missing anonymous consumer fails before the next authenticator runs',
    both({ anonymous: 'ghost' }, OR),
    get('/', LOGIN),
    refusal(500, "anonymous consumer ghost is configured but doesn't exist"),
  ),
  one(
    'combination: OR, a missing anonymous consumer does not affect a valid key',
    both({ anonymous: 'ghost' }, { anonymous: 'ghost' }),
    get('/', KEY),
    isKim,
  ),
  one('combination: key required, login optional: both', both({}, OR), get('/', { ...KEY, ...LOGIN }), isKim),
  one('combination: key required, login optional: only the key', both({}, OR), get('/', KEY), isKim),
  one('combination: key required, login optional: only the login', both({}, OR), get('/', LOGIN), NO_KEY),
  one('combination: key optional, login required: both', both(OR, {}), get('/', { ...KEY, ...LOGIN }), isBea),
  one('combination: key optional, login required: only the key', both(OR, {}), get('/', KEY), NO_LOGIN),
  one('combination: key optional, login required: only the login', both(OR, {}), get('/', LOGIN), isBea),
  one(
    'combination: an OPTIONS exempt from one is authenticated by the other',
    both({ run_on_preflight: false }, {}),
    get('/', {}, { method: 'OPTIONS' }),
    NO_LOGIN,
  ),
  one(
    'combination: the anonymous consumer is rejected with its own body',
    terminated({ status_code: 401 }),
    get('/'),
    {
      status: 401,
      bodyExact: '{"message":"Unauthorized"}',
      headers: { absent: ['WWW-Authenticate'] },
      upstreamReceives: { hits: 0 },
    },
  ),
  one(
    'combination: the anonymous consumer is rejected with 403',
    terminated({ status_code: 403 }),
    get('/', login('a:b')),
    {
      status: 403,
      bodyExact: '',
      upstreamReceives: { hits: 0 },
    },
  ),
  one(
    'combination: the anonymous consumer is rejected with a reason',
    terminated({ status_code: 403, message: 'Show a pass' }),
    get('/'),
    { status: 403, bodyExact: '{"message":"Show a pass"}' },
  ),
  one(
    'combination: an authenticated consumer is not rejected with the anonymous one',
    terminated({}),
    get('/', LOGIN),
    isBea,
  ),
  one(
    'combination: groups of the first consumer found',
    acl({ allow: ['keyed'] }),
    get('/', { ...KEY, ...LOGIN }),
    {
      status: 200,
      upstreamReceives: { headers: { equal: { 'x-consumer-groups': 'keyed' } } },
    },
  ),
  one(
    'combination: groups of the last if all are required',
    acl({ allow: ['keyed'] }, {}, {}),
    get('/', { ...KEY, ...LOGIN }),
    refusal(403, 'You cannot consume this service'),
  ),
  one('combination: groups, the anonymous consumer has none', acl({ allow: ['keyed'] }), get('/'), {
    ...refusal(401, 'Unauthorized'),
    headers: { absent: ['WWW-Authenticate'] },
  }),
  one('combination: groups denied, the anonymous consumer has none', acl({ deny: ['keyed'] }), get('/'), {
    status: 200,
    upstreamReceives: { headers: { equal: { 'x-consumer-groups': '', 'x-consumer-username': 'anon' } } },
  }),
  one(
    'combination: one on the service, one on the route',
    withPlugins(
      [{ name: 'basic-auth', config: OR }],
      { consumers: [KIM, BEA, ANON] },
      {
        plugins: [{ name: 'key-auth', config: OR }],
      },
    ),
    get('/', { ...KEY, ...LOGIN }),
    isKim,
  ),
  one(
    'combination: one global, one on the route',
    withPlugins([{ name: 'key-auth' }], { consumers: [KIM, BEA, ANON], plugins: [{ name: 'basic-auth' }] }),
    get('/', KEY),
    NO_LOGIN,
  ),
  one(
    'combination: a disabled one is ignored',
    both({}, null, [{ name: 'basic-auth', enabled: false }]),
    get('/', KEY),
    isKim,
  ),
  one(
    'combination: key-auth hides Authorization, so basic-auth finds none',
    both({ key_names: ['authorization'], hide_credentials: true }, {}, []),
    get('/', { Authorization: 'k-kim' }),
    NO_LOGIN,
  ),
  one(
    'combination: a limit counts the authenticated consumer',
    both(OR, OR, [{ name: 'rate-limiting', config: { minute: 1, policy: 'local' } }]),
    get('/', LOGIN),
    { status: 200, headers: { equal: { 'RateLimit-Remaining': '0' } } },
    {
      before: [
        { request: get('/', KEY), expect: { status: 200 } },
        { request: get('/'), expect: { status: 200 } },
      ],
    },
  ),
  one(
    'combination: 2018, the second replaces the first',
    { ...both(OR, OR), _format_version: '1.1' },
    get('/', { apikey: 'wrong', ...login('bea-login:wrong') }),
    received({ headers: { equal: { 'x-consumer-username': 'anon', 'x-anonymous-consumer': 'true' } } }),
    { kong: '0.14' },
  ),
  one(
    'combination: 2018, a wrong key is 403 before the login is checked',
    { ...both({}, {}), _format_version: '1.1' },
    get('/', { apikey: 'wrong', ...LOGIN }),
    { status: 403, bodyExact: '{"message":"Invalid authentication credentials"}\n' },
    { kong: '0.14' },
  ),
  one(
    'combination: a login or a signature: the signature',
    signedOr({}),
    get('/', SIGNED),
    received({
      headers: { equal: { 'x-consumer-username': 'hal', 'x-credential-identifier': 'hal-login' } },
    }),
  ),
  one(
    'combination: a login or a signature: the login',
    signedOr({}),
    get('/', { ...SIGNED, ...LOGIN }),
    isBea,
  ),
  one(
    'combination: basic-auth that hides removes the signature before it is read',
    signedOr({ hide_credentials: true }),
    get('/', SIGNED),
    received({ headers: { equal: { 'x-consumer-username': 'anon' }, absent: ['authorization'] } }),
  ),
  one(
    'combination: basic-auth that hides removes it from either header',
    signedOr({ hide_credentials: true }),
    get('/', { 'X-Date': SIGNED['X-Date']!, 'Proxy-Authorization': SIGNED['Authorization']! }),
    received({ headers: { equal: { 'x-consumer-username': 'anon' }, absent: ['proxy-authorization'] } }),
  ),
  one(
    'combination: a token, a key or a login',
    withPlugins(
      ['jwt', 'key-auth', 'basic-auth'].map((name) => ({ name, config: OR })),
      { consumers: [KIM, BEA, ANON] },
    ),
    get('/', LOGIN),
    isBea,
  ),
];
