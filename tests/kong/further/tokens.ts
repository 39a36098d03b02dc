/** jwt: where a token is found, what is checked in which order, the message of each rejection. */
import type { Expectation, KongCase } from '../case.ts';
import { encodePart, keyPairFor, tokenOf } from '../../support/tokens.ts';
import type { Part } from '../../support/tokens.ts';
import { BOB, ANONYMOUS, get, one, received, withPlugins } from './forms.ts';
import type { Config, Headers } from './forms.ts';

const SECRET = 'lamp-oil-and-matches';
const RSA = keyPairFor('RS256');
const EC = keyPairFor('ES256');
const ADA = {
  id: '44444444-4444-4444-8444-444444444444',
  username: 'ada',
  custom_id: 'a-1',
  jwt_secrets: [
    { key: 'ada-1', secret: SECRET },
    { key: 'ada-384', secret: SECRET, algorithm: 'HS384' },
    { key: 'ada-rs', algorithm: 'RS384', rsa_public_key: RSA.publicKey },
    { key: 'ada-ps', algorithm: 'PS512', rsa_public_key: RSA.publicKey },
    { key: 'ada-es', algorithm: 'ES256', rsa_public_key: EC.publicKey },
  ],
};
const jwt = (config: object = {}, more: object = {}): Config =>
  withPlugins([{ name: 'jwt', config }], { consumers: [ADA, BOB, ANONYMOUS], ...more });

const ISS = { iss: 'ada-1' };
const GOOD = tokenOf(ISS, SECRET);
const OTHER = tokenOf({ ...ISS, sub: 'x' }, SECRET);
const bearer = (token: string): Headers => ({ Authorization: `Bearer ${token}` });
const INVALID = 'Bearer error="invalid_token"';
/** Compact, even if invalid. */
const says = (message: string, challenge = INVALID): Expectation => ({
  status: 401,
  bodyExact: JSON.stringify({ message }),
  headers: { equal: { 'Content-Type': 'application/json; charset=utf-8', 'WWW-Authenticate': challenge } },
  upstreamReceives: { hits: 0 },
});
const NONE = says('Unauthorized', 'Bearer');
const isAda = (id = 'ada-1'): Expectation =>
  received({ headers: { equal: { 'x-consumer-username': 'ada', 'x-credential-identifier': id } } });
const several = says('Multiple tokens provided');
const text = (part: string): string => Buffer.from(part).toString('base64url');

