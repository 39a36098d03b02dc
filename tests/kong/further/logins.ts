/** basic-auth: where a login is found, which logins are valid, what the origin gets. */
import type { KongCase } from '../case.ts';
import { BOB, ANONYMOUS, get, one, received, refusal, withPlugins } from './forms.ts';
import type { Config, Headers } from './forms.ts';

export const base64 = (text: string): string => Buffer.from(text).toString('base64');
export const login = (text: string): Headers => ({ Authorization: `Basic ${base64(text)}` });
const ADA = {
  id: '44444444-4444-4444-8444-444444444444',
  username: 'ada',
  custom_id: 'a-1',
  basicauth_credentials: [
    { username: 'ada-login', password: 'byron' },
    { username: 'constructor', password: 'proto' },
    { username: 'grün', password: 'ü✓' },
    { username: 'two', password: 'line\nbreak' },
  ],
};
const basic = (config: object = {}, more: object = {}): Config =>
  withPlugins([{ name: 'basic-auth', config }], { consumers: [ADA, BOB, ANONYMOUS], ...more });
const challenge = { 'WWW-Authenticate': 'Basic realm="service"' };
const unauthorized = refusal(401, 'Unauthorized', challenge);
const isAda = (id = 'ada-login') =>
  received({ headers: { equal: { 'x-consumer-username': 'ada', 'x-credential-identifier': id } } });
const OLD = { kong: '0.14' };

const places: [name: string, headers: Headers, is: 'in' | 'out'][] = [
  ['basic in small letters', { Authorization: `basic ${base64('ada-login:byron')}` }, 'in'],
  ['without a space', { Authorization: `Basic${base64('ada-login:byron')}` }, 'in'],
  ['with several spaces', { Authorization: `Basic    ${base64('ada-login:byron')}` }, 'in'],
  ['in capitals', { Authorization: `BASIC ${base64('ada-login:byron')}` }, 'out'],
  ['after other words', { Authorization: `My Basic ${base64('ada-login:byron')}` }, 'in'],
  ['text after the padding', { Authorization: `Basic ${base64('ada-login:byron')}==, x` }, 'in'],
  ['with a space inside', { Authorization: 'Basic YWRhLWxvZ2lu OmJ5cm9u' }, 'out'],
  [
    'one base64 digit too many',
    { Authorization: `Basic ${base64('ada-login:byron').replace(/=+$/, '')}A` },
    'out',
  ],
  ['no name', login(':byron'), 'out'],
  ['a colon before the name', login(':ada-login:byron'), 'in'],
  ['another case', login('Ada-login:byron'), 'out'],
  ['a longer password', login('ada-login:byron2'), 'out'],
  ['an empty password', login('ada-login:'), 'out'],
  ['a line end after the password', login('ada-login:byron\nmore'), 'in'],
  ['a password with a second line', login('two:line\nbreak'), 'out'],
  ['a name of the prototype', login('__proto__:x'), 'out'],
  ['UTF-8', login('grün:ü✓'), 'in'],
  [
    'Latin-1 for UTF-8',
    { Authorization: `Basic ${Buffer.from('grün:ü', 'latin1').toString('base64')}` },
    'out',
  ],
  ['an empty header', { Authorization: '' }, 'out'],
  ['only the scheme', { Authorization: 'Basic' }, 'out'],
  ['another scheme', { Authorization: 'Bearer x' }, 'out'],
];

export const logins: KongCase[] = [
  ...places.map(([name, headers, is]) =>
    one(`basic-auth: ${name}`, basic(), get('/', headers), is === 'in' ? { status: 200 } : unauthorized),
  ),
  one(
    'basic-auth: a user called constructor',
    basic(),
    get('/', login('constructor:proto')),
    isAda('constructor'),
  ),
  one(
    'basic-auth: the realm is not escaped',
    basic({ realm: 'the "inner" ring' }),
    get('/'),
    refusal(401, 'Unauthorized', { 'WWW-Authenticate': 'Basic realm="the "inner" ring"' }),
  ),
  one('basic-auth: HEAD', basic(), get('/', {}, { method: 'HEAD' }), {
    status: 401,
    bodyExact: '',
    headers: { equal: challenge },
  }),
  one(
    'basic-auth: a route without the plugin',
    withPlugins([]),
    get('/', { ...login('x:y'), 'X-Consumer-ID': 'own' }),
    {
      status: 200,
      upstreamReceives: { headers: { equal: { 'x-consumer-id': 'own', ...login('x:y') } } },
    },
  ),
  one(
    'basic-auth: hidden, Proxy-Authorization of another scheme too',
    basic({ hide_credentials: true }),
    get('/', { ...login('ada-login:byron'), 'Proxy-Authorization': 'Bearer x' }),
    received({ headers: { absent: ['authorization', 'proxy-authorization'] } }),
  ),
  one(
    'basic-auth: hidden for an anonymous caller, whatever the scheme',
    basic({ hide_credentials: true, anonymous: 'no-body' }),
    get('/', { Authorization: 'Bearer x' }),
    received({ headers: { equal: { 'x-anonymous-consumer': 'true' }, absent: ['authorization'] } }),
  ),
  one(
    'basic-auth: not hidden if it decodes without a colon',
    basic({ hide_credentials: true, anonymous: 'no-body' }),
    get('/', { Authorization: `Basic ${base64('nothing')}` }),
    received({ headers: { present: ['authorization', 'x-anonymous-consumer'] } }),
  ),
  one(
    'basic-auth: two Authorization lines',
    basic({ anonymous: 'no-body' }),
    get('/', { Authorization: ['Bearer x', `Basic ${base64('ada-login:byron')}`] }),
    { status: 400, upstreamReceives: { hits: 0 } },
  ),
  one(
    'basic-auth: hashes in an exported file',
    basic(
      {},
      {
        _transform: false,
        consumers: [
          {
            id: 'd5c11c4f-b5e7-4db3-a2d3-5fab834dd1e8',
            username: 'wilma',
            basicauth_credentials: [
              { username: 'wilma-login', password: 'af3cac381b8fb0db6cbabb6a96a7f6f17486ca30' },
            ],
          },
        ],
      },
    ),
    get('/', login('wilma-login:pebbles-9')),
    { status: 200 },
  ),
  one(
    'basic-auth: 2018, none',
    basic({}, { _format_version: '1.1' }),
    get('/'),
    {
      status: 401,
      bodyExact: '{"message":"Unauthorized"}\n',
      headers: { equal: { 'WWW-Authenticate': 'Basic realm="kong"' } },
    },
    OLD,
  ),
  one(
    'basic-auth: 2018, a wrong password',
    basic({}, { _format_version: '1.1' }),
    get('/', login('ada-login:x')),
    {
      status: 403,
      bodyExact: '{"message":"Invalid authentication credentials"}\n',
      headers: { absent: ['WWW-Authenticate'] },
    },
    OLD,
  ),
  one(
    'basic-auth: 2018, the user is sent under the older name',
    basic({}, { _format_version: '1.1' }),
    get('/', { ...login('ada-login:byron'), 'X-Credential-Identifier': 'own' }),
    received({
      headers: { equal: { 'x-credential-username': 'ada-login', 'x-credential-identifier': 'own' } },
    }),
    OLD,
  ),
];
