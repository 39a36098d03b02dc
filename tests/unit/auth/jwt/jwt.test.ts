/** Who is let in by a token, and what all others are told. */
import t from 'tap';
import { startJwt } from '../../../../lib/auth/jwt/jwt.ts';
import type { Config, Jwt } from '../../../../lib/config/types.ts';
import type { Refusal } from '../../../../lib/core/errors.ts';
import { encodePart, keyPairFor, tokenOf } from '../../../support/tokens.ts';
import type { KeyPair, Part } from '../../../support/tokens.ts';
import { drive } from '../../../support/traffic.ts';

const SECRET = 's3cr3t-of-ada';
const NOW = 1_900_000_000;
const EXP = { exp: NOW + 100 };
const ADA = { id: 'id-1', username: 'ada', jwtSecrets: [{ name: 'ada-1', secret: SECRET }] };
const CONSUMERS = [ADA, { id: 'id-2', username: 'nobody' }] as Consumers;
const GOOD = tokenOf({ iss: 'ada-1', ...EXP }, SECRET);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

type Consumers = NonNullable<Config['consumers']>;
type Compat = Exclude<Config['compat'], undefined>;
interface Told {
  /** "in", or status and message. */
  readonly verdict: string;
  readonly challenge: string | undefined;
  readonly json: string | undefined;
  readonly told: Record<string, string>;
}
function guard(jwt: Jwt = {}, compat: Compat | null = null, more: Partial<Config> = {}) {
  const config = { consumers: CONSUMERS, ...(compat ? { compat } : {}), ...more, jwt } as Partial<Config>;
  const driven = drive(startJwt, {}, { config, now: NOW * 1000 });
  const enter = async (headers: Record<string, string> = {}, path = '/', method = 'GET'): Promise<Told> => {
    const { answer, told } = await driven.enter(path, { headers, method });
    const refusal = answer as Refusal | null;
    return {
      verdict: refusal === null ? 'in' : `${refusal.status} ${refusal.message}`,
      challenge: refusal?.headers?.find(([name]) => name === 'WWW-Authenticate')?.[1],
      json: refusal?.json,
      told,
    };
  };
  return { ...driven, enter };
}

t.test('a good token', async (t) => {
  const { enter } = guard();
  t.same(await enter(bearer(GOOD)), {
    verdict: 'in',
    challenge: undefined,
    json: undefined,
    told: { 'x-consumer-id': 'id-1', 'x-consumer-username': 'ada', 'x-credential-identifier': 'ada-1' },
  });
  t.equal((await enter({ authorization: `bearer   ${GOOD}` })).verdict, 'in', 'the scheme has no case');
  t.equal((await enter({ authorization: `BEARER ${GOOD}` })).verdict, 'in');
});