const tokens: [name: string, token: string, expect: Expectation][] = [
  ['RS384', tokenOf({ iss: 'ada-rs' }, RSA.privateKey, { alg: 'RS384' }), isAda('ada-rs')],
  ['PS512', tokenOf({ iss: 'ada-ps' }, RSA.privateKey, { alg: 'PS512' }), isAda('ada-ps')],
  ['HS384', tokenOf({ iss: 'ada-384' }, SECRET, { alg: 'HS384' }), isAda('ada-384')],
  ['a type of another name', tokenOf(ISS, SECRET, { typ: 'other', alg: 'HS256', crit: ['x'] }), isAda()],
  ['an exp that is not verified', tokenOf({ ...ISS, exp: 1, nbf: 4e9, aud: 'x' }, SECRET), isAda()],
  ['padding', GOOD.replace(/\.(?=[^.]*$)/, '=.'), says('Invalid signature')],
  ['a public key as a secret', tokenOf({ iss: 'ada-rs' }, RSA.publicKey), says('Invalid algorithm')],
  [
    'another curve',
    tokenOf({ iss: 'ada-es' }, keyPairFor('ES384').privateKey, { alg: 'ES384' }),
    says('Invalid algorithm'),
  ],
  ['one part', 'abc', says('Bad token; invalid JSON')],
  ['dots', '..', says('Bad token; invalid JSON')],
  ['a fourth part', `${GOOD}.x`, says('Bad token; invalid signature')],
  ['an empty signature', GOOD.replace(/[^.]*$/, ''), says('Invalid signature')],
  ['no alg', tokenOf(ISS, SECRET, {}), says('Bad token; invalid alg')],
  ['a number for alg', tokenOf(ISS, SECRET, { alg: 256 }), says('Bad token; invalid alg')],
  ['alg in small letters', tokenOf(ISS, SECRET, { alg: 'hs256' }), says('Bad token; invalid alg')],
  [
    'alg is checked before the signature part',
    `${encodePart({ alg: 'x' })}.${encodePart({})}.+`,
    says('Bad token; invalid alg'),
  ],
  [
    'JSON is checked before alg',
    `${encodePart({ alg: 'x' })}.${text('{')}.+`,
    says('Bad token; invalid JSON'),
  ],
  [
    'the signature part is checked before the claim',
    `${encodePart({ alg: 'HS256' })}.${encodePart({})}.+`,
    says('Bad token; invalid signature'),
  ],
  ['a list for a payload', tokenOf([1], SECRET), says("No mandatory 'iss' in claims")],
  ['a string for a payload', tokenOf('iss', SECRET), says("No mandatory 'iss' in claims")],
  ['iss in the JOSE header', tokenOf({}, SECRET, { alg: 'HS256', iss: 'ada-1' }), isAda()],
  ['another case of iss', tokenOf({ iss: 'ADA-1' }, SECRET), says("No credentials found for given 'iss'")],
  [
    'iss is checked before alg matches',
    tokenOf({ iss: 'x' }, SECRET, { alg: 'HS512' }),
    says("No credentials found for given 'iss'"),
  ],
  [
    'iss of the prototype',
    tokenOf({ iss: '__proto__' }, SECRET),
    says("No credentials found for given 'iss'"),
  ],
  // Kong fails on these (500); a bad token is the better answer.
  ['a number for a payload', tokenOf(7, SECRET), { status: 401 }],
  ['null for a header', tokenOf(ISS, SECRET, null), { status: 401 }],
  ['a number for iss', tokenOf({ iss: 7 }, SECRET), { status: 401 }],
  ['a short signature of PS512', tokenOf({ iss: 'ada-ps' }, '', { alg: 'PS512' }, 'AAAA'), { status: 401 }],
];

const COOKIES = {
  uri_param_names: ['jwt', 'token'],
  cookie_names: ['sid', 'session'],
  header_names: ['authorization', 'X-Ticket'],
};
const places: [name: string, path: string, headers: Headers, expect: Expectation][] = [
  ['the second argument', `/?token=${GOOD}`, {}, isAda()],
  ['an argument, escaped', `/?j%77t=${GOOD.replaceAll('.', '%2e')}`, {}, isAda()],
  ['an argument twice', `/?jwt=${GOOD}&jwt=${GOOD}`, {}, isAda()],
  ['two arguments', `/?jwt=${GOOD}&token=${OTHER}`, {}, several],
  ['an argument without a value', '/?jwt', {}, says('Unrecognizable token')],
  ['an argument without a value, and a token', '/?jwt', bearer(GOOD), several],
  ['an empty argument and a header', '/?jwt=', bearer(GOOD), isAda()],
  ['argument and header alike', `/?jwt=${GOOD}`, bearer(GOOD), isAda()],
  ['cookie and header', '/', { Cookie: `sid=${OTHER}`, ...bearer(GOOD) }, several],
  ['a cookie in capitals', '/', { Cookie: `SESSION=${GOOD}` }, isAda()],
  ['the first of two cookies', '/', { Cookie: `sid=${GOOD}; sid=${OTHER}` }, isAda()],
  ['a cookie name that only has the prefix', '/', { Cookie: `sid2=${GOOD}` }, NONE],
  ['a custom header', '/', { 'X-Ticket': `bearer ${GOOD}` }, isAda()],
  ['a custom header without the scheme', '/', { 'X-Ticket': GOOD }, NONE],
  ['the scheme after another word', '/', { Authorization: `x Bearer ${GOOD}` }, isAda()],
  ['only the scheme', '/', { Authorization: 'Bearer' }, NONE],
  ['another scheme', '/', { Authorization: 'Basic YTpi' }, NONE],
  ['a form is not searched', '/', { 'Content-Type': 'application/x-www-form-urlencoded' }, NONE],
];

