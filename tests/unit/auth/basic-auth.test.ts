/**
 * User names and passwords outside Kong's profiles, and several authenticators on one route. Kong's own rules are
 * cases: tests/kong/further/logins.ts and combinations.ts.
 */
import { createHash } from 'node:crypto';
import t from 'tap';
import type { Auth, BasicAuth, Config } from '../../../lib/config/types.ts';
import { ANONYMOUS, BOB, FORGED, gate } from '../../support/admission.ts';

const passwordHash = `sha1:${createHash('sha1').update('byronid-9').digest('hex')}`;
const ADA = { id: 'id-9', username: 'ada', logins: [{ id: 'l-9', username: 'ada-login', passwordHash }] };
const site = (basicAuth: BasicAuth | false, auth: Auth | false = false, more: Partial<Config> = {}) =>
  gate(auth, { consumers: [ADA, ANONYMOUS, BOB], basicAuth, ...more });
const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;
const LOGIN = { authorization: basic('ada-login:byron') };
t.test('the header is parsed as in RFC 7617', async (t) => {
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
  t.equal((await site({ realm: 'a "b" \\c' }).enter('/')).challenge, 'Basic realm="a \\"b\\" \\\\c"');
  const proxy = { 'proxy-authorization': good };
  t.equal((await enter('/', { headers: proxy })).verdict, '401 no_credential: Unauthorized');
});

t.test('only a Basic credential is hidden from the origin', async (t) => {
  const seen = async (config: BasicAuth, headers: Record<string, string>, auth: Auth | false = false) =>
    (await site(config, auth).enter('/', { headers })).headers['authorization'];
  const anonymous = { anonymous: 'nobody' };
  t.equal(await seen({}, LOGIN), undefined);
  t.equal(await seen({ hideCredentials: false }, LOGIN), LOGIN.authorization);
  t.equal(await seen(anonymous, { authorization: 'Bearer x' }), 'Bearer x');
  t.equal(await seen(anonymous, { authorization: basic('nothing') }), undefined, 'a bad one too');
  const skipped = await seen(anonymous, { apikey: 'one', ...LOGIN }, anonymous);
  t.equal(skipped, undefined, 'an unchecked one too');
});

t.test('the last of two accepted consumers counts, without headers of the first', async (t) => {
  const { headers } = await site({}, {}).enter('/', { headers: { apikey: 'one', ...LOGIN } });
  t.same(headers, {
    'x-consumer-id': 'id-9',
    'x-consumer-username': 'ada',
    'x-credential-identifier': 'ada-login',
  });
});

t.test('a route without authentication drops consumer headers if another route authenticates', async (t) => {
  const routes: Config['routes'] = [{ paths: ['/open'], basicAuth: false }, { paths: ['/'] }];
  t.same((await site({}, false, { routes }).enter('/open', { headers: FORGED })).headers, {});
});
