/** Parsing of a token that is not yet verified. */
import t from 'tap';
import { EITHER_ALPHABET, URL_ALPHABET } from '../../../../lib/core/base64.ts';
import { claimOf, parseToken } from '../../../../lib/auth/jwt/token.ts';
import { encodePart } from '../../../support/tokens.ts';
import { words } from '../../../support/words.ts';

const HEADER = encodePart({ alg: 'HS256' });
const PAYLOAD = encodePart({ iss: 'a' });
const textPart = (text: string): string => Buffer.from(text).toString('base64url');

t.test('the faults of the three parts, in the order of the checks', async (t) => {
  const [ofHeader, ofPayload] = [
    (header: string) => `${header}.${PAYLOAD}.AA`,
    (payload: string) => `${HEADER}.${payload}.AA`,
  ];
  const FAULTS: [fault: string, texts: string[]][] = [
    [
      'invalid JSON',
      [
        ...['', '.'.repeat(10_000), `${HEADER}.${PAYLOAD}`, `${HEADER}.${PAYLOAD}.${'A'.repeat(16_384)}`],
        ...['%%', textPart('{'), encodePart(1), encodePart(null), 'e'.repeat(1_000_000)].map(ofHeader),
        ...['a', encodePart(12), encodePart(null), textPart('['.repeat(9000))].map(ofPayload),
      ],
    ],
    [
      'invalid alg',
      [
        ...words`none HS257 HS2560 RS1 constructor __proto__`.map((alg) => encodePart({ alg })),
        ...['alg', [], { alg: ['HS256'] }].map(encodePart),
        textPart('{"__proto__":{"alg":"HS256"}}'),
      ].map(ofHeader),
    ],
    ['invalid signature', ['+/AA', 'A', 'AA, Basic YTpi'].map((one) => `${HEADER}.${PAYLOAD}.${one}`)],
  ];
  for (const [fault, texts] of FAULTS)
    for (const text of texts) t.equal(parseToken(text, URL_ALPHABET), fault, text.slice(0, 80));
});

t.test('a valid token', async (t) => {
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

t.test('only an own property is a claim', async (t) => {
  const claims = JSON.parse('{"iss":"a","__proto__":"b","none":null}') as object;
  t.equal(claimOf(claims, 'iss'), 'a');
  t.equal(claimOf(claims, '__proto__'), 'b');
  t.equal(claimOf(claims, 'none'), null);
  t.equal(claimOf(claims, 'constructor'), undefined);
  t.equal(claimOf({}, '__proto__'), undefined);
});