t.test('refusals, under each profile', async (t) => {
  const iss = { iss: 'ada-1' };
  const CASES: [name: string, token: string | null, message: string, old: number, base?: true][] = [
    ['none', null, 'Unauthorized', 401, true],
    ['no base64', 'a.b.c', 'Bad token; invalid JSON', 401],
    ['alg none', tokenOf(iss, '', { alg: 'none' }, ''), 'Bad token; invalid alg', 401],
    ['no signature', `${GOOD}.x`, 'Bad token; invalid signature', 401],
    ['no claim', tokenOf({ sub: 'x' }, SECRET), "No mandatory 'iss' in claims", 401],
    ['false for a claim', tokenOf({ iss: false }, SECRET), "No mandatory 'iss' in claims", 401],
    ['a number for a claim', tokenOf({ iss: 7 }, SECRET), "Invalid 'iss' in claims", 401],
    ['null for a claim', tokenOf({ iss: null }, SECRET), "Invalid 'iss' in claims", 401],
    ['an object for a claim', tokenOf({ iss: { a: 1 } }, SECRET), "Invalid 'iss' in claims", 401],
    ['nobody', tokenOf({ iss: 'eve' }, SECRET), "No credentials found for given 'iss'", 403],
    ['__proto__', tokenOf({ iss: '__proto__' }, SECRET), "No credentials found for given 'iss'", 403],
    ['constructor', tokenOf({ iss: 'constructor' }, SECRET), "No credentials found for given 'iss'", 403],
    ['another algorithm', tokenOf(iss, SECRET, { alg: 'HS512' }), 'Invalid algorithm', 403],
    ['another secret', tokenOf({ ...iss, ...EXP }, 'x'), 'Invalid signature', 403],
    ['a part of a signature', GOOD.slice(0, -3), 'Invalid signature', 403],
    ['an empty signature', GOOD.replace(/[^.]+$/, ''), 'Invalid signature', 403],
    [
      'another payload',
      GOOD.replace(/\.[^.]+\./, `.${encodePart({ ...iss, exp: 9e9 })}.`),
      'Invalid signature',
      403,
    ],
  ];
  const plain = guard();
  const three = guard({ queryNames: ['jwt'], claims: [], realm: 'R' }, 'kong-3');
  const old = guard({ queryNames: ['jwt'], claims: [] }, 'kong-2018');
  for (const [name, token, message, status, base] of CASES) {
    const headers = token === null ? {} : bearer(token);
    const json = JSON.stringify({ message });
    const error = base ? '' : ' error="invalid_token"';
    t.match(await plain.enter(headers), { verdict: `401 ${message}`, challenge: `Bearer${error}` }, name);
    const challenge = `Bearer realm="R"${error && ','}${error}`;
    t.match(await three.enter(headers), { verdict: `401 ${message}`, json, challenge }, `${name}, Kong 3`);
    t.match(
      await old.enter(headers),
      { verdict: `${status} ${message}`, json, challenge: undefined },
      `${name}, 2018`,
    );
  }
});

t.test('every algorithm, and no other key than its own', async (t) => {
  const NAMES = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
  const [rsa, otherRsa] = [keyPairFor('RS256'), keyPairFor('RS256')];
  const pairOf = (alg: string, ofRsa: KeyPair) => (/^[RP]S/.test(alg) ? ofRsa : keyPairFor(alg));
  const pairs = new Map(NAMES.map((alg) => [alg, pairOf(alg, rsa)]));
  const jwtKeys = NAMES.map((alg) => ({ name: alg, algorithm: alg, publicKey: pairs.get(alg)!.publicKey }));
  const jwtSecrets = ['HS256', 'HS384', 'HS512'].map((alg) => ({
    name: alg,
    algorithm: alg,
    secret: SECRET,
  }));
  const consumers = [{ id: '1', jwtKeys, jwtSecrets }] as Consumers;
  for (const compat of [null, 'kong-3'] as const) {
    const { enter } = guard({ claims: [] }, compat, { consumers });
    for (const alg of [...NAMES, 'HS256', 'HS384', 'HS512']) {
      const key = pairs.get(alg)?.privateKey ?? SECRET;
      const good = tokenOf({ iss: alg }, key, { alg });
      t.equal((await enter(bearer(good))).verdict, 'in', alg);
      t.equal((await enter(bearer(good))).verdict, 'in', `${alg} once more`);
      const other = pairs.has(alg) ? pairOf(alg, otherRsa).privateKey : 'other';
      t.equal(
        (await enter(bearer(tokenOf({ iss: alg }, other, { alg })))).verdict,
        '401 Invalid signature',
        alg,
      );
      const short = tokenOf({ iss: alg }, key, { alg }, 'AAAA');
      t.equal((await enter(bearer(short))).verdict, '401 Invalid signature', `${alg}, three bytes`);
    }
    for (const alg of ['HS256', 'HS512']) {
      const confused = tokenOf({ iss: 'RS256' }, pairs.get('RS256')!.publicKey, { alg });
      t.equal(
        (await enter(bearer(confused))).verdict,
        '401 Invalid algorithm',
        `a public key as a secret of ${alg}`,
      );
    }
  }
});