const soon = (seconds: number): Part => ({ ...ISS, exp: 1_900_000_000 + seconds });
const clock: [name: string, payload: Part, config: object, expect: Expectation][] = [
  ['a second left', soon(1), { claims_to_verify: ['exp'] }, isAda()],
  [
    'expires now',
    soon(0),
    { claims_to_verify: ['exp'] },
    { status: 401, bodyExact: '{"exp":"token expired"}' },
  ],
  ['begins now', { ...ISS, nbf: 1_900_000_000 }, { claims_to_verify: ['nbf'] }, isAda()],
  [
    'begins in a second',
    { ...ISS, nbf: 1_900_000_001 },
    { claims_to_verify: ['nbf'] },
    { status: 401, bodyExact: '{"nbf":"token not valid yet"}' },
  ],
  [
    'expires a second too late',
    soon(301),
    { claims_to_verify: ['exp'], maximum_expiration: 300 },
    { status: 401, bodyExact: '{"exp":"exceeds maximum allowed expiration"}' },
  ],
];

const OLD = { kong: '0.14' };
const was = (status: number, message: string): Expectation => ({
  status,
  bodyExact: `${JSON.stringify({ message })}\n`,
  headers: { absent: ['WWW-Authenticate'] },
  upstreamReceives: { hits: 0 },
});
const old: [name: string, path: string, headers: Headers, expect: Expectation][] = [
  ['no token', '/', {}, was(401, 'Unauthorized')],
  ['a bad token', '/', bearer('x'), was(401, 'Bad token; invalid JSON')],
  ['no claim', '/', bearer(tokenOf({}, SECRET)), was(401, "No mandatory 'iss' in claims")],
  [
    'an empty claim',
    '/',
    bearer(tokenOf({ iss: '' }, SECRET)),
    was(403, "No credentials found for given 'iss'"),
  ],
  [
    'an unknown iss',
    '/',
    bearer(tokenOf({ iss: 'x' }, SECRET)),
    was(403, "No credentials found for given 'iss'"),
  ],
  ['another alg', '/', bearer(tokenOf(ISS, SECRET, { alg: 'HS512' })), was(403, 'Invalid algorithm')],
  ['a header and an argument', `/?jwt=${GOOD}`, bearer(OTHER), { status: 200 }],
  ['two arguments', `/?jwt=${GOOD}&jwt=${OTHER}`, {}, was(401, 'Multiple tokens provided')],
  [
    'the standard alphabet of base64',
    '/',
    bearer(GOOD.replaceAll('-', '+').replaceAll('_', '/')),
    { status: 200 },
  ],
];

export const tokenCases: KongCase[] = [
  ...tokens.map(([name, token, expect]) => one(`jwt: ${name}`, jwt(), get('/', bearer(token)), expect)),
  ...places.map(([name, path, headers, expect]) =>
    one(
      `jwt: ${name}`,
      jwt(COOKIES),
      headers['Content-Type'] === undefined
        ? get(path, headers)
        : get(path, headers, { method: 'POST', body: `jwt=${GOOD}` }),
      expect,
    ),
  ),
  ...clock.map(([name, payload, config, expect]) =>
    one(
      `jwt: ${name}`,
      jwt(config),
      get('/', bearer(tokenOf(payload, SECRET)), { now: 1_900_000_000 }),
      expect,
    ),
  ),
  ...old.map(([name, path, headers, expect]) =>
    one(`jwt 0.14: ${name}`, jwt(), get(path, headers), expect, OLD),
  ),
  one(
    'jwt: the realm',
    jwt({ realm: 'R' }),
    get('/', bearer('x')),
    says('Bad token; invalid JSON', 'Bearer realm="R", error="invalid_token"'),
  ),
  one('jwt: an OPTIONS request', jwt(), get('/', {}, { method: 'OPTIONS' }), NONE),
  one(
    'jwt: the token is forwarded',
    jwt(),
    get('/', bearer(GOOD)),
    received({ headers: { equal: { authorization: `Bearer ${GOOD}`, 'x-consumer-custom-id': 'a-1' } } }),
  ),
  one(
    'jwt: a rejected token is forwarded for the anonymous consumer',
    jwt({ anonymous: 'no-body' }),
    get('/', bearer('x')),
    received({
      headers: {
        equal: { authorization: 'Bearer x', 'x-anonymous-consumer': 'true' },
        absent: ['x-credential-identifier'],
      },
    }),
  ),
];
