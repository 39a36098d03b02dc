/**
 * Tokens and signatures on the built file: workerd verifies every algorithm, in both formats and releases, and neither
 * a secret nor a rejected token is in anything that the gateway emits.
 */
import { createHash, createHmac } from 'node:crypto';
import t from 'tap';
import { asModule } from '../../cli/build/module.ts';
import type { Config } from '../../lib/config/types.ts';
import { currentScript, gatewayFor } from '../support/gateway.ts';
import { pagesOf, STATUS } from '../support/operator.ts';
import { originFor } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import { keyPairFor, tokenOf } from '../support/tokens.ts';

const SECRET = 's3cr3t-of-ada-5e1f';
const BOUND = 's3cr3t-that-is-bound-77';
const UNEXPIRED = { exp: 4_102_444_800 };
const NAMES = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const RSA = keyPairFor('RS256');
const PAIRS = new Map(NAMES.map((alg) => [alg, /^[RP]S/.test(alg) ? RSA : keyPairFor(alg)]));
const CONSUMERS = [
  {
    id: 'ada',
    username: 'ada',
    jwtKeys: NAMES.map((alg) => ({ name: alg, algorithm: alg, publicKey: PAIRS.get(alg)!.publicKey })),
    jwtSecrets: [
      { name: 'HS256', secret: SECRET },
      { name: 'HS512', algorithm: 'HS512', secret: { binding: 'ADA_SECRET' } },
    ],
    hmacSecrets: [
      { username: 'ada-kiosk', secret: SECRET },
      { username: 'ada-bound', secret: { binding: 'ADA_SECRET' } },
    ],
  },
  { id: 'guest', username: 'guest' },
] as NonNullable<Config['consumers']>;

const good = new Map([
  ...NAMES.map(
    (alg) => [alg, tokenOf({ iss: alg, ...UNEXPIRED }, PAIRS.get(alg)!.privateKey, { alg })] as const,
  ),
  ['HS256', tokenOf({ iss: 'HS256', ...UNEXPIRED }, SECRET)] as const,
  ['HS512', tokenOf({ iss: 'HS512', ...UNEXPIRED }, BOUND, { alg: 'HS512' })] as const,
]);
/** What the output is searched for: a token that no consumer has. */
const MARK = 'forged-signature-0123456789-abcdef';
const FORGED = tokenOf({ iss: 'HS256', ...UNEXPIRED }, '', { alg: 'HS256' }, MARK);
const EXPIRED = tokenOf({ iss: 'HS256', exp: 1_000_000_000 }, SECRET);

function signed(username = 'ada-kiosk', secret = SECRET, more: [string, string][] = []): [string, string][] {
  const date = new Date().toUTCString();
  const text = `x-date: ${date}\n@request-target: post /signed?it's=1`;
  const signature = createHmac('sha256', secret).update(text).digest('base64');
  const parameters = `username="${username}", algorithm="hmac-sha256", headers="x-date @request-target", signature="${signature}"`;
  return [['X-Date', date], ['Authorization', `hmac ${parameters}`], ...more];
}
const BODY = '{"pump":"on"}';
const DIGEST: [string, string] = ['Digest', `SHA-256=${createHash('sha256').update(BODY).digest('base64')}`];

async function bothForms() {
  const script = await currentScript();
  return [
    ['a script', { script }],
    ['a module', { script: asModule(script), asModule: true }],
    ['a script on the older release', { script, workerd: 'jul' }],
  ] as const;
}