t.test('RSA-PSS of another length is refused where Kong would stumble', async (t) => {
  const { privateKey, publicKey } = keyPairFor('PS256', 3072);
  const consumers = [{ id: '1', jwtKeys: [{ name: 'a', algorithm: 'PS256', publicKey }] }] as Consumers;
  const token = bearer(tokenOf({ iss: 'a' }, privateKey, { alg: 'PS256' }));
  t.equal((await guard({ claims: [] }, null, { consumers }).enter(token)).verdict, 'in');
  t.equal(
    (await guard({ claims: [] }, 'kong-3', { consumers }).enter(token)).verdict,
    '401 Invalid signature',
  );
});

t.test('keys that are none', async (t) => {
  const pem = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----';
  const { publicKey } = keyPairFor('ES256');
  const jwtKeys = [
    { name: 'rubbish', algorithm: 'RS256', publicKey: pem },
    { name: 'of another kind', algorithm: 'RS256', publicKey },
  ];
  const jwtSecrets = [
    { name: 'no base64', secret: '%%%' },
    { name: 'unbound', secret: { binding: 'NOBODY_BOUND_THIS' } },
  ];
  const consumers = [{ id: '1', jwtKeys, jwtSecrets }] as Consumers;
  const { enter, runtime } = guard({ claims: [], base64Secrets: true }, null, { consumers });
  for (const { name, ...one } of [...jwtKeys, ...jwtSecrets]) {
    const alg = 'publicKey' in one ? 'RS256' : 'HS256';
    const token = tokenOf({ iss: name }, 'x', { alg });
    t.equal((await enter(bearer(token))).verdict, '401 Invalid key/secret', name);
    t.equal((await enter(bearer(token))).verdict, '401 Invalid key/secret', `${name} once more`);
  }
  t.same(runtime.lines, ['Cannot read a secret: there is no binding NOBODY_BOUND_THIS'], 'said once');
});

t.test('a secret that is bound', async (t) => {
  const jwtSecrets = [{ name: 'a', secret: { binding: 'BOUND_SECRET' } }];
  const consumers = [{ id: '1', jwtSecrets }] as Consumers;
  const globals = globalThis as Record<string, unknown>;
  globals['BOUND_SECRET'] = SECRET;
  t.teardown(() => delete globals['BOUND_SECRET']);
  const { enter } = guard({ claims: [] }, null, { consumers });
  t.equal((await enter(bearer(tokenOf({ iss: 'a' }, SECRET)))).verdict, 'in');
  t.equal((await enter(bearer(tokenOf({ iss: 'a' }, 'BOUND_SECRET')))).verdict, '401 Invalid signature');
});

t.test('secrets in base64, of either alphabet', async (t) => {
  const bytes = Buffer.from([251, 255, 190, 0, 200]);
  for (const secret of [bytes.toString('base64'), bytes.toString('base64url')]) {
    const consumers = [{ id: '1', jwtSecrets: [{ name: 'a', secret }] }] as Consumers;
    const { enter } = guard({ claims: [], base64Secrets: true }, 'kong-3', { consumers });
    t.equal((await enter(bearer(tokenOf({ iss: 'a' }, bytes)))).verdict, 'in', secret);
    t.equal((await enter(bearer(tokenOf({ iss: 'a' }, secret)))).verdict, '401 Invalid signature', secret);
  }
});

