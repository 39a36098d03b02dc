/**
 * The keys of the configuration: who is let in as whom, who is turned away with which words, and what the origin gets
 * to see.
 */
import t from 'tap';
import type { Auth } from '../../../lib/config/types.ts';
import { FORGED, gate } from '../../support/admission.ts';

const NO_KEY = '401 no_key: No API key found in request';
const BAD_KEY = '401 bad_key: Unauthorized';
const DUPLICATE = '401 duplicate_key: Duplicate API key found';
const post = (type: string, body: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': type, ...headers },
  body,
});

t.test('who shows a good key is let in as its consumer, and nobody can say so but the gateway', async (t) => {
  const { enter } = gate({});
  const { verdict, headers, context } = await enter('/?apikey=one&a=1', { headers: FORGED });
  t.equal(verdict, 'in');
  t.same(headers, {
    'x-consumer-id': 'id-1',
    'x-consumer-username': 'bob',
    'x-consumer-custom-id': 'ref-1',
    'x-credential-identifier': 'c-1',
  });
  t.same([context.consumer?.id, context.credentialId, context.anonymous], ['id-1', 'c-1', false]);
  const carol = await enter('/', { headers: { ...FORGED, apikey: 'a, b' } });
  const told = { 'x-consumer-id': 'id-2', 'x-credential-identifier': 'c-2' };
  t.same(carol.headers, told, 'what this consumer does not have is removed');
});

t.test('who shows none, two or a bad one is turned away with Kong’s words', async (t) => {
  const { enter, withKey } = gate({});
  t.equal((await enter('/')).verdict, NO_KEY);
  t.equal((await enter('/?apikey=one&apikey=one')).verdict, DUPLICATE);
  for (const [key, verdict, why] of [
    ['', NO_KEY],
    ['two', BAD_KEY],
    ['one, one', DUPLICATE, 'joined headers that are no known key'],
    ['a, b', 'in', 'and one that is'],
  ] as const)
    t.equal((await withKey(key)).verdict, verdict, why ?? key);
  t.equal((await withKey('two')).challenge, 'Key');
  t.equal((await gate({ realm: 'mine' }).enter('/')).challenge, 'Key realm="mine"');
});

t.test('a credential’s life counts from the first request', async (t) => {
  const { withKey, runtime } = gate({});
  t.equal((await withKey('brief')).verdict, 'in');
  await runtime.advance(59_999);
  t.equal((await withKey('brief')).verdict, 'in');
  await runtime.advance(1);
  t.equal((await withKey('brief')).verdict, BAD_KEY);
});

t.test('keyNames and keyIn are asked', async (t) => {
  t.equal((await gate({ keyNames: ['token'] }).enter('/?token=one')).verdict, 'in');
  t.equal((await gate({ keyIn: ['query'] }).withKey('one')).verdict, NO_KEY);
  const json = post('application/json', '{"apikey":"one"}');
  t.equal((await gate({ keyIn: ['body'] }).enter('/', json)).verdict, 'in');
});

t.test('hideCredentials hides the key wherever it stands', async (t) => {
  const auth: Auth = { keyIn: ['header', 'query', 'body'] };
  const [path, referer, form] = [
    '/?apikey=other&[x]=1',
    'https://page.test/?apikey=one&b=2',
    'apikey=one&c=3',
  ];
  const init = post('application/x-www-form-urlencoded', form, { apikey: 'one', referer });
  const hidden = await gate(auth).enter(path, init);
  t.match(hidden, { query: '?[x]=1', body: 'c=3' }, 'the rest of the query stays as it was');
  t.match(hidden.headers, { apikey: undefined, referer: 'https://page.test/?b=2' });
  const shown = await gate({ ...auth, hideCredentials: false }).enter(path, init);
  t.match(shown, { query: '?apikey=other&[x]=1', body: form }, 'read, and passed on as it was');
  t.match(shown.headers, { apikey: 'one', referer });
  const kong = await gate({}, { compat: 'kong-3' }).enter('/?apikey=one&[x]');
  t.equal(kong.query, '?%5Bx%5D=', 'Kong writes the query anew');
  const headers = { apikey: 'one', Token: 'three', cookie: 'token=4; b=2' };
  const names = await gate({ keyNames: ['apikey', 'token'] }).enter('/?token=two&a=1', { headers });
  t.match(names.headers, { token: undefined, cookie: 'b=2' }, 'under every name');
  t.equal(names.query, '?a=1');
  const both = await gate({ keyNames: ['api_key'] }).enter('/', { headers: { 'api-key': 'one' } });
  t.notOk('api-key' in both.headers, 'in either spelling');
});

t.test('2018: an empty key is a bad one, and a body that cannot be read is refused', async (t) => {
  const auth: Auth = { keyIn: ['header', 'body'] };
  const { enter, withKey } = gate(auth, { compat: 'kong-2018' });
  t.match((await withKey('')).verdict, /bad_key/);
  const text = post('text/plain', 'x', { apikey: 'one' });
  t.equal((await enter('/', text)).verdict, '400 bad_body: Cannot process request body');
  t.equal((await gate(auth).enter('/', text)).verdict, 'in');
});
