/** Who is let in by a signature, and what all others are told. */
import { createHash, createHmac } from 'node:crypto';
import t from 'tap';
import { startHmacAuth } from '../../../../lib/auth/hmac/hmac-auth.ts';
import type { Config, HmacAuth } from '../../../../lib/config/types.ts';
import type { Refusal } from '../../../../lib/core/errors.ts';
import { drive } from '../../../support/traffic.ts';

const SECRET = 's3cr3t-of-ada';
const DATE = 'Sun, 17 Mar 2030 17:46:40 GMT';
const NOW = 1_900_000_000;
const CONSUMERS = [
  { id: 'id-1', username: 'ada', hmacSecrets: [{ username: 'ada-kiosk', secret: SECRET }] },
  { id: 'id-2', username: 'nobody' },
] as NonNullable<Config['consumers']>;
const OUTDATED =
  'HMAC signature cannot be verified, a valid date or x-date header is required for HMAC Authentication';
const UNVERIFIABLE = 'HMAC signature cannot be verified';
const WRONG = 'HMAC signature does not match';

type Headers = Record<string, string>;
type Compat = Exclude<Config['compat'], undefined>;

interface Signing {
  readonly headers?: Headers;
  readonly names?: string;
  readonly username?: string;
  readonly algorithm?: string;
  readonly secret?: string;
  readonly target?: string;
  readonly place?: string;
  /** In place of the right one. */
  readonly signature?: string;
}
/** Signs as a client does, by what it sends. */
function sign({
  headers = { 'x-date': DATE },
  names = 'x-date @request-target',
  username = 'ada-kiosk',
  algorithm = 'hmac-sha256',
  secret = SECRET,
  target = '/x?a=1',
  place = 'authorization',
  signature,
}: Signing = {}): Headers {
  const lines = names.split(' ').map((name) => {
    const value = headers[name.toLowerCase()];
    if (value !== undefined) return `${name}: ${value}`;
    if (name === 'request-line') return `GET ${target} HTTP/1.1`;
    return name === '@request-target' ? `${name}: get ${target}` : `${name}:`;
  });
  const hash = algorithm.replace('hmac-', '');
  const right = /^sha\d+$/.test(hash)
    ? createHmac(hash, secret).update(lines.join('\n')).digest('base64')
    : 'AA';
  const said = `hmac username="${username}", algorithm="${algorithm}", headers="${names}", signature="${signature ?? right}"`;
  return { ...headers, [place]: said };
}

interface Told {
  readonly verdict: string;
  readonly challenge: string | undefined;
  readonly told: Headers;
  readonly body: string | null;
}
function guard(hmacAuth: HmacAuth = {}, compat: Compat | null = null, more: Partial<Config> = {}) {
  const config = {
    consumers: CONSUMERS,
    ...(compat ? { compat } : {}),
    ...more,
    hmacAuth,
  } as Partial<Config>;
  const driven = drive(startHmacAuth, {}, { config, now: NOW * 1000 });
  const enter = async (headers: Headers, init: RequestInit = {}, path = '/x?a=1'): Promise<Told> => {
    const { answer, told, context } = await driven.enter(path, { ...init, headers } as RequestInit);
    const refusal = answer as Refusal | null;
    return {
      verdict: refusal === null ? 'in' : `${refusal.status} ${refusal.message}`,
      challenge: refusal?.headers?.find(([name]) => name === 'WWW-Authenticate')?.[1],
      told,
      body: context.body && Buffer.from(context.body).toString(),
    };
  };
  return { ...driven, enter };
}
/** As Kong's defaults have it. */
const KONG: HmacAuth = {
  algorithms: ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'],
  signed: [],
  hideCredentials: false,
};

t.test('a good signature', async (t) => {
  t.same(await guard().enter(sign()), {
    verdict: 'in',
    challenge: undefined,
    body: null,
    told: {
      authorization: '-',
      'x-consumer-id': 'id-1',
      'x-consumer-username': 'ada',
      'x-credential-identifier': 'ada-kiosk',
    },
  });
  for (const algorithm of KONG.algorithms!) {
    const { enter } = guard(KONG, 'kong-3');
    t.equal((await enter(sign({ algorithm }))).verdict, 'in', algorithm);
    t.equal((await enter(sign({ algorithm }))).verdict, 'in', `${algorithm} once more`);
  }
  const old = await guard(KONG, 'kong-2018').enter(sign());
  t.match(old.told, { 'x-credential-username': 'ada-kiosk' });
});

