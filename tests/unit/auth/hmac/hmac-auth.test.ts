/** Who is let in by a signature, and what others are told. Kong's own rules: tests/kong/further/signatures.ts. */
import { createHash, createHmac } from 'node:crypto';
import t from 'tap';
import { startHmacAuth } from '../../../../lib/auth/hmac/hmac-auth.ts';
import type { Config, HmacAuth } from '../../../../lib/config/types.ts';
import { guardOf } from '../../../support/guard.ts';

const SECRET = 's3cr3t-of-ada';
const DATE = 'Sun, 17 Mar 2030 17:46:40 GMT';
const CONSUMERS = [
  { id: 'id-1', username: 'ada', hmacSecrets: [{ username: 'ada-kiosk', secret: SECRET }] },
  { id: 'id-2', username: 'nobody' },
] as NonNullable<Config['consumers']>;
const UNVERIFIABLE = '401 HMAC signature cannot be verified';
const OUTDATED = `${UNVERIFIABLE}, a valid date or x-date header is required for HMAC Authentication`;
const WRONG = '401 HMAC signature does not match';

type Headers = Record<string, string>;
/** What a client sends and signs; `signature`: in place of the right one. */
const SIGNED = {
  headers: { 'x-date': DATE } as Headers,
  names: 'x-date @request-target',
  username: 'ada-kiosk',
  algorithm: 'hmac-sha256',
  secret: SECRET,
  target: '/x?a=1',
  place: 'authorization',
  signature: null as string | null,
};
function sign(parts: Partial<typeof SIGNED> = {}): Headers {
  const { headers, names, username, algorithm, secret, target, place, signature } = { ...SIGNED, ...parts };
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
  const said = { username, algorithm, headers: names, signature: signature ?? right };
  const fields = Object.entries(said).map(([name, value]) => `${name}="${value}"`);
  return { ...headers, [place]: `hmac ${fields.join(', ')}` };
}
const dated = (date: string, names?: string) =>
  sign({ headers: { 'x-date': date }, ...(names && { names }) });

type Compat = 'kong-3' | 'kong-2018';
function guard(hmacAuth: HmacAuth = {}, compat?: Compat, more: Partial<Config> = {}) {
  const guarded = guardOf(startHmacAuth, {
    consumers: CONSUMERS,
    ...(compat && { compat }),
    ...more,
    hmacAuth,
  });
  const enter = (headers: Headers, init: RequestInit = {}, path = '/x?a=1') =>
    guarded.enter(headers, path, init);
  const verdict = async (...sent: Parameters<typeof enter>) => (await enter(...sent)).verdict;
  return { ...guarded, enter, verdict };
}
/** As Kong's defaults have it. */
const KONG: HmacAuth = {
  algorithms: ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'],
  signed: [],
  hideCredentials: false,
};
const kong = (more: HmacAuth = {}, compat: Compat = 'kong-3') => guard({ ...KONG, ...more }, compat);

t.test('a good signature', async (t) => {
  t.match(await guard().enter(sign()), { verdict: 'in', challenge: undefined, body: null });
  t.same((await guard().enter(sign())).told, {
    authorization: '-',
    'x-consumer-id': 'id-1',
    'x-consumer-username': 'ada',
    'x-credential-identifier': 'ada-kiosk',
  });
  for (const algorithm of KONG.algorithms!) {
    const { verdict } = kong();
    for (const time of ['once', 'twice'])
      t.equal(await verdict(sign({ algorithm })), 'in', `${algorithm} ${time}`);
  }
  const { told } = await kong({}, 'kong-2018').enter(sign());
  t.match(told, { 'x-credential-username': 'ada-kiosk' });
});

