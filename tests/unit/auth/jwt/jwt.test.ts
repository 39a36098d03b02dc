/** Who is let in by a token, and what all others are told. Kong's own rules are cases: tests/kong/further/tokens.ts. */
import t from 'tap';
import { startJwt } from '../../../../lib/auth/jwt/jwt.ts';
import type { Config, Jwt } from '../../../../lib/config/types.ts';
import { guardOf, NOW } from '../../../support/guard.ts';
import { encodePart, keyPairFor, tokenOf, type KeyPair, type Part } from '../../../support/tokens.ts';

type Consumers = NonNullable<Config['consumers']>;
type Consumer = Partial<Consumers[number]>;

const SECRET = 's3cr3t-of-ada';
const EXP = { exp: NOW + 100 };
const ADA = { id: 'id-1', username: 'ada', jwtSecrets: [{ name: 'ada-1', secret: SECRET }] };
const CONSUMERS = [ADA, { id: 'id-2', username: 'nobody' }] as Consumers;
const GOOD = tokenOf({ iss: 'ada-1', ...EXP }, SECRET);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const guard = (jwt: Jwt = {}, more: Partial<Config> = {}) =>
  guardOf(startJwt, { consumers: CONSUMERS, ...more, jwt });
/** One consumer with these secrets or keys, by whose tokens no times are asked. */
const guardWith = (consumer: Consumer, jwt: Jwt = {}, more: Partial<Config> = {}) => {
  const { enter, runtime } = guard(
    { claims: [], ...jwt },
    { consumers: [{ id: '1', ...consumer }], ...more },
  );
  const verdict = async (...token: Parameters<typeof tokenOf>) =>
    (await enter(bearer(tokenOf(...token)))).verdict;
  return { verdict, runtime };
};

t.test('a good token', async (t) => {
  const { enter } = guard();
  t.match(await enter(bearer(GOOD)), { verdict: 'in', challenge: undefined, json: undefined });
  t.same((await enter(bearer(GOOD))).told, {
    'x-consumer-id': 'id-1',
    'x-consumer-username': 'ada',
    'x-credential-identifier': 'ada-1',
  });
  for (const scheme of ['bearer  ', 'BEARER'])
    t.equal((await enter({ authorization: `${scheme} ${GOOD}` })).verdict, 'in', 'the scheme has no case');
});

t.test('refusals', async (t) => {
  const iss = { iss: 'ada-1' };
  const [missing, invalid] = ["No mandatory 'iss' in claims", "Invalid 'iss' in claims"];
  const unknown = "No credentials found for given 'iss'";
  const otherPayload = `.${encodePart({ ...iss, exp: 9e9 })}.`;
  const CASES: [name: string, token: string, message: string][] = [
    ['no base64', 'a.b.c', 'Bad token; invalid JSON'],
    ['alg none', tokenOf(iss, '', { alg: 'none' }, ''), 'Bad token; invalid alg'],
    ['no signature', `${GOOD}.x`, 'Bad token; invalid signature'],
    ['no claim', tokenOf({ sub: 'x' }, SECRET), missing],
    ['false for a claim', tokenOf({ iss: false }, SECRET), missing],
    ['an empty claim', tokenOf({ iss: '' }, SECRET), invalid],
    ['a number for a claim', tokenOf({ iss: 7 }, SECRET), invalid],
    ['null for a claim', tokenOf({ iss: null }, SECRET), invalid],
    ['an object for a claim', tokenOf({ iss: { a: 1 } }, SECRET), invalid],
    ['nobody', tokenOf({ iss: 'eve' }, SECRET), unknown],
    ['__proto__', tokenOf({ iss: '__proto__' }, SECRET), unknown],
    ['constructor', tokenOf({ iss: 'constructor' }, SECRET), unknown],
    ['another algorithm', tokenOf(iss, SECRET, { alg: 'HS512' }), 'Invalid algorithm'],
    ['another secret', tokenOf({ ...iss, ...EXP }, 'x'), 'Invalid signature'],
    ['a part of a signature', GOOD.slice(0, -3), 'Invalid signature'],
    ['an empty signature', GOOD.replace(/[^.]+$/, ''), 'Invalid signature'],
    ['another payload', GOOD.replace(/\.[^.]+\./, otherPayload), 'Invalid signature'],
    ['no exp', tokenOf(iss, SECRET), 'exp: must be a number'],
    ['at its exp', tokenOf({ ...iss, exp: NOW }, SECRET), 'exp: token expired'],
    ['before its nbf', tokenOf({ ...iss, ...EXP, nbf: NOW + 1 }, SECRET), 'nbf: token not valid yet'],
  ];
  const [plain, three] = [guard(), guard({ claims: [], realm: 'R' }, { compat: 'kong-3' })];
  for (const [name, token, message] of CASES) {
    const error = 'error="invalid_token"';
    const verdict = `401 ${message}`;
    t.match(await plain.enter(bearer(token)), { verdict, challenge: `Bearer ${error}` }, name);
    if (message.includes(': ')) continue;
    const challenge = `Bearer realm="R", ${error}`;
    const json = JSON.stringify({ message });
    t.match(await three.enter(bearer(token)), { verdict, json, challenge }, `${name}, Kong`);
  }
  t.match(await plain.enter(), { verdict: '401 Unauthorized', challenge: 'Bearer' });
  t.match(await three.enter(), { verdict: '401 Unauthorized', challenge: 'Bearer realm="R"' });
});

