/**
 * User names and passwords outside Kong's profiles, and several authenticators on one route there. Kong's own rules are
 * cases: tests/kong/further/logins.ts and combinations.ts.
 */
import { createHash } from 'node:crypto';
import t from 'tap';
import type { Auth, BasicAuth, Config } from '../../../lib/config/types.ts';
import { digestOf } from '../../support/auth.ts';
import { FORGED, gate } from '../../support/admission.ts';

const passwordHash = `sha1:${createHash('sha1').update('byronid-9').digest('hex')}`;
const ADA = { id: 'id-9', username: 'ada', logins: [{ id: 'l-9', username: 'ada-login', passwordHash }] };
const NOBODY = { id: 'id-3', username: 'nobody' };
const BOB = {
  id: 'id-1',
  username: 'bob',
  customId: 'ref-1',
  credentials: [{ id: 'c-1', sha256: digestOf('one') }],
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

t.test('the header is read by the RFC', async (t) => {
  const { authorization: good } = LOGIN;
  const bad = /^401 bad_credential: Unauthorized$/;
  const table: [value: string, verdict: RegExp][] = [
    [good.replace('Basic', 'BASIC'), /^in$/],
    [good.replace('Basic', 'basic  '), /^in$/],
    [good.replace('Basic ', 'Basic'), bad],
    [`My ${good}`, bad],
    [basic('ada-login:Byron'), bad],
    [basic('ada-login'), bad],
    [basic('__proto__:x'), bad],
    ['Basic', bad],
    ['Basic ???', bad],
    [`Basic ${'A'.repeat(1e6)}`, bad],
    [`Bearer x, ${good}`, /^400 bad_request/],
  ];
  const { enter } = site({});
  for (const [authorization, verdict] of table)
    t.match((await enter('/', { headers: { authorization } })).verdict, verdict, authorization.slice(0, 60));
  const proxy = { 'proxy-authorization': good };
  t.equal((await enter('/', { headers: proxy })).verdict, '401 no_credential: Unauthorized');
});

t.test('the challenge names the realm, quotes escaped', async (t) => {
  t.equal((await site({}).enter('/')).challenge, 'Basic realm="service"');
  t.equal((await site({ realm: 'a "b" \\c' }).enter('/')).challenge, 'Basic realm="a \\"b\\" \\\\c"');
});

t.test('the password is hidden, and no other credential is', async (t) => {
  const seen = async (config: BasicAuth, headers: Record<string, string>, auth: Auth | false = false) =>
    (await site(config, auth).enter('/', { headers })).headers['authorization'];
  const anonymous = { anonymous: 'nobody' };
  t.equal(await seen({}, LOGIN), undefined);
  t.equal(await seen({ hideCredentials: false }, LOGIN), LOGIN.authorization);
  t.equal(await seen(anonymous, { authorization: 'Bearer x' }), 'Bearer x');
  t.equal(await seen(anonymous, { authorization: basic('nothing') }), undefined, 'also a bad one');
  const skipped = await seen(anonymous, { apikey: 'one', ...LOGIN }, anonymous);
  t.equal(skipped, undefined, 'also where nobody was asked');
});

t.test('key and password: both, either, and whose name the origin gets', async (t) => {
  const enter = async (both: object, headers: Record<string, string>) => {
    const { verdict, context, ...answer } = await site(both, both).enter('/', {
      headers: { ...FORGED, ...headers },
    });
    return { verdict, caller: [context.consumer?.id, context.credentialId], told: answer.headers };
  };
  const KEY = { apikey: 'one' };
  const OR = { anonymous: 'nobody' };
  const both = await enter({}, { ...KEY, ...LOGIN });
  t.same(
    both,
    { verdict: 'in', caller: ['id-9', 'l-9'], told: TOLD },
    'the last one counts, nothing of bob is left',
  );
  t.match(await enter({}, LOGIN), { verdict: /no_key/ });
  t.match(await enter({}, KEY), { verdict: /no_credential/ });
  t.match(await enter(OR, { ...KEY, ...LOGIN }), { caller: ['id-1', 'c-1'] });
  t.same((await enter(OR, LOGIN)).told, TOLD, 'nothing of the stand-in is left');
  t.match(await enter(OR, {}), { told: { 'x-anonymous-consumer': 'true' } });
});

t.test('a route that asks nobody lets no one say who calls, once another asks', async (t) => {
  const routes: Config['routes'] = [{ paths: ['/open'], basicAuth: false }, { paths: ['/'] }];
  t.same((await site({}, false, { routes }).enter('/open', { headers: FORGED })).headers, {});
});