t.test('refusals, under each profile', async (t) => {
  const date = { 'x-date': DATE };
  const CASES: [name: string, headers: Headers, kong: string, plain?: string][] = [
    ['nothing', date, 'Unauthorized'],
    ['no date', sign({ headers: {}, names: 'x-date' }), OUTDATED],
    ['an old date', sign({ headers: { 'x-date': 'Sun, 17 Mar 2030 17:41:39 GMT' } }), OUTDATED],
    ['a date ahead', sign({ headers: { 'x-date': 'Sun, 17 Mar 2030 17:51:41 GMT' } }), OUTDATED],
    ['no HTTP date', sign({ headers: { 'x-date': '2030-03-17T17:46:40Z' } }), OUTDATED],
    ['no date, and no signature', { authorization: 'Bearer x' }, OUTDATED, UNVERIFIABLE],
    ['another scheme', { ...date, authorization: 'Bearer x' }, UNVERIFIABLE],
    [
      'another order',
      { ...date, authorization: 'hmac algorithm="hmac-sha256", username="ada-kiosk"' },
      UNVERIFIABLE,
    ],
    ['an unknown user', sign({ username: 'eve' }), UNVERIFIABLE, WRONG],
    ['__proto__', sign({ username: '__proto__' }), UNVERIFIABLE, WRONG],
    ['constructor', sign({ username: 'constructor' }), UNVERIFIABLE, WRONG],
    ['capitals of the user', sign({ username: 'Ada-Kiosk' }), UNVERIFIABLE, WRONG],
    ['another algorithm', sign({ algorithm: 'hmac-md5' }), UNVERIFIABLE],
    ['no algorithm', sign({ algorithm: 'constructor' }), UNVERIFIABLE],
    ['another secret', sign({ secret: 'x' }), WRONG],
    ['another target', sign({ target: '/y' }), WRONG],
    ['no base64', sign({ signature: '%%% not' }), WRONG],
    ['base64 of URLs', sign({ signature: '-_-_' }), WRONG],
    ['a part of a signature', sign({ signature: 'QUJD' }), WRONG],
    ['two lines', { ...date, authorization: `${sign()['authorization']}, hmac username="b"` }, 'Bad request'],
  ];
  const [plain, three, old] = [guard({ realm: 'R' }), guard(KONG, 'kong-3'), guard(KONG, 'kong-2018')];
  for (const [name, headers, kong, native = kong] of CASES) {
    const isRequest = kong === 'Bad request';
    const status = isRequest ? 400 : 401;
    const challenge = isRequest ? undefined : 'hmac';
    t.match(
      await plain.enter(headers),
      { verdict: `${status} ${native}`, challenge: challenge && 'hmac realm="R"' },
      name,
    );
    t.match(await three.enter(headers), { verdict: `${status} ${kong}`, challenge }, `${name}, Kong 3`);
    const before = isRequest ? 400 : kong === 'Unauthorized' ? 401 : 403;
    t.match(
      await old.enter(headers),
      { verdict: `${before} ${kong}`, challenge: undefined },
      `${name}, 2018`,
    );
  }
});

t.test('the last second of the skew, both ways', async (t) => {
  const { enter } = guard({ clockSkewSeconds: 300 });
  for (const time of ['17:41:40', '17:51:40'])
    t.equal(
      (await enter(sign({ headers: { 'x-date': `Sun, 17 Mar 2030 ${time} GMT` } }))).verdict,
      'in',
      time,
    );
});

t.test('which date counts', async (t) => {
  const unsigned = sign({ headers: { date: DATE }, names: '@request-target' });
  const stale = { ...sign({ headers: { 'x-date': 'Thu, 01 Jan 2015 08:30:00 GMT' } }), date: DATE };
  const either = sign({ headers: { 'x-date': 'wrong', date: DATE }, names: 'date @request-target' });
  const three = guard(KONG, 'kong-3');
  for (const headers of [unsigned, stale, either]) t.equal((await three.enter(headers)).verdict, 'in');
  const plain = guard({ signed: [] });
  t.equal((await plain.enter(unsigned)).verdict, `401 ${OUTDATED}`, 'one that is not signed bounds nothing');
  t.equal((await plain.enter(stale)).verdict, `401 ${OUTDATED}`);
  t.equal((await plain.enter(either)).verdict, 'in');
});

