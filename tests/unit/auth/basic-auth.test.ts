/**
 * User names and passwords outside Kong's profiles, and several authenticators on one route there. Kong's own rules are
 * cases: tests/kong/further/logins.ts and combinations.ts.
 */
import { createHash } from 'node:crypto';
import t from 'tap';
import type { Auth, BasicAuth, Config } from '../../../lib/config/types.ts';
import { FORGED, gate } from '../../support/admission.ts';

const hash = `sha1:${createHash('sha1').update('byronid-9').digest('hex')}`;
const ADA = {
  id: 'id-9',
  username: 'ada',
  logins: [{ id: 'l-9', username: 'ada-login', passwordHash: hash }],
};
const NOBODY = { id: 'id-3', username: 'nobody' };
const BOB = {
  id: 'id-1',
  username: 'bob',
  customId: 'ref-1',
  credentials: [{ id: 'c-1', sha256: createHash('sha256').update('one').digest('hex') }],
};
const site = (basicAuth: BasicAuth | false, auth: Auth | false = false, more: Partial<Config> = {}) =>
  gate(auth, { consumers: [ADA, NOBODY, BOB], basicAuth, ...more });
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
const LOGIN = { authorization: basic('ada-login:byron') };
const TOLD = {
  'x-consumer-id': 'id-9',
  'x-consumer-username': 'ada',
  'x-credential-identifier': 'ada-login',
};

t.test('whoever shows a good password is let in as its consumer', async (t) => {
  const { verdict, headers, context } = await site({}).enter('/', { headers: { ...FORGED, ...LOGIN } });
  t.equal(verdict, 'in');
  t.same(headers, TOLD);
  t.same([context.consumer?.id, context.credentialId, context.anonymous], ['id-9', 'l-9', false]);
});

t.test('the header is read by the RFC', async (t) => {
  const table: [value: string, verdict: RegExp][] = [
    [LOGIN.authorization, /^in$/],
    [LOGIN.authorization.replace('Basic', 'BASIC'), /^in$/],
    [LOGIN.authorization.replace('Basic', 'basic  '), /^in$/],
    [LOGIN.authorization.replace('Basic ', 'Basic'), /^401 bad_credential/],
    [`My ${LOGIN.authorization}`, /^401 bad_credential/],
    [basic('ada-login:Byron'), /^401 bad_credential: Unauthorized$/],
    [basic('ada-login'), /^401 bad_credential/],
    [basic('__proto__:x'), /^401 bad_credential/],
    ['Basic', /^401 bad_credential/],
    ['Basic ???', /^401 bad_credential/],
    [`Basic ${'A'.repeat(1e6)}`, /^401 bad_credential/],
    ['Bearer x', /^401 bad_credential/],
    [`Bearer x, ${LOGIN.authorization}`, /^400 bad_request/],
  ];
  const { enter } = site({});
  for (const [authorization, verdict] of table)
    t.match((await enter('/', { headers: { authorization } })).verdict, verdict, authorization.slice(0, 60));
  t.equal((await enter('/')).verdict, '401 no_credential: Unauthorized');
  const proxy = { 'proxy-authorization': LOGIN.authorization };
  t.match((await enter('/', { headers: proxy })).verdict, /^401/);
});

t.test('the challenge names the realm, quotes escaped', async (t) => {
  t.equal((await site({}).enter('/')).challenge, 'Basic realm="service"');
  t.equal((await site({ realm: 'a "b" \\c' }).enter('/')).challenge, 'Basic realm="a \\"b\\" \\\\c"');
  t.equal((await gate({ realm: 'a "b"' }).enter('/')).challenge, 'Key realm="a \\"b\\""');
});

t.test('the password is hidden, and no other credential is', async (t) => {
  const bearer = { authorization: 'Bearer x' };
  const seen = async (config: BasicAuth, headers: Record<string, string>) =>
    (await site(config).enter('/', { headers })).headers['authorization'];
  t.equal(await seen({}, LOGIN), undefined);
  t.equal(await seen({ hideCredentials: false }, LOGIN), LOGIN.authorization);
  t.equal(await seen({ anonymous: 'nobody' }, bearer), 'Bearer x');
  const bad = { authorization: basic('nothing') };
  t.equal(await seen({ anonymous: 'nobody' }, bad), undefined, 'also a bad one');
  const skipped = site({ anonymous: 'nobody' }, { anonymous: 'nobody' });
  const known = await skipped.enter('/', { headers: { apikey: 'one', ...LOGIN } });
  t.equal(known.headers['authorization'], undefined, 'also where nobody was asked');
  t.equal(known.headers['x-consumer-username'], 'bob');
});

t.test('who stands in for callers without a good password', async (t) => {
  const { enter } = site({ anonymous: 'nobody' });
  const { headers } = await enter('/', { headers: { ...FORGED, authorization: basic('ada-login:no') } });
  const told = { 'x-consumer-id': 'id-3', 'x-consumer-username': 'nobody' };
  t.same(headers, { ...told, 'x-anonymous-consumer': 'true' });
  t.throws(() => site({ anonymous: 'ghost' }), /basicAuth.anonymous must be the id or username of one/);
});

t.test('key and password: both, either, and whose name the origin gets', async (t) => {
  const enter = async (key: object, login: object, headers: Record<string, string>) => {
    const answer = await site(login, key).enter('/', { headers: { ...FORGED, ...headers } });
    return answer.verdict === 'in' ? answer.headers : answer.verdict;
  };
  const OR = { anonymous: 'nobody' };
  const KEY = { apikey: 'one' };
  const both = await enter({}, {}, { ...KEY, ...LOGIN });
  t.same(both, TOLD, 'both must: the last one counts, and nothing of bob is left');
  t.match(await enter({}, {}, LOGIN), /no_key/);
  t.match(await enter({}, {}, KEY), /no_credential/);
  const bob = { 'x-consumer-username': 'bob', 'x-consumer-custom-id': 'ref-1' };
  t.match(await enter(OR, OR, { ...KEY, ...LOGIN }), bob);
  t.same(await enter(OR, OR, LOGIN), TOLD, 'either: nothing of the stand-in is left');
  t.match(await enter(OR, OR, {}), { 'x-anonymous-consumer': 'true' });
});

t.test('a route that asks nobody lets no one say who calls, once another asks', async (t) => {
  const routes: Config['routes'] = [{ paths: ['/open'], basicAuth: false }, { paths: ['/'] }];
  t.same((await site({}, false, { routes }).enter('/open', { headers: FORGED })).headers, {});
  t.same((await site(false, false, { routes }).enter('/open', { headers: FORGED })).headers, FORGED);
});

t.test('what cannot be meant is refused at the start', async (t) => {
  const twice = [ADA, { ...ADA, id: 'id-8' }];
  const fault = /consumers\[1\].logins must be unique, received a username that consumers\[0\] has/;
  t.throws(() => gate(false, { consumers: twice }), fault);
  const login = (passwordHash: string) => [{ id: '1', logins: [{ username: 'a', passwordHash }] }];
  for (const bad of ['secret', 'sha1:AB', `pbkdf2-sha256:100001:${'0'.repeat(32)}:${'0'.repeat(64)}`])
    t.throws(() => gate(false, { consumers: login(bad) }), /what was received is not shown/);
});
