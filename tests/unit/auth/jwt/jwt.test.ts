/**
 * Tokens outside Kong's profiles, and what no case of Kong covers. Kong's own rules: tests/kong/further/tokens.ts;
 * every algorithm, bound secrets and what is emitted: tests/e2e/signing.test.ts.
 */
import t from 'tap';
import { startJwt } from '../../../../lib/auth/jwt/jwt.ts';
import type { Config, Jwt } from '../../../../lib/config/types.ts';
import { guardOf, NOW } from '../../../support/guard.ts';
import { encodePart, keyPairFor, tokenOf, type Part } from '../../../support/tokens.ts';

type Consumer = Partial<NonNullable<Config['consumers']>[number]>;

const SECRET = 's3cr3t-of-ada';
const ISS = { iss: 'ada-1' };
const EXP = { exp: NOW + 100 };
const ADA = { id: 'id-1', username: 'ada', jwtSecrets: [{ name: 'ada-1', secret: SECRET }] };
const GOOD = tokenOf({ ...ISS, ...EXP }, SECRET);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const guard = (jwt: Jwt = {}, more: Partial<Config> = {}) =>
  guardOf(startJwt, { consumers: [ADA], ...more, jwt });
/** One consumer with these secrets or keys; no claims are required. */
const guardWith = (consumer: Consumer, jwt: Jwt = {}, more: Partial<Config> = {}) => {
  const { enter } = guard({ claims: [], ...jwt }, { consumers: [{ id: '1', ...consumer }], ...more });
  return async (...token: Parameters<typeof tokenOf>) => (await enter(bearer(tokenOf(...token)))).verdict;
};

t.test('which tokens are rejected', async (t) => {
  const otherPayload = `.${encodePart({ ...ISS, exp: 9e9 })}.`;
  const CASES: [name: string, token: string, message: string][] = [
    ['an empty claim', tokenOf({ iss: '' }, SECRET), "Invalid 'iss' in claims"],
    ['constructor', tokenOf({ iss: 'constructor' }, SECRET), "No credentials found for given 'iss'"],
    ['a truncated signature', GOOD.slice(0, -3), 'Invalid signature'],
    ['another payload', GOOD.replace(/\.[^.]+\./, otherPayload), 'Invalid signature'],
    ['no exp', tokenOf(ISS, SECRET), 'exp: must be a number'],
    ['at its exp', tokenOf({ ...ISS, exp: NOW }, SECRET), 'exp: token expired'],
    ['before its nbf', tokenOf({ ...ISS, ...EXP, nbf: NOW + 1 }, SECRET), 'nbf: token not valid yet'],
  ];
  const { enter } = guard();
  const challenge = 'Bearer error="invalid_token"';
  for (const [name, token, message] of CASES)
    t.match(await enter(bearer(token)), { verdict: `401 ${message}`, challenge }, name);
  t.match(await enter(), { verdict: '401 Unauthorized', challenge: 'Bearer' });
  t.match(await enter(bearer(GOOD)), {
    verdict: 'in',
    originHeaders: { 'x-credential-identifier': 'ada-1' },
  });
  const realm = await guard({ realm: 'R' }).enter(bearer('x'));
  t.equal(realm.challenge, 'Bearer realm="R", error="invalid_token"');
});

t.test('RSA-PSS with 1024 bits is accepted, except under the Kong profiles, as in Kong', async (t) => {
  const { privateKey, publicKey } = keyPairFor('PS256', 1024);
  const consumer = { jwtKeys: [{ name: 'a', algorithm: 'PS256', publicKey }] } as Consumer;
  const token = [{ iss: 'a' }, privateKey, { alg: 'PS256' }] as const;
  t.equal(await guardWith(consumer)(...token), 'in');
  t.equal(await guardWith(consumer, {}, { compat: 'kong-3' })(...token), '401 Invalid signature');
});

