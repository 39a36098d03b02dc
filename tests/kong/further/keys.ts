/** key-auth: where a key may be sent, which of several is used, what is forwarded. */
import type { KongCase } from '../case.ts';
import {
  BOB,
  ANONYMOUS,
  get,
  post,
  withPlugins,
  keyAuth,
  one,
  refusal,
  received,
  JSON_TYPE,
} from './forms.ts';

const CHALLENGE = { 'WWW-Authenticate': 'Key' };
const NO_KEY = refusal(401, 'No API key found in request', CHALLENGE);
const TWICE = refusal(401, 'Duplicate API key found', CHALLENGE);
const WRONG = refusal(401, 'Unauthorized', CHALLENGE);
const IS_BOB = received({ headers: { equal: { 'x-consumer-username': 'bob', 'x-consumer-id': BOB.id } } });

const FORM = 'application/x-www-form-urlencoded';

export const keys: KongCase[] = [
  one('keys: a header sent twice', keyAuth(), get('/', { apikey: ['kong', 'kong'] }), TWICE),
  one('keys: a query argument given twice', keyAuth(), get('/?apikey=kong&apikey=kong'), TWICE),
  one('keys: an escaped name in the query', keyAuth(), get('/?api%6Bey=kong'), IS_BOB),
  one('keys: an escaped key in the query', keyAuth(), get('/?apikey=k%6Fng'), IS_BOB),
  one('keys: any case of the header', keyAuth(), get('/', { ApiKey: 'kong' }), IS_BOB),
  one('keys: a key in another case', keyAuth(), get('/', { apikey: 'KONG' }), WRONG),
  one('keys: a list in brackets', keyAuth(), get('/?apikey[]=kong'), NO_KEY),
  one('keys: the second name', keyAuth({ key_names: ['one', 'two'] }), get('/?two=kong'), IS_BOB),
  one(
    'keys: a valueless first name, a second name',
    keyAuth({ key_names: ['one', 'two'] }),
    get('/?one&two=kong'),
    IS_BOB,
  ),
  one('keys: an empty first name', keyAuth({ key_names: ['one', 'two'] }), get('/?one=&two=kong'), NO_KEY),
  one(
    'keys: a wrong key under the first name',
    keyAuth({ key_names: ['one', 'two'] }),
    get('/?one=no&two=kong'),
    WRONG,
  ),
  one(
    'keys: a realm',
    keyAuth({ realm: 'mine' }),
    get('/'),
    refusal(401, 'No API key found in request', { 'WWW-Authenticate': 'Key realm="mine"' }),
  ),
  one(
    'keys: JSON list',
    keyAuth({ key_in_body: true }),
    post('/', JSON_TYPE, '{"apikey":["kong","kong"]}'),
    TWICE,
  ),
  one('keys: JSON object', keyAuth({ key_in_body: true }), post('/', JSON_TYPE, '{"apikey":{"a":1}}'), TWICE),
  one('keys: JSON null', keyAuth({ key_in_body: true }), post('/', JSON_TYPE, '{"apikey":null}'), NO_KEY),
  one('keys: JSON true', keyAuth({ key_in_body: true }), post('/', JSON_TYPE, '{"apikey":true}'), NO_KEY),
  one(
    'keys: JSON nested',
    keyAuth({ key_in_body: true }),
    post('/', JSON_TYPE, '{"x":{"apikey":"kong"}}'),
    NO_KEY,
  ),
  one(
    'keys: JSON with a charset',
    keyAuth({ key_in_body: true }),
    post('/', 'application/json; charset=utf-8', '{"apikey":"kong"}'),
    IS_BOB,
  ),
  one('keys: an empty form field', keyAuth({ key_in_body: true }), post('/', FORM, 'apikey=&x=1'), NO_KEY),
  one(
    'keys: a form above 8 KiB',
    keyAuth({ key_in_body: true }),
    post('/', FORM, `apikey=kong&x=${'y'.repeat(9000)}`),
    NO_KEY,
  ),
  one(
    'keys: body forwarded unchanged',
    keyAuth({ key_in_body: true }),
    post('/', JSON_TYPE, '{ "apikey" : "kong" }'),
    received({ body: '{ "apikey" : "kong" }' }),
  ),
  one(
    'keys: only argument hidden',
    keyAuth({ hide_credentials: true }),
    get('/x?apikey=kong'),
    received({ pathWithQuery: '/x' }),
  ),
  one(
    'keys: hidden, flags and blanks rewritten',
    keyAuth({ hide_credentials: true }),
    get('/?flag&apikey=kong&a=b+c'),
    received({ query: 'flag=&a=b%20c' }),
  ),
  one(
    'keys: anonymous by name',
    keyAuth({ anonymous: 'no-body' }),
    get('/'),
    received({
      headers: {
        equal: { 'x-consumer-id': ANONYMOUS.id, 'x-anonymous-consumer': 'true' },
        absent: ['x-credential-identifier'],
      },
    }),
  ),
  one('keys: OPTIONS needs a key too', keyAuth(), get('/', {}, { method: 'OPTIONS' }), NO_KEY),
  one(
    'keys: OPTIONS exempt',
    keyAuth({ run_on_preflight: false }),
    get('/', { 'X-Consumer-Username': 'me' }, { method: 'OPTIONS' }),
    received({ headers: { equal: { 'x-consumer-username': 'me' } } }),
  ),
  one(
    'keys: a custom id',
    withPlugins([{ name: 'key-auth' }], {
      consumers: [{ custom_id: '42', keyauth_credentials: [{ key: 'kong' }] }],
    }),
    get('/?apikey=kong'),
    received({ headers: { equal: { 'x-consumer-custom-id': '42' }, absent: ['x-consumer-username'] } }),
  ),
  one(
    'keys: a consumer without an id',
    withPlugins([{ name: 'key-auth' }], {
      consumers: [{ username: 'eve', keyauth_credentials: [{ key: 'e' }] }],
    }),
    get('/?apikey=e'),
    received({
      headers: {
        equal: { 'x-consumer-username': 'eve', 'x-consumer-id': '537569ab-54d4-5d13-8e8c-692695a78eb2' },
      },
    }),
  ),
  one(
    'keys: a disabled plugin',
    withPlugins([{ name: 'key-auth', enabled: false }]),
    get('/'),
    received({ hits: 1 }),
  ),
  one('keys: the hundredth argument', keyAuth(), get(`/?${'a=1&'.repeat(99)}apikey=kong`), IS_BOB),
  one('keys: the hundred and first argument', keyAuth(), get(`/?${'a=1&'.repeat(100)}apikey=kong`), NO_KEY),
  one('keys: a malformed escape', keyAuth(), get('/?apikey=%zz'), WRONG),
  one('keys: HEAD', keyAuth(), get('/', {}, { method: 'HEAD' }), {
    status: 401,
    bodyExact: '',
    headers: { equal: CHALLENGE },
  }),
];