t.test('refusals', async (t) => {
  const date = { 'x-date': DATE };
  const order = { ...date, authorization: 'hmac algorithm="hmac-sha256", username="ada-kiosk"' };
  const lines = { ...date, authorization: `${sign()['authorization']}, hmac username="b"` };
  const CASES: [name: string, headers: Headers, plain: string, kong?: string][] = [
    ['nothing', date, '401 Unauthorized'],
    ['no date', sign({ headers: {}, names: 'x-date' }), OUTDATED],
    ['an old date', dated('Sun, 17 Mar 2030 17:41:39 GMT'), OUTDATED],
    ['the oldest date', dated('Sun, 17 Mar 2030 17:41:40 GMT'), 'in'],
    ['the last date', dated('Sun, 17 Mar 2030 17:51:40 GMT'), 'in'],
    ['a date ahead', dated('Sun, 17 Mar 2030 17:51:41 GMT'), OUTDATED],
    ['no HTTP date', dated('2030-03-17T17:46:40Z'), OUTDATED],
    ['no date, and no signature', { authorization: 'Bearer x' }, UNVERIFIABLE, OUTDATED],
    ['another scheme', { ...date, authorization: 'Bearer x' }, UNVERIFIABLE],
    ['another order', order, UNVERIFIABLE],
    ['an unknown user', sign({ username: 'eve' }), WRONG, UNVERIFIABLE],
    ['__proto__', sign({ username: '__proto__' }), WRONG, UNVERIFIABLE],
    ['constructor', sign({ username: 'constructor' }), WRONG, UNVERIFIABLE],
    ['capitals of the user', sign({ username: 'Ada-Kiosk' }), WRONG, UNVERIFIABLE],
    ['another algorithm', sign({ algorithm: 'hmac-md5' }), UNVERIFIABLE],
    ['no algorithm', sign({ algorithm: 'constructor' }), UNVERIFIABLE],
    ['another secret', sign({ secret: 'x' }), WRONG],
    ['another target', sign({ target: '/y' }), WRONG],
    ['no base64', sign({ signature: '%%% not' }), WRONG],
    ['base64 of URLs', sign({ signature: '-_-_' }), WRONG],
    ['a part of a signature', sign({ signature: 'QUJD' }), WRONG],
    ['two lines', lines, '400 Bad request'],
  ];
  const [plain, three] = [guard({ realm: 'R' }), kong()];
  for (const [name, headers, native, ofKong = native] of CASES) {
    const challenge = native.startsWith('401') ? 'hmac' : undefined;
    const realm = challenge && 'hmac realm="R"';
    t.match(await plain.enter(headers), { verdict: native, challenge: realm }, name);
    t.match(await three.enter(headers), { verdict: ofKong, challenge }, `${name}, Kong`);
  }
});

t.test('which date counts', async (t) => {
  const unsigned = sign({ headers: { date: DATE }, names: '@request-target' });
  const stale = { ...dated('Thu, 01 Jan 2015 08:30:00 GMT'), date: DATE };
  const either = sign({ headers: { 'x-date': 'wrong', date: DATE }, names: 'date @request-target' });
  for (const headers of [unsigned, stale, either]) t.equal(await kong().verdict(headers), 'in');
  const plain = guard({ signed: [] });
  t.equal(await plain.verdict(unsigned), OUTDATED, 'one that is not signed bounds nothing');
  t.equal(await plain.verdict(stale), OUTDATED);
  t.equal(await plain.verdict(either), 'in');
});

t.test('what must be signed', async (t) => {
  const three = kong({ signed: ['x-date', '@request-target'] });
  const line = guard({ signed: ['request-line', 'x-date'] });
  const CASES: [why: string, verdict: string, signed: string, by?: { verdict: typeof three.verdict }][] = [
    ['in any order', 'in', '@request-target x-date', three],
    ['not all', UNVERIFIABLE, 'x-date', three],
    ['as it is listed', UNVERIFIABLE, 'X-Date @request-target', three],
    ['names of headers have no case', 'in', 'x-date', guard({ signed: ['X-Date'] })],
    ['by default the target, too', UNVERIFIABLE, 'x-date'],
    ['what covers nothing', UNVERIFIABLE, 'x-date @REQUEST-TARGET'],
    ['nor does this', UNVERIFIABLE, 'x-date @Request-Target'],
    ['the line', 'in', 'x-date request-line', line],
    ['another header of its name', UNVERIFIABLE, 'x-date Request-Line', line],
  ];
  for (const [why, expected, names, by = guard()] of CASES)
    t.equal(await by.verdict(sign({ names })), expected, why);
  t.equal(await guard().verdict(sign({ algorithm: 'hmac-sha1' })), UNVERIFIABLE, 'no SHA-1 by default');
});

t.test('the request line, and its path alone before 3.0', async (t) => {
  const path = '/a%20b?q=1';
  const line = (target: string) => sign({ names: 'x-date request-line', target });
  for (const compat of ['kong-3', 'kong-2018'] as const)
    t.equal(await kong({}, compat).verdict(line(path), {}, path), 'in', compat);
  t.equal(await kong().verdict(line('/a b'), {}, path), WRONG);
  const old = kong({}, 'kong-2018');
  t.equal(await old.verdict(line('/a b'), {}, path), 'in');
  t.equal(await old.verdict(line('/%ff'), {}, '/%ff'), 'in', 'an escape that is no text');
});

