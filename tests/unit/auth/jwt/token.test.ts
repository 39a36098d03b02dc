/** What a token is, before anybody believes it. */
import t from 'tap';
import { EITHER_ALPHABET, URL_ALPHABET } from '../../../../lib/core/base64.ts';
import { algorithmOf, claimOf, parseToken } from '../../../../lib/auth/jwt/token.ts';
import { encodePart } from '../../../support/tokens.ts';

const HEADER = encodePart({ alg: 'HS256' });
const PAYLOAD = encodePart({ iss: 'a' });
const textPart = (text: string): string => Buffer.from(text).toString('base64url');

t.test('three parts, and what is wrong with them in the order of asking', async (t) => {
  const CASES: [name: string, text: string, fault: string][] = [
    ['nothing', '', 'invalid JSON'],
    ['a word', 'abc', 'invalid JSON'],
    ['two parts', `${HEADER}.${PAYLOAD}`, 'invalid JSON'],
    ['dots', '..', 'invalid JSON'],
    ['many dots', '.'.repeat(10_000), 'invalid JSON'],
    ['no base64 in the header', `%%.${PAYLOAD}.AA`, 'invalid JSON'],
    ['no base64 in the payload', `${HEADER}.a.AA`, 'invalid JSON'],
    ['no JSON', `${textPart('{')}.${PAYLOAD}.AA`, 'invalid JSON'],
    ['a number for a header', `${encodePart(1)}.${PAYLOAD}.AA`, 'invalid JSON'],
    ['null for a header', `${encodePart(null)}.${PAYLOAD}.AA`, 'invalid JSON'],
    ['a number for a payload', `${HEADER}.${encodePart(12)}.AA`, 'invalid JSON'],
    ['null for a payload', `${HEADER}.${encodePart(null)}.AA`, 'invalid JSON'],
    ['true for a payload', `${HEADER}.${encodePart(true)}.AA`, 'invalid JSON'],
    ['a string for a header', `${encodePart('alg')}.${PAYLOAD}.AA`, 'invalid alg'],
    ['a list for a header', `${encodePart([])}.${PAYLOAD}.AA`, 'invalid alg'],
    ['no alg', `${encodePart({})}.${PAYLOAD}.AA`, 'invalid alg'],
    ['alg none without a signature', `${encodePart({ alg: 'none' })}.${PAYLOAD}.`, 'invalid alg'],
    ['a list of algs', `${encodePart({ alg: ['HS256'] })}.${PAYLOAD}.AA`, 'invalid alg'],
    ['alg of the prototype', `${textPart('{"__proto__":{"alg":"HS256"}}')}.${PAYLOAD}.AA`, 'invalid alg'],
    ['a signature of another alphabet', `${HEADER}.${PAYLOAD}.+/AA`, 'invalid signature'],
    ['half a byte', `${HEADER}.${PAYLOAD}.A`, 'invalid signature'],
    ['a fourth part', `${HEADER}.${PAYLOAD}.AA.AA`, 'invalid signature'],
    ['another scheme behind it', `${HEADER}.${PAYLOAD}.AA, Basic YTpi`, 'invalid signature'],
    ['a long one', `${HEADER}.${PAYLOAD}.${'A'.repeat(16_384)}`, 'invalid JSON'],
    ['a million characters', `${'e'.repeat(1_000_000)}.${PAYLOAD}.AA`, 'invalid JSON'],
    ['many brackets', `${HEADER}.${textPart('['.repeat(9000))}.AA`, 'invalid JSON'],
  ];
  for (const [name, text, fault] of CASES) t.equal(parseToken(text, URL_ALPHABET), fault, name);
  for (const alg of [
    'none',
    'None',
    'hs256',
    'HS257',
    'HS2560',
    'RS1',
    '',
    'constructor',
    '__proto__',
    'toString',
  ])
    t.equal(parseToken(`${encodePart({ alg })}.${PAYLOAD}.AA`, URL_ALPHABET), 'invalid alg', alg);
});

t.test('a good one', async (t) => {
  t.match(parseToken(`${HEADER}.${PAYLOAD}.-_8`, URL_ALPHABET), {
    header: { alg: 'HS256' },
    payload: { iss: 'a' },
    algorithm: 'HS256',
    signature: Uint8Array.of(251, 255),
    signed: `${HEADER}.${PAYLOAD}`,
  });
  t.match(parseToken(`${HEADER}.${PAYLOAD}.`, URL_ALPHABET), { signature: new Uint8Array() });
  t.match(parseToken(`${HEADER}.${PAYLOAD}.+/8=`, EITHER_ALPHABET), { signature: Uint8Array.of(251, 255) });
  t.match(parseToken(`${HEADER}.${encodePart('iss')}.AA`, URL_ALPHABET), { payload: {} }, 'no claims');
});

t.test('a claim is a member of its own', async (t) => {
  const claims = JSON.parse('{"iss":"a","__proto__":"b","none":null}') as object;
  t.equal(claimOf(claims, 'iss'), 'a');
  t.equal(claimOf(claims, '__proto__'), 'b');
  t.equal(claimOf(claims, 'none'), null);
  for (const name of ['constructor', 'toString', 'hasOwnProperty', 'sub'])
    t.equal(claimOf(claims, name), undefined, name);
  t.equal(claimOf({}, '__proto__'), undefined);
});

t.test('what WebCrypto calls them', async (t) => {
  t.same(algorithmOf('HS384'), { name: 'HMAC', hash: 'SHA-384' });
  t.same(algorithmOf('RS512'), { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' });
  t.same(algorithmOf('PS256'), { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 });
  t.same(algorithmOf('ES384'), { name: 'ECDSA', hash: 'SHA-384', namedCurve: 'P-384' });
  t.same(algorithmOf('ES512'), { name: 'ECDSA', hash: 'SHA-512', namedCurve: 'P-521' });
  t.same(algorithmOf('EdDSA'), { name: 'Ed25519' });
  for (const name of ['none', 'ES224', 'HS', 'XS256', 'EdDSA ', ' HS256', 'HS256\n'])
    t.equal(algorithmOf(name), null, name);
});