t.test('every algorithm, and no other key than its own', async (t) => {
  const names = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
  const [rsa, otherRsa] = [keyPairFor('RS256'), keyPairFor('RS256')];
  const pairOf = (alg: string, ofRsa: KeyPair) => (/^[RP]S/.test(alg) ? ofRsa : keyPairFor(alg));
  const pairs = new Map(names.map((alg) => [alg, pairOf(alg, rsa)]));
  const secrets = ['HS256', 'HS384', 'HS512'];
  const consumer = {
    jwtKeys: names.map((alg) => ({ name: alg, algorithm: alg, publicKey: pairs.get(alg)!.publicKey })),
    jwtSecrets: secrets.map((alg) => ({ name: alg, algorithm: alg, secret: SECRET })),
  } as Consumer;
  const { verdict } = guardWith(consumer);
  for (const alg of [...names, ...secrets]) {
    const iss = { iss: alg };
    const key = pairs.get(alg)?.privateKey ?? SECRET;
    for (const time of ['once', 'twice']) t.equal(await verdict(iss, key, { alg }), 'in', `${alg} ${time}`);
    const other = pairs.has(alg) ? pairOf(alg, otherRsa).privateKey : 'other';
    t.equal(await verdict(iss, other, { alg }), '401 Invalid signature', alg);
    t.equal(await verdict(iss, key, { alg }, 'AAAA'), '401 Invalid signature', `${alg}, three bytes`);
  }
  for (const alg of ['HS256', 'HS512']) {
    const confused = await verdict({ iss: 'RS256' }, pairs.get('RS256')!.publicKey, { alg });
    t.equal(confused, '401 Invalid algorithm', `a public key as a secret of ${alg}`);
  }
});

t.test('RSA-PSS of another length is refused where Kong would stumble', async (t) => {
  const { privateKey, publicKey } = keyPairFor('PS256', 3072);
  const consumer = { jwtKeys: [{ name: 'a', algorithm: 'PS256', publicKey }] } as Consumer;
  const token = [{ iss: 'a' }, privateKey, { alg: 'PS256' }] as const;
  t.equal(await guardWith(consumer).verdict(...token), 'in');
  const kong = guardWith(consumer, {}, { compat: 'kong-3' });
  t.equal(await kong.verdict(...token), '401 Invalid signature');
});

t.test('keys that are none', async (t) => {
  const pem = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----';
  const jwtKeys = [
    { name: 'rubbish', algorithm: 'RS256', publicKey: pem },
    { name: 'of another kind', algorithm: 'RS256', publicKey: keyPairFor('ES256').publicKey },
  ];
  const jwtSecrets = [
    { name: 'no base64', secret: '%%%' },
    { name: 'unbound', secret: { binding: 'NOBODY_BOUND_THIS' } },
  ];
  const { verdict, runtime } = guardWith({ jwtKeys, jwtSecrets } as Consumer, { base64Secrets: true });
  for (const { name, ...one } of [...jwtKeys, ...jwtSecrets]) {
    const alg = 'publicKey' in one ? 'RS256' : 'HS256';
    for (const time of ['once', 'twice'])
      t.equal(await verdict({ iss: name }, 'x', { alg }), '401 Invalid key/secret', `${name} ${time}`);
  }
  t.same(runtime.lines, ['Cannot read a secret: there is no binding NOBODY_BOUND_THIS'], 'said once');
});