t.test('malformed keys and secrets', async (t) => {
  const pem = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----';
  const jwtKeys = [
    { name: 'rubbish', algorithm: 'RS256', publicKey: pem },
    { name: 'of another kind', algorithm: 'RS256', publicKey: keyPairFor('ES256').publicKey },
  ];
  const jwtSecrets = [{ name: 'no base64', secret: '%%%' }];
  const verdict = guardWith({ jwtKeys, jwtSecrets } as Consumer, { base64Secrets: true });
  for (const { name, ...one } of [...jwtKeys, ...jwtSecrets])
    for (const time of ['once', 'twice']) {
      const alg = 'publicKey' in one ? 'RS256' : 'HS256';
      t.equal(await verdict({ iss: name }, 'x', { alg }), '401 Invalid key/secret', `${name} ${time}`);
    }
});

t.test('where a token is read from', async (t) => {
  const { enter } = guard({
    headers: ['Authorization', 'X-Ticket'],
    queryNames: ['jwt'],
    cookieNames: ['sid'],
  });
  const none = '401 Unauthorized';
  const CASES: [name: string, headers: Record<string, string>, query: string, verdict: string][] = [
    ['the scheme in any case', { authorization: `BEARER   ${GOOD}` }, '', 'in'],
    ['a cookie, the first of two', { cookie: `sid=${GOOD}; SID=x` }, '', 'in'],
    ['the token alone', { 'x-ticket': GOOD }, '', 'in'],
    ['two lines', { 'x-ticket': `Bearer ${GOOD}, Bearer a.b.c` }, '', '401 Bad token; invalid signature'],
    ['two lines of Authorization', bearer(`${GOOD}, Bearer ${GOOD}`), '', '400 Bad request'],
    ['another scheme in front', { authorization: `My bearer ${GOOD}` }, '', none],
    ['the 101st argument', {}, `${'a&'.repeat(100)}jwt=${GOOD}`, none],
  ];
  for (const [name, headers, query, verdict] of CASES)
    t.equal((await enter(headers, `/?${query}`)).verdict, verdict, name);
});

t.test('a token with too long a lifetime', async (t) => {
  const late = bearer(tokenOf({ ...ISS, exp: NOW + 301 }, SECRET));
  const enter = (compat?: 'kong-2018') =>
    guard({ maxExpirationSeconds: 300 }, compat && { compat }).enter(late);
  t.equal((await enter()).verdict, '401 exp: exceeds maximum allowed expiration');
  t.equal((await enter('kong-2018')).verdict, '403 exp: exceeds maximum allowed expiration');
});

t.test('which claim names the key', async (t) => {
  const verdict = guardWith({ jwtSecrets: ADA.jwtSecrets }, { keyClaim: 'kid' });
  const CASES: [payload: Part, kid: unknown, verdict: string][] = [
    // The payload takes precedence over the header.
    [{ kid: 'ada-1' }, 'eve', 'in'],
    [{ kid: false }, 'ada-1', 'in'],
    ['kid', 'ada-1', 'in'],
    [{}, 7, "401 Invalid 'kid' in claims"],
  ];
  for (const [payload, kid, expected] of CASES)
    t.equal(await verdict(payload, SECRET, { alg: 'HS256', kid }), expected, JSON.stringify(payload));
});

t.test('a cacheable response varies by the headers that a token is read from', async (t) => {
  const vary = async (jwt: Jwt, compat?: 'kong-3') => {
    const { driven, leave, settings } = guard(jwt, compat && { compat });
    const { context } = await driven.enter('/', { headers: bearer(GOOD) });
    context.origin = settings.pools[0]!.origins[0]!;
    const response = new Response('', { headers: { 'cache-control': 'max-age=60' } });
    return leave(context, response).headers.get('vary');
  };
  const several = { cookieNames: ['sid'], headers: ['X-Ticket', 'authorization'] };
  t.equal(await vary(several), 'x-ticket, authorization, cookie');
  t.equal(await vary({ headers: [], queryNames: ['jwt'] }), null);
  t.equal(await vary({}, 'kong-3'), null);
});