t.test('what must be signed', async (t) => {
  const signed = ['x-date', '@request-target'];
  const three = guard({ ...KONG, signed }, 'kong-3');
  t.equal((await three.enter(sign({ names: '@request-target x-date' }))).verdict, 'in', 'in any order');
  t.equal((await three.enter(sign({ names: 'x-date' }))).verdict, `401 ${UNVERIFIABLE}`);
  t.equal((await three.enter(sign({ names: 'X-Date @request-target' }))).verdict, `401 ${UNVERIFIABLE}`);
  const plain = guard({ signed: ['X-Date'] });
  t.equal((await plain.enter(sign({ names: 'x-date' }))).verdict, 'in', 'names of headers have no case');
  t.equal(
    (await guard().enter(sign({ names: 'x-date' }))).verdict,
    `401 ${UNVERIFIABLE}`,
    'by default the target, too',
  );
  for (const other of ['@REQUEST-TARGET', '@Request-Target']) {
    const { verdict } = await guard().enter(sign({ names: `x-date ${other}` }));
    t.equal(verdict, `401 ${UNVERIFIABLE}`, `${other} covers nothing`);
  }
  const line = guard({ signed: ['request-line', 'x-date'] });
  t.equal((await line.enter(sign({ names: 'x-date request-line' }))).verdict, 'in');
  t.equal((await line.enter(sign({ names: 'x-date Request-Line' }))).verdict, `401 ${UNVERIFIABLE}`);
  t.equal(
    (await guard().enter(sign({ algorithm: 'hmac-sha1' }))).verdict,
    `401 ${UNVERIFIABLE}`,
    'no SHA-1 by default',
  );
});

t.test('the request line, and its path alone before 3.0', async (t) => {
  const path = '/a%20b?q=1';
  const whole = sign({ names: 'x-date request-line', target: path });
  const decoded = sign({ names: 'x-date request-line', target: '/a b' });
  for (const compat of ['kong-3', 'kong-2018'] as const)
    t.equal((await guard(KONG, compat).enter(whole, {}, path)).verdict, 'in', compat);
  t.equal((await guard(KONG, 'kong-3').enter(decoded, {}, path)).verdict, `401 ${WRONG}`);
  t.equal((await guard(KONG, 'kong-2018').enter(decoded, {}, path)).verdict, 'in');
  const broken = sign({ names: 'x-date request-line', target: '/%ff' });
  t.equal(
    (await guard(KONG, 'kong-2018').enter(broken, {}, '/%ff')).verdict,
    'in',
    'an escape that is no text',
  );
});

t.test('where it stands, and what hides it', async (t) => {
  const proxy = { ...sign({ place: 'proxy-authorization' }), authorization: 'hello' };
  const hiding = { ...KONG, hideCredentials: true };
  const three = guard(hiding, 'kong-3');
  t.match(await three.enter(proxy), {
    verdict: 'in',
    told: { 'proxy-authorization': '-', authorization: undefined },
  });
  t.match(await three.enter(sign()), { told: { authorization: '-', 'proxy-authorization': undefined } });
  t.match(await three.enter({ ...sign(), 'proxy-authorization': 'x' }), {
    verdict: 'in',
    told: { authorization: '-' },
  });
  t.equal((await guard(KONG, 'kong-3').enter(sign())).told['authorization'], undefined);
  t.equal(
    (await guard().enter(proxy)).verdict,
    `401 ${UNVERIFIABLE}`,
    'outside the profiles it is the proxy’s',
  );
  const open = guard({ ...hiding, anonymous: 'nobody' }, 'kong-3');
  const hidden = async (headers: Headers) => (await open.enter(headers)).told['authorization'] ?? 'kept';
  t.equal(await hidden({ 'x-date': DATE, authorization: 'Bearer x' }), '-', 'whatever its scheme');
  t.equal(await hidden({ authorization: 'Bearer x' }), 'kept', 'it was not looked at');
  t.equal(await hidden(sign({ secret: 'x' })), '-');
  const plain = guard({ anonymous: 'nobody' });
  t.equal((await plain.enter({ authorization: 'Bearer x' })).told['authorization'], undefined);
  t.match(await plain.enter(sign({ secret: 'x' })), {
    verdict: 'in',
    told: { authorization: '-', 'x-consumer-id': 'id-2' },
  });
  t.equal((await guard({ hideCredentials: false }).enter(sign())).told['authorization'], undefined);
});