t.test('where a token may stand', async (t) => {
  const jwt: Jwt = {
    headers: ['Authorization', 'X-Ticket'],
    queryNames: ['jwt', 'token'],
    cookieNames: ['sid', 'Session'],
  };
  const other = tokenOf({ iss: 'ada-1', exp: NOW + 200 }, SECRET);
  const several = '401 Multiple tokens provided';
  const CASES: [
    name: string,
    headers: Record<string, string>,
    path: string,
    three: string,
    old?: string,
    plain?: string,
  ][] = [
    ['query', {}, `/?jwt=${GOOD}`, 'in'],
    ['the other argument, escaped', {}, `/?a=1&t%6Fken=${GOOD.replaceAll('.', '%2E')}`, 'in'],
    ['an empty argument', {}, '/?jwt=', '401 Unauthorized'],
    ['an argument without a value', {}, '/?jwt', '401 Unrecognizable token'],
    ['both', {}, `/?jwt&token=${GOOD}`, several, '401 Unrecognizable token'],
    ['the same twice', {}, `/?jwt=${GOOD}&jwt=${GOOD}`, 'in'],
    ['two tokens', {}, `/?jwt=${GOOD}&jwt=${other}`, several],
    ['a cookie', { cookie: `a=b; SID=${GOOD}` }, '/', 'in'],
    ['the other cookie', { cookie: `sid=; session=${GOOD}; x=y` }, '/', 'in'],
    ['the first of two cookies', { cookie: `sid=${GOOD}; sid=${other}` }, '/', 'in'],
    ['two cookies', { cookie: `sid=${GOOD}; session=${other}` }, '/', several, 'in'],
    ['a cookie and the same header', { cookie: `sid=${GOOD}`, ...bearer(GOOD) }, '/', 'in'],
    ['query and header', bearer('other.jwt.here'), `/?jwt=${GOOD}`, several, 'in'],
    ['cookie and header', { cookie: `sid=${GOOD}`, ...bearer(other) }, '/', several, 'in'],
    ['a header of its own', { 'x-ticket': `Bearer ${GOOD}` }, '/', 'in'],
    ['the token alone', { 'x-ticket': GOOD }, '/', '401 Unauthorized', '401 Unauthorized', 'in'],
    [
      'two lines',
      { 'x-ticket': `Bearer ${GOOD}, Bearer second.one.here` },
      '/',
      'in',
      'in',
      '401 Bad token; invalid signature',
    ],
    [
      'two lines of Authorization',
      { authorization: `Bearer ${GOOD}, Bearer ${GOOD}` },
      '/',
      '400 Bad request',
    ],
    ['another scheme', { authorization: 'Basic YTpi' }, '/', '401 Unauthorized'],
    ['a scheme in front', { authorization: `My bearer ${GOOD}` }, '/', 'in', 'in', '401 Unauthorized'],
    ['the scheme alone', { authorization: 'Bearer ' }, '/', '401 Unauthorized'],
    ['capitals', { authorization: `BEARER ${GOOD}` }, '/', '401 Unauthorized', '401 Unauthorized', 'in'],
    ['the 101st argument', {}, `/?${'a&'.repeat(100)}jwt=${GOOD}`, '401 Unauthorized'],
  ];
  const [plain, three, old] = [guard(jwt), guard(jwt, 'kong-3'), guard(jwt, 'kong-2018')];
  for (const [name, headers, path, wanted, of2018 = wanted, native = wanted] of CASES) {
    t.equal((await plain.enter(headers, path)).verdict, native, name);
    t.equal((await three.enter(headers, path)).verdict, wanted, `${name}, Kong 3`);
    t.equal((await old.enter(headers, path)).verdict, of2018, `${name}, 2018`);
  }
});

t.test('times, and how Kong words them', async (t) => {
  const enter = async (payload: Part, jwt: Jwt, compat: Compat | null = null) =>
    guard(jwt, compat).enter(bearer(tokenOf({ iss: 'ada-1', ...(payload as object) }, SECRET)));
  t.equal((await enter({}, {})).verdict, '401 exp: must be a number', 'a token that never ends is none');
  t.equal((await enter({ exp: NOW }, {})).verdict, '401 exp: token expired');
  t.equal((await enter({ exp: NOW + 1, nbf: NOW + 1 }, {})).verdict, '401 nbf: token not valid yet');
  t.equal(
    (await enter({ exp: NOW }, { claims: [] }, 'kong-3')).verdict,
    'in',
    'Kong looks at what is listed',
  );
  t.equal((await enter({ exp: 1 }, { claims: ['exp'] }, 'kong-3')).json, '{"exp":"token expired"}');
  t.equal((await enter({ exp: 1 }, { claims: ['exp'] }, 'kong-2018')).verdict, '401 exp: token expired');
  const most: Jwt = { claims: ['exp'], maxExpirationSeconds: 300 };
  t.equal((await enter({ exp: NOW + 300 }, most, 'kong-3')).verdict, 'in');
  const late = await enter({ exp: NOW + 301 }, most, 'kong-3');
  t.equal(late.json, '{"exp":"exceeds maximum allowed expiration"}');
  t.equal(
    (await enter({ exp: NOW + 301 }, most, 'kong-2018')).verdict,
    '403 exp: exceeds maximum allowed expiration',
  );
  t.equal((await enter({ exp: 9e9 }, most)).verdict, '401 exp: exceeds maximum allowed expiration');
});

