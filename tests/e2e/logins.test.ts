/**
 * User names and passwords on the built file: WebCrypto's hashes equal those of the command line, and no password is in
 * anything that the gateway emits, as it is or in base64.
 */
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { hashPassword } from '../../cli/hash-key.ts';
import { digestOf } from '../support/auth.ts';
import { gatewayFor } from '../support/gateway.ts';
import { pagesOf, STATUS } from '../support/operator.ts';
import { act, originFor } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

const SALT = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const GOOD = 'gr\u00fcn: passw\u00f6rd \u2713';
const BAD = 'wr\u00f6ng: passw\u00f6rd \u2717';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
/** Its forms in a string: what precedes it shifts base64 by none, one or two bytes. */
const encodingsOf = (password: string): string[] => [
  password,
  encodeURIComponent(password),
  ...[0, 1, 2].map((shift) => base64('x'.repeat(shift) + password).slice(4, -4)),
  Buffer.from(password).toString('latin1'),
];
const leaks = (bytes: Buffer | string): string[] =>
  [GOOD, BAD].flatMap(encodingsOf).filter((text) => Buffer.from(bytes).includes(text));

const iterations = 1000;
const consumers = [
  {
    id: 'ada',
    username: 'ada',
    logins: [{ username: 'ada-login', passwordHash: hashPassword(Buffer.from(GOOD), iterations, SALT) }],
  },
  { id: 'kim', credentials: [{ id: 'k-1', sha256: digestOf('kims-key') }] },
  { id: 'guest', username: 'guest' },
];

for (const compat of [null, 'kong-3', 'kong-2018'] as const)
  t.test(`passwords are accepted and leave no trace (${compat ?? 'plain'})`, async (t) => {
    const origin = await originFor(t, ({ url, headers }, _request, response) =>
      act({ body: JSON.stringify({ url, headers }) }, response),
    );
    const config: Config = {
      pools: { default: { origins: [origin.url] } },
      routes: [
        { paths: ['/either'], auth: { anonymous: 'guest' }, basicAuth: { anonymous: 'guest' } },
        { paths: ['/both'], auth: {} },
        { paths: ['/'], logTo: ['console'] },
      ],
      basicAuth: { realm: 'tests' },
      consumers,
      ...(compat && { compat }),
      status: STATUS,
      log: 'all',
    };
    const gateway = await gatewayFor(t, config, { shares: 'nothing' });
    const emitted: Buffer[] = [];
    const ask = async (path: string, login: string | null, more: [string, string][] = []) => {
      const headers: [string, string][] = login === null ? [] : [['Authorization', `Basic ${base64(login)}`]];
      const answer = await rawRequest(gateway.port, { path, headers: [...headers, ...more] });
      emitted.push(answer.raw);
      const sent = origin.received.at(-1);
      return answer.status === 200 ? sent?.header('x-consumer-id') : answer.status;
    };
    const wrong = compat === 'kong-2018' ? 403 : 401;
    const challenge = (await rawRequest(gateway.port, { path: '/' })).header('www-authenticate');
    t.equal(challenge, `Basic realm="${compat === 'kong-2018' ? 'kong' : 'tests'}"`);
    for (const turn of [1, 2]) {
      t.equal(await ask('/', `ada-login:${GOOD}`), 'ada', `request ${turn}`);
      t.equal(origin.received.at(-1)?.header('authorization'), null, 'hidden');
      t.equal(await ask('/', `ada-login:${BAD}`), wrong);
      t.equal(await ask('/', `nobody:${GOOD}`), wrong);
      t.equal(await ask('/', `__proto__:${GOOD}`), wrong);
      t.equal(await ask('/', null), 401);
    }
    const key: [string, string][] = [['apikey', 'kims-key']];
    t.equal(await ask('/both', `ada-login:${GOOD}`, key), 'ada');
    t.equal(await ask('/both', null, key), 401);
    t.equal(await ask('/both', `ada-login:${GOOD}`), 401);
    t.equal(await ask('/either', `ada-login:${GOOD}`), 'ada');
    t.equal(await ask('/either', null, key), 'kim');
    t.equal(await ask('/either', null), 'guest');
    t.equal(await ask('/either', `ada-login:${BAD}`), 'guest');
    t.equal(await ask('/', `ada-login:${'x'.repeat(8000)}`), wrong, 'a long one');
    emitted.push(...(await pagesOf(gateway)));
    t.same(leaks(Buffer.concat(emitted)), [], 'sent to callers and the operator');
    t.same(leaks(origin.bytes()), [], 'sent to the origin');
    t.ok(gateway.lines().length >= 18, `${gateway.lines().length} lines logged`);
    t.same(leaks(gateway.log() + gateway.lines().join('\n')), [], 'in the log');
    t.ok(
      leaks(`Basic ${base64(`ada-login:${GOOD}`)}`).length > 0,
      'otherwise this test could find nothing anywhere',
    );
  });