t.test('the body is the one that Digest names', async (t) => {
  const BODY = '{"pump":"on"}';
  const digestOf = (body: string) => `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
  const send = (body: string | null, digest: string | null, more: Headers = {}) => {
    const date: Headers = { 'x-date': DATE };
    const headers = {
      ...sign({ headers: digest === null ? date : { ...date, digest }, names: 'x-date' }),
      ...more,
    };
    return [headers, { method: body === null ? 'GET' : 'POST', body }] as const;
  };
  const length = (body: string) => ({ 'content-length': String(body.length) });
  const large = 'x'.repeat(8193);
  const huge = 'x'.repeat(1024 * 1024 + 1);
  const CASES: [
    name: string,
    sent: readonly [Headers, RequestInit],
    kong: string,
    plain: string,
    body: string | null,
  ][] = [
    ['its own', send(BODY, digestOf(BODY), length(BODY)), 'in', 'in', BODY],
    ['of unknown length', send(BODY, digestOf(BODY)), 'in', 'in', null],
    ['another', send(BODY, digestOf(BODY + ' '), length(BODY)), WRONG, WRONG, null],
    ['no Digest', send(BODY, null, length(BODY)), WRONG, WRONG, null],
    ['another form', send(BODY, digestOf(BODY).toLowerCase(), length(BODY)), WRONG, WRONG, null],
    ['a list', send(BODY, `${digestOf(BODY)},MD5=x`, length(BODY)), WRONG, WRONG, null],
    ['neither', send(null, null), 'in', 'in', null],
    ['of an empty one', send(null, digestOf('')), 'in', 'in', null],
    ['of none', send(null, digestOf(BODY)), WRONG, WRONG, null],
    ['an empty one', send('', null, length('')), 'in', 'in', ''],
    [
      'the last byte',
      send('x'.repeat(8192), digestOf('x'.repeat(8192)), length('x'.repeat(8192))),
      'in',
      'in',
      'x'.repeat(8192),
    ],
    ['a large one', send(large, digestOf(large), length(large)), WRONG, 'in', large],
    ['a large one of unknown length', send(large, digestOf(large)), WRONG, 'in', null],
    ['a huge one', send(huge, digestOf(huge), length(huge)), WRONG, 'Request size limit exceeded', null],
  ];
  const plain = guard({ bodyDigest: true, signed: ['x-date'] });
  const three = guard({ ...KONG, bodyDigest: true }, 'kong-3');
  const said = (verdict: string) => verdict.replace(/^\d+ /, '');
  for (const [name, [headers, init], kong, native, body] of CASES) {
    const found = await plain.enter(headers, init);
    t.equal(said(found.verdict), native, name);
    if (native === 'in') t.equal(found.body, body, `${name}: what is sent on`);
    t.equal(said((await three.enter(headers, init)).verdict), kong, `${name}, Kong`);
  }
  const [headers, init] = send(BODY, digestOf(BODY + ' '), length(BODY));
  t.equal(
    (await guard({ signed: ['x-date'] }).enter(headers, init)).verdict,
    'in',
    'it is not looked at by default',
  );
});

t.test('anonymous, and secrets that are not bound', async (t) => {
  const consumers = [
    { id: '1', hmacSecrets: [{ username: 'ada-kiosk', secret: { binding: 'NOBODY_BOUND_THIS' } }] },
  ] as NonNullable<Config['consumers']>;
  const { enter, runtime } = guard({}, null, { consumers });
  t.equal((await enter(sign())).verdict, `401 ${WRONG}`);
  t.same(runtime.lines, ['Cannot read a secret: there is no binding NOBODY_BOUND_THIS']);
  const open = guard({ anonymous: 'nobody' });
  t.match(await open.enter({}), {
    verdict: 'in',
    told: { 'x-consumer-id': 'id-2', 'x-anonymous-consumer': 'true' },
  });
  t.equal((await guard({}).enter({}, { method: 'OPTIONS' })).verdict, '401 Unauthorized');
});