t.test('which claim names the key', async (t) => {
  const { enter } = guard({ keyClaim: 'kid', claims: [] }, 'kong-3');
  const inHeader = (payload: Part, kid: unknown) => bearer(tokenOf(payload, SECRET, { alg: 'HS256', kid }));
  t.equal((await enter(inHeader({}, 'ada-1'))).verdict, 'in');
  t.equal((await enter(inHeader({ kid: 'ada-1' }, 'eve'))).verdict, 'in', 'the payload goes first');
  t.equal(
    (await enter(inHeader({ kid: 'eve' }, 'ada-1'))).verdict,
    "401 No credentials found for given 'kid'",
  );
  t.equal((await enter(inHeader({ kid: false }, 'ada-1'))).verdict, 'in');
  t.equal((await enter(inHeader({}, 7))).verdict, "401 Invalid 'kid' in claims");
  t.equal((await enter(inHeader('kid', 'ada-1'))).verdict, 'in', 'a string for a payload');
});

t.test('an empty claim, which Kong did not ask for before 1.4', async (t) => {
  const token = bearer(tokenOf({ iss: '' }, SECRET));
  t.equal((await guard().enter(token)).verdict, "401 Invalid 'iss' in claims");
  t.equal((await guard({}, 'kong-3').enter(token)).verdict, "401 Invalid 'iss' in claims");
  t.equal((await guard({}, 'kong-2018').enter(token)).verdict, "403 No credentials found for given 'iss'");
});

t.test('anonymous, and preflights', async (t) => {
  const { enter } = guard({ anonymous: 'nobody', runOnPreflight: false });
  for (const headers of [{}, bearer('x'), bearer(tokenOf({ iss: 'ada-1' }, 'x'))])
    t.match(await enter(headers), {
      verdict: 'in',
      told: { 'x-consumer-id': 'id-2', 'x-anonymous-consumer': 'true' },
    });
  t.match(await enter(bearer(GOOD)), { told: { 'x-consumer-id': 'id-1' } });
  t.same((await enter({}, '/', 'OPTIONS')).told, {}, 'nobody is asked');
  t.equal((await guard().enter({}, '/', 'OPTIONS')).verdict, '401 Unauthorized');
  const missing = guard({ anonymous: 'ghost' }, 'kong-3');
  t.match(await missing.enter(), { verdict: /^500 anonymous consumer ghost/, json: undefined });
  t.equal((await missing.enter(bearer(GOOD))).verdict, 'in');
});

t.test('an answer that a cache may keep is kept apart by what held the token', async (t) => {
  const vary = async (jwt: Jwt, compat: Compat | null = null) => {
    const { enter, leave, settings } = {
      ...drive(
        startJwt,
        {},
        {
          config: { consumers: CONSUMERS, jwt, ...(compat ? { compat } : {}) } as Partial<Config>,
          now: NOW * 1000,
        },
      ),
    };
    const { context } = await enter('/', { headers: bearer(GOOD) });
    context.origin = settings.pools[0]!.origins[0]!;
    return leave(context, new Response('', { headers: { 'cache-control': 'max-age=60' } })).headers.get(
      'vary',
    );
  };
  t.equal(await vary({}), 'authorization');
  t.equal(
    await vary({ cookieNames: ['sid'], headers: ['X-Ticket', 'authorization'] }),
    'x-ticket, authorization, cookie',
  );
  t.equal(await vary({ headers: [], queryNames: ['jwt'] }), null);
  t.equal(await vary({}, 'kong-3'), null);
});