for (const [form, options] of await bothForms())
  t.test(`every algorithm, and signatures (${form})`, async (t) => {
    const origin = await originFor(t, { body: 'in' });
    const gateway = await gatewayFor(
      t,
      {
        pools: { default: { origins: [origin.url] } },
        routes: [
          { paths: ['/signed'], hmacAuth: { bodyDigest: true }, jwt: false },
          { paths: ['/guests'], jwt: { anonymous: 'guest' } },
          { paths: ['/open'], jwt: false },
          {},
        ],
        jwt: { queryNames: ['token'] },
        consumers: CONSUMERS,
        status: STATUS,
        log: 'all',
      },
      { ...options, variables: { ADA_SECRET: BOUND }, shares: 'nothing' },
    );
    const emitted: Buffer[] = [];
    const ask = async (path: string, headers: [string, string][], body: string | null = null) => {
      const answer = await rawRequest(gateway.port, {
        method: body === null ? 'GET' : 'POST',
        path,
        headers,
        ...(body === null ? {} : { body }),
      });
      emitted.push(answer.raw);
      return answer.status === 200
        ? (origin.received.at(-1)?.header('x-consumer-id') ?? 'nobody')
        : answer.status;
    };
    const withToken = (token: string, path = '/x') => ask(path, [['Authorization', `Bearer ${token}`]]);
    for (const [alg, token] of good) {
      t.equal(await withToken(token), 'ada', alg);
      t.equal(await withToken(token), 'ada', `${alg}, by the key as stored`);
      t.equal(await withToken(token.replace(/[^.]{4}$/, 'AAAA')), 401, `${alg}, another signature`);
      t.equal(await withToken(token.replace(/[^.]+$/, 'AAAA')), 401, `${alg}, short signature`);
    }
    t.equal(await ask(`/x?token=${good.get('ES256')}`, []), 'ada');
    t.equal(origin.received.at(-1)?.header('x-credential-identifier'), 'ES256');
    for (const token of [FORGED, EXPIRED, 'a.b.c', tokenOf({ iss: '__proto__' }, ''), 'x'.repeat(20_000)])
      t.equal(await withToken(token), 401);
    t.equal(
      await withToken(tokenOf({ iss: 'RS256', ...UNEXPIRED }, RSA.publicKey)),
      401,
      'a public key is not a secret',
    );
    t.equal(await ask('/x', []), 401);
    t.equal(await withToken(FORGED, '/guests'), 'guest');
    t.equal(
      await ask('/open', [['X-Consumer-ID', 'ada']]),
      'nobody',
      'no one is identified on a route without authentication',
    );
    const path = "/signed?it's=1";
    const chunked: [string, string][] = [['Transfer-Encoding', 'chunked']];
    t.equal(await ask(path, signed('ada-kiosk', SECRET, [DIGEST]), BODY), 'ada');
    t.equal(String(origin.received.at(-1)?.body), BODY);
    t.equal(origin.received.at(-1)?.header('authorization'), null, 'hidden');
    t.equal(await ask(path, signed('ada-bound', BOUND, [DIGEST]), BODY), 'ada', 'a secret that is bound');
    const pieces = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
    t.equal(
      await ask(path, signed('ada-kiosk', SECRET, [DIGEST, ...chunked]), pieces),
      'ada',
      'a body in pieces',
    );
    t.equal(String(origin.received.at(-1)?.body), BODY);
    t.equal(await ask(path, signed('ada-kiosk', SECRET, [DIGEST]), BODY.replace('on', 'of')), 401);
    t.equal(await ask(path, signed('ada-kiosk', 'x', [DIGEST]), BODY), 401);
    t.equal(await ask(path, signed('constructor', SECRET, [DIGEST]), BODY), 401);
    emitted.push(...(await pagesOf(gateway)));
    const everything = Buffer.concat([
      ...emitted,
      Buffer.from(gateway.log() + gateway.lines().join('\n')),
    ]).toString();
    for (const text of [SECRET, BOUND, MARK, EXPIRED.split('.')[1]!, good.get('ES256')!.split('.')[2]!])
      t.notOk(everything.includes(text), `${text.slice(0, 12)}… is nowhere`);
    const lines = gateway.log().match(/status\W+401/g)?.length ?? 0;
    t.ok(lines > 20, `${lines} requests logged`);
  });

t.test('a secret that is not bound accepts no one, and is logged once', async (t) => {
  const origin = await originFor(t);
  const config = { origins: [origin.url], jwt: {}, consumers: CONSUMERS };
  const gateway = await gatewayFor(t, config, { shares: 'nothing' });
  for (const turn of [1, 2]) {
    const { status } = await rawRequest(gateway.port, {
      path: '/',
      headers: [['Authorization', `Bearer ${good.get('HS512')}`]],
    });
    t.equal(status, 401, `request ${turn}`);
  }
  t.same(gateway.lines(), ['Cannot read a secret: there is no binding ADA_SECRET']);
});

t.test('concurrent requests before a key has been imported', async (t) => {
  const origin = await originFor(t);
  const gateway = await gatewayFor(t, { origins: [origin.url], jwt: {}, consumers: CONSUMERS });
  const ask = (token: string) =>
    fetch(gateway.url, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status);
  const found = await Promise.all(
    Array.from({ length: 20 }, (_, n) => ask(n % 2 ? good.get('RS256')! : FORGED)),
  );
  t.same(
    found,
    Array.from({ length: 20 }, (_, n) => (n % 2 ? 200 : 401)),
  );
});