t.test('a secret that is bound', async (t) => {
  const globals = globalThis as Record<string, unknown>;
  globals['BOUND_SECRET'] = SECRET;
  t.teardown(() => delete globals['BOUND_SECRET']);
  const { verdict } = guardWith({ jwtSecrets: [{ name: 'a', secret: { binding: 'BOUND_SECRET' } }] });
  t.equal(await verdict({ iss: 'a' }, SECRET), 'in');
  t.equal(await verdict({ iss: 'a' }, 'BOUND_SECRET'), '401 Invalid signature');
});

t.test('secrets in base64, of either alphabet', async (t) => {
  const bytes = Buffer.from([251, 255, 190, 0, 200]);
  for (const secret of [bytes.toString('base64'), bytes.toString('base64url')]) {
    const { verdict } = guardWith({ jwtSecrets: [{ name: 'a', secret }] }, { base64Secrets: true });
    t.equal(await verdict({ iss: 'a' }, bytes), 'in', secret);
    t.equal(await verdict({ iss: 'a' }, secret), '401 Invalid signature', secret);
  }
});

t.test('where a token may stand', async (t) => {
  const { enter } = guard({
    headers: ['Authorization', 'X-Ticket'],
    queryNames: ['jwt', 'token'],
    cookieNames: ['sid', 'Session'],
  });
  const other = tokenOf({ iss: 'ada-1', exp: NOW + 200 }, SECRET);
  const [none, several] = ['401 Unauthorized', '401 Multiple tokens provided'];
  const CASES: [name: string, headers: Record<string, string>, query: string, verdict: string][] = [
    ['query', {}, `jwt=${GOOD}`, 'in'],
    ['the other argument, escaped', {}, `a=1&t%6Fken=${GOOD.replaceAll('.', '%2E')}`, 'in'],
    ['an empty argument', {}, 'jwt=', none],
    ['an argument without a value', {}, 'jwt', '401 Unrecognizable token'],
    ['both', {}, `jwt&token=${GOOD}`, several],
    ['the same twice', {}, `jwt=${GOOD}&jwt=${GOOD}`, 'in'],
    ['two tokens', {}, `jwt=${GOOD}&jwt=${other}`, several],
    ['a cookie', { cookie: `a=b; SID=${GOOD}` }, '', 'in'],
    ['the other cookie', { cookie: `sid=; session=${GOOD}; x=y` }, '', 'in'],
    ['the first of two cookies', { cookie: `sid=${GOOD}; sid=${other}` }, '', 'in'],
    ['two cookies', { cookie: `sid=${GOOD}; session=${other}` }, '', several],
    ['a cookie and the same header', { cookie: `sid=${GOOD}`, ...bearer(GOOD) }, '', 'in'],
    ['query and header', bearer('other.jwt.here'), `jwt=${GOOD}`, several],
    ['cookie and header', { cookie: `sid=${GOOD}`, ...bearer(other) }, '', several],
    ['a header of its own', { 'x-ticket': `Bearer ${GOOD}` }, '', 'in'],
    ['the token alone', { 'x-ticket': GOOD }, '', 'in'],
    ['two lines', { 'x-ticket': `Bearer ${GOOD}, Bearer a.b.c` }, '', '401 Bad token; invalid signature'],
    ['two lines of Authorization', bearer(`${GOOD}, Bearer ${GOOD}`), '', '400 Bad request'],
    ['another scheme', { authorization: 'Basic YTpi' }, '', none],
    ['a scheme in front', { authorization: `My bearer ${GOOD}` }, '', none],
    ['the scheme alone', { authorization: 'Bearer ' }, '', none],
    ['the 101st argument', {}, `${'a&'.repeat(100)}jwt=${GOOD}`, none],
  ];
  for (const [name, headers, query, verdict] of CASES)
    t.equal((await enter(headers, `/?${query}`)).verdict, verdict, name);
});