t.test('where it stands, and what hides it', async (t) => {
  const proxy = { ...sign({ place: 'proxy-authorization' }), authorization: 'hello' };
  const [dropped, kept] = ['-', undefined];
  const CASES: [by: ReturnType<typeof guard>, headers: Headers, authorization: unknown, proxy: unknown][] = [
    [kong({ hideCredentials: true }), proxy, kept, dropped],
    [kong({ hideCredentials: true }), sign(), dropped, kept],
    [kong({ hideCredentials: true }), { ...sign(), 'proxy-authorization': 'x' }, dropped, kept],
    [kong(), sign(), kept, kept],
    [guard({ hideCredentials: false }), sign(), kept, kept],
  ];
  for (const [by, headers, authorization, ofProxy] of CASES)
    t.match(await by.enter(headers), {
      verdict: 'in',
      told: { authorization, 'proxy-authorization': ofProxy },
    });
  t.equal(await guard().verdict(proxy), UNVERIFIABLE, 'outside the profiles it is the proxy’s');
  const hidden = async (headers: Headers, by = kong({ hideCredentials: true, anonymous: 'nobody' })) =>
    (await by.enter(headers)).told['authorization'];
  t.equal(await hidden({ 'x-date': DATE, authorization: 'Bearer x' }), '-', 'whatever its scheme');
  t.equal(await hidden({ authorization: 'Bearer x' }), kept, 'it was not looked at');
  t.equal(await hidden(sign({ secret: 'x' })), '-');
  t.equal(await hidden({ authorization: 'Bearer x' }, guard({ anonymous: 'nobody' })), kept);
});

t.test('the body is the one that Digest names', async (t) => {
  const BODY = '{"pump":"on"}';
  const digestOf = (body: string) => `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
  const send = (body: string | null, digest: string | null, length: number | null = body?.length ?? null) => {
    const date: Headers = { 'x-date': DATE };
    const signed = sign({ headers: digest === null ? date : { ...date, digest }, names: 'x-date' });
    const headers = { ...signed, ...(length !== null && { 'content-length': String(length) }) };
    return [headers, { method: body === null ? 'GET' : 'POST', body }] as const;
  };
  /** With its own digest. */
  const own = (body: string, length?: null) => send(body, digestOf(body), length);
  const buffered = 'x'.repeat(8192);
  const large = `${buffered}x`;
  const huge = 'x'.repeat(1024 * 1024 + 1);
  const TOO_LARGE = '413 Request size limit exceeded';
  type Row = [
    name: string,
    sent: ReturnType<typeof send>,
    verdict: string,
    body: string | null,
    kong?: string,
  ];
  const CASES: Row[] = [
    ['its own', own(BODY), 'in', BODY],
    ['of unknown length', own(BODY, null), 'in', null],
    ['another', send(BODY, digestOf(BODY + ' ')), WRONG, null],
    ['no Digest', send(BODY, null), WRONG, null],
    ['another form', send(BODY, digestOf(BODY).toLowerCase()), WRONG, null],
    ['a list', send(BODY, `${digestOf(BODY)},MD5=x`), WRONG, null],
    ['neither', send(null, null), 'in', null],
    ['of an empty one', send(null, digestOf('')), 'in', null],
    ['of none', send(null, digestOf(BODY)), WRONG, null],
    ['an empty one', send('', null), 'in', ''],
    ['the last byte', own(buffered), 'in', buffered],
    ['a large one', own(large), 'in', large, WRONG],
    ['a large one of unknown length', own(large, null), 'in', null, WRONG],
    ['a huge one', own(huge), TOO_LARGE, null, WRONG],
  ];
  const plain = guard({ bodyDigest: true, signed: ['x-date'] });
  const three = kong({ bodyDigest: true });
  for (const [name, sent, verdict, body, ofKong = verdict] of CASES) {
    const found = await plain.enter(...sent);
    t.equal(found.verdict, verdict, name);
    if (verdict === 'in') t.equal(found.body, body, `${name}: what is sent on`);
    t.equal(await three.verdict(...sent), ofKong, `${name}, Kong`);
  }
  const other = send(BODY, digestOf(BODY + ' '));
  t.equal(await guard({ signed: ['x-date'] }).verdict(...other), 'in', 'it is not looked at by default');
});

t.test('anonymous, and secrets that are not bound', async (t) => {
  const secret = { binding: 'NOBODY_BOUND_THIS' };
  const consumers = [{ id: '1', hmacSecrets: [{ username: 'ada-kiosk', secret }] }] as typeof CONSUMERS;
  const { verdict, runtime } = guard({}, undefined, { consumers });
  t.equal(await verdict(sign()), WRONG);
  t.same(runtime.lines, ['Cannot read a secret: there is no binding NOBODY_BOUND_THIS']);
  const open = guard({ anonymous: 'nobody' });
  const told = { 'x-consumer-id': 'id-2', 'x-anonymous-consumer': 'true' };
  t.match(await open.enter({}), { verdict: 'in', told });
  t.match(await open.enter(sign({ secret: 'x' })), { verdict: 'in', told: { ...told, authorization: '-' } });
  t.equal(await guard().verdict({}, { method: 'OPTIONS' }), '401 Unauthorized');
});
