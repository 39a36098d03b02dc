/** Signatures outside Kong's profiles, or without a case of Kong. Kong's cases: tests/kong/further/signatures.ts. */
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
/** What a client sends and signs; `signature`: instead of the valid one. */
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
  const valid = createHmac(algorithm.replace('hmac-', ''), secret).update(lines.join('\n')).digest('base64');
  const parameters = { username, algorithm, headers: names, signature: signature ?? valid };
  const fields = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  return { ...headers, [place]: `hmac ${fields.join(', ')}` };
}
const dated = (date: string, names?: string) =>
  sign({ headers: { 'x-date': date }, ...(names && { names }) });

function guard(hmacAuth: HmacAuth = {}, compat?: 'kong-3' | 'kong-2018') {
  const guarded = guardOf(startHmacAuth, { consumers: CONSUMERS, ...(compat && { compat }), hmacAuth });
  const enter = (headers: Headers, init: RequestInit = {}, path = '/x?a=1') =>
    guarded.enter(headers, path, init);
  const verdict = async (...sent: Parameters<typeof enter>) => (await enter(...sent)).verdict;
  return { enter, verdict };
}

t.test('which signatures are rejected', async (t) => {
  const CASES: [name: string, headers: Headers, verdict: string][] = [
    ['no date', sign({ headers: {}, names: 'x-date' }), OUTDATED],
    ['an old date', dated('Sun, 17 Mar 2030 17:41:39 GMT'), OUTDATED],
    ['the oldest date', dated('Sun, 17 Mar 2030 17:41:40 GMT'), 'in'],
    ['the last date', dated('Sun, 17 Mar 2030 17:51:40 GMT'), 'in'],
    ['a date too far ahead', dated('Sun, 17 Mar 2030 17:51:41 GMT'), OUTDATED],
    ['no date and no signature', { authorization: 'Bearer x' }, UNVERIFIABLE],
    ['an unknown user', sign({ username: 'constructor' }), WRONG],
    ['SHA-1 by default', sign({ algorithm: 'hmac-sha1' }), UNVERIFIABLE],
    ['a short signature', sign({ signature: 'QUJD' }), WRONG],
  ];
  const { enter } = guard({ realm: 'R' });
  for (const [name, headers, verdict] of CASES) {
    const challenge = verdict === 'in' ? undefined : 'hmac realm="R"';
    t.match(await enter(headers), { verdict, challenge }, name);
  }
  const lines = { 'x-date': DATE, authorization: `${sign()['authorization']}, hmac username="b"` };
  t.match(await enter(lines), { verdict: '400 Bad request', challenge: undefined });
});

t.test('only a signed date counts', async (t) => {
  const { verdict } = guard({ signed: [] });
  const unsigned = sign({ headers: { date: DATE }, names: '@request-target' });
  const stale = { ...dated('Thu, 01 Jan 2015 08:30:00 GMT'), date: DATE };
  const either = sign({ headers: { 'x-date': 'wrong', date: DATE }, names: 'date @request-target' });
  t.equal(await verdict(unsigned), OUTDATED);
  t.equal(await verdict(stale), OUTDATED);
  t.equal(await verdict(either), 'in');
});

t.test('which parts must be signed', async (t) => {
  const kong = guard({ signed: ['x-date', '@request-target'] }, 'kong-3');
  const line = guard({ signed: ['request-line', 'x-date'] });
  const CASES: [why: string, verdict: string, signed: string, by?: ReturnType<typeof guard>][] = [
    ['Kong compares names exactly', UNVERIFIABLE, 'X-Date @request-target', kong],
    ['header names are case-insensitive', 'in', 'x-date', guard({ signed: ['X-Date'] })],
    ['by default the target too', UNVERIFIABLE, 'x-date'],
    ['@request-target is case-sensitive', UNVERIFIABLE, 'x-date @REQUEST-TARGET'],
    ['the request line', 'in', 'x-date request-line', line],
    ['a header of that name', UNVERIFIABLE, 'x-date Request-Line', line],
  ];
  for (const [why, expected, names, by = guard()] of CASES)
    t.equal(await by.verdict(sign({ names })), expected, why);
  const old = guard({ signed: [] }, 'kong-2018');
  const undecodable = sign({ names: 'x-date request-line', target: '/%ff' });
  t.equal(await old.verdict(undecodable, {}, '/%ff'), 'in', 'a path that Kong of 2018 could not decode');
});

t.test('the signature is in Authorization or, for Kong, Proxy-Authorization, and is hidden', async (t) => {
  const proxy = { ...sign({ place: 'proxy-authorization' }), authorization: 'hello' };
  const both = { ...sign(), 'proxy-authorization': 'x' };
  const bearer = { authorization: 'Bearer x' };
  const [kong, open] = [guard({ signed: [] }, 'kong-3'), guard({ anonymous: 'nobody' })];
  const CASES: [by: typeof kong, headers: Headers, authorization: '-' | undefined, proxy: '-' | undefined][] =
    [
      [kong, proxy, undefined, '-'],
      [kong, both, '-', undefined],
      [guard({ hideCredentials: false }), sign(), undefined, undefined],
      [guard(), sign(), '-', undefined],
      [open, bearer, undefined, undefined],
      [open, sign({ secret: 'x' }), '-', undefined],
    ];
  for (const [by, headers, authorization, ofProxy] of CASES)
    t.match(await by.enter(headers), {
      verdict: 'in',
      originHeaders: { authorization, 'proxy-authorization': ofProxy },
    });
  t.equal(await guard().verdict(proxy), UNVERIFIABLE, 'outside the profiles Proxy-Authorization is ignored');
});

t.test('a body of up to 1 MiB must match Digest', async (t) => {
  const { enter } = guard({ bodyDigest: true, signed: ['x-date'] });
  const huge = 'x'.repeat(1024 * 1024 + 1);
  const [most, other, tooLarge] = [huge.slice(1), '{"pump":"on"}', '413 Request size limit exceeded'];
  const CASES: [body: string, verdict: string, forwarded: string | null, knows: 'length' | 'no length'][] = [
    [most, 'in', most, 'length'],
    [other, 'in', null, 'no length'],
    [huge, tooLarge, null, 'length'],
    [huge, tooLarge, null, 'no length'],
  ];
  for (const [body, verdict, forwarded, knows] of CASES) {
    const digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
    const signed = sign({ headers: { 'x-date': DATE, digest }, names: 'x-date' });
    const length: Headers = knows === 'length' ? { 'content-length': String(body.length) } : {};
    const found = await enter({ ...signed, ...length }, { method: 'POST', body });
    t.same([found.verdict, found.body], [verdict, forwarded], `${body.length} bytes, ${knows}`);
  }
  const wrong = sign({ headers: { 'x-date': DATE, digest: 'SHA-256=x' }, names: 'x-date' });
  t.equal(await guard({ signed: ['x-date'] }).verdict(wrong), 'in', 'Digest is ignored by default');
});