t.test('how long a token may live, and how Kong words its times', async (t) => {
  const enter = async (exp: number, jwt: Jwt, compat?: 'kong-3' | 'kong-2018') =>
    guard(jwt, compat && { compat }).enter(bearer(tokenOf({ iss: 'ada-1', exp }, SECRET)));
  t.equal((await enter(NOW, { claims: [] }, 'kong-3')).verdict, 'in', 'Kong looks at what is listed');
  t.equal((await enter(1, { claims: ['exp'] }, 'kong-3')).json, '{"exp":"token expired"}');
  t.equal((await enter(1, { claims: ['exp'] }, 'kong-2018')).verdict, '401 exp: token expired');
  const most: Jwt = { claims: ['exp'], maxExpirationSeconds: 300 };
  t.equal((await enter(NOW + 300, most, 'kong-3')).verdict, 'in');
  const late = 'exceeds maximum allowed expiration';
  t.equal((await enter(NOW + 301, most, 'kong-3')).json, `{"exp":"${late}"}`);
  t.equal((await enter(NOW + 301, most, 'kong-2018')).verdict, `403 exp: ${late}`);
  t.equal((await enter(9e9, most)).verdict, `401 exp: ${late}`);
});

t.test('which claim names the key', async (t) => {
  const { verdict } = guardWith({ jwtSecrets: ADA.jwtSecrets }, { keyClaim: 'kid' }, { compat: 'kong-3' });
  const CASES: [payload: Part, kid: unknown, verdict: string, why?: string][] = [
    [{}, 'ada-1', 'in'],
    [{ kid: 'ada-1' }, 'eve', 'in', 'the payload goes first'],
    [{ kid: 'eve' }, 'ada-1', "401 No credentials found for given 'kid'"],
    [{ kid: false }, 'ada-1', 'in'],
    [{}, 7, "401 Invalid 'kid' in claims"],
    ['kid', 'ada-1', 'in', 'a string for a payload'],
  ];
  for (const [payload, kid, expected, why] of CASES)
    t.equal(await verdict(payload, SECRET, { alg: 'HS256', kid }), expected, why ?? JSON.stringify(payload));
});

t.test('anonymous, and preflights', async (t) => {
  const { enter } = guard({ anonymous: 'nobody', runOnPreflight: false });
  const told = { 'x-consumer-id': 'id-2', 'x-anonymous-consumer': 'true' };
  for (const headers of [{}, bearer('x'), bearer(tokenOf({ iss: 'ada-1' }, 'x'))])
    t.match(await enter(headers), { verdict: 'in', told });
  t.match(await enter(bearer(GOOD)), { told: { 'x-consumer-id': 'id-1' } });
  t.same((await enter({}, '/', { method: 'OPTIONS' })).told, {}, 'nobody is asked');
  t.equal((await guard().enter({}, '/', { method: 'OPTIONS' })).verdict, '401 Unauthorized');
  const missing = guard({ anonymous: 'ghost' }, { compat: 'kong-3' });
  t.match(await missing.enter(), { verdict: /^500 anonymous consumer ghost/, json: undefined });
  t.equal((await missing.enter(bearer(GOOD))).verdict, 'in');
});

t.test('an answer that a cache may keep is kept apart by what held the token', async (t) => {
  const vary = async (jwt: Jwt, compat?: 'kong-3') => {
    const { driven, leave, settings } = guard(jwt, compat && { compat });
    const { context } = await driven.enter('/', { headers: bearer(GOOD) });
    context.origin = settings.pools[0]!.origins[0]!;
    const answer = new Response('', { headers: { 'cache-control': 'max-age=60' } });
    return leave(context, answer).headers.get('vary');
  };
  t.equal(await vary({}), 'authorization');
  const several = { cookieNames: ['sid'], headers: ['X-Ticket', 'authorization'] };
  t.equal(await vary(several), 'x-ticket, authorization, cookie');
  t.equal(await vary({ headers: [], queryNames: ['jwt'] }), null);
  t.equal(await vary({}, 'kong-3'), null);
});
