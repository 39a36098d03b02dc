import t from 'tap';
import type { Cors } from '../../lib/config/types.ts';
import { allowRequestOrigin, compileCors, isPreflight, preflightHeaders } from '../../lib/cors.ts';
import { PATTERNS } from '../../lib/routing/patterns.ts';
import { configured } from '../support/config.ts';

const NINE = 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT';
/** `plain`: outside Kong's profiles. */
const ruleOf = (cors: Cors, plain = false) =>
  compileCors(configured({ compat: 'kong-3', cors }).cors!, PATTERNS, plain);
type Lines = Record<string, string>;
const named = (headers: Lines) => new Headers(headers) as never;
/** Access-Control headers without that beginning, and Vary. */
const short = (headers: Headers) =>
  Object.fromEntries([...headers].map(([name, value]) => [name.replace('access-control-', ''), value]));

/** The headers of an ordinary answer that came with these. */
function answered(cors: Cors, origin: string | null, before: Lines = {}, plain = false): Lines {
  const headers = new Headers(before);
  allowRequestOrigin(ruleOf(cors, plain), named(origin === null ? {} : { origin }), headers as never);
  return short(headers);
}
function preflight(cors: Cors, asked: Lines = {}): Lines {
  const request = { origin: 'http://a.test', 'access-control-request-method': 'GET', ...asked };
  return short(new Headers(preflightHeaders(ruleOf(cors), named(request))));
}

t.test('a preflight is OPTIONS with an origin and a method asked for', async (t) => {
  const both = { origin: 'http://a', 'access-control-request-method': 'PUT' };
  t.equal(isPreflight('OPTIONS', named(both)), true);
  t.equal(isPreflight('GET', named(both)), false);
  t.equal(isPreflight('OPTIONS', named({ origin: 'http://a' })), false);
  t.equal(isPreflight('OPTIONS', named({ ...both, origin: '' })), false);
  t.equal(isPreflight('OPTIONS', named({}), true), true, 'Kong of 2018 took every OPTIONS for one');
  t.equal(isPreflight('GET', named(both), true), false);
});

t.test('the tutorial: any origin may read', async (t) => {
  t.same(answered({}, null), { 'allow-origin': '*' });
  t.same(answered({ origins: ['*'] }, 'http://a.test'), { 'allow-origin': '*' });
});

t.test('whom an entry takes', async (t) => {
  const anyPort = '^http://(.*[.])?foo\\.test(:(80|90))?$';
  const subdomains = '(.*[./])?foo\\.test';
  const CASES: [origins: string[], origin: string | null, allowed: string | undefined][] = [
    [['foo.test'], 'http://evil.test', 'foo.test'],
    [['https://bar.test:1234'], null, 'https://bar.test:1234'],
    [['foo\\.test'], 'http://foo.test:8000', 'http://foo.test:8000'],
    [['foo\\.test'], 'http://foobtest', undefined],
    [['foo\\.test'], null, undefined],
    [[subdomains], 'http://foo.test:80', 'http://foo.test'],
    [[subdomains], 'https://a.foo.test:443', 'https://a.foo.test'],
    [[subdomains], 'http://foo.test.evil.test', undefined],
    [[anyPort], 'http://foo.test:90', 'http://foo.test:90'],
    [[anyPort], 'http://foo.test:8000', undefined],
    [['.*\\.?example(?:-foo)?.test'], 'www.example-foo.test', 'www.example-foo.test'],
    [['.*\\.?example(?:-foo)?.test'], 'www.example-fo0.test', undefined],
    [['foo.test', 'bar.test'], 'http://foo.test', undefined],
    [['foo.test', 'bar.test'], 'foo.test', 'foo.test'],
    [['http://a.test', 'http://b.test:80'], 'http://b.test', 'http://b.test'],
    [['http://a.test', 'http://b.test'], 'http://b.test:80/', 'http://b.test'],
    [['http://a.test', 'http://b.test'], 'https://b.test', undefined],
    [['https://a.test', 'https://b.test:9000'], 'https://b.test:9001', undefined],
    [['a\\.test|b\\.test'], 'http://b.test.evil', undefined],
    [['http://a.test', 'http://\\[::1\\]:81'], 'http://[::1]:81', 'http://[::1]:81'],
    [['foo.bar', '*'], 'http://www.example.net', '*'],
    [['foo.bar', '*'], null, undefined],
  ];
  for (const [origins, origin, allowed] of CASES) {
    const title = `${origins.join()} asked by ${origin}`;
    const headers = answered({ origins }, origin, { 'access-control-allow-origin': 'http://upstream' });
    t.equal(headers['allow-origin'], allowed, title);
    t.equal(headers['vary'], 'Origin', title);
  }
});

t.test('credentials, and what stands for the star then', async (t) => {
  const CASES: [origins: string[], origin: string | null, headers: (string | undefined)[]][] = [
    [[], 'http://a.test:80', ['http://a.test:80', 'true', 'Origin']],
    [['*'], null, ['*', undefined, undefined]],
    [['*'], '', ['*', undefined, undefined]],
    [['foo.test'], null, ['foo.test', 'true', 'Origin']],
    [['http://a', 'http://b'], 'http://c', [undefined, 'true', 'Origin']],
    [['http://a', '*'], null, [undefined, 'true', 'Origin']],
    [['http://a', '*'], 'http://c', ['http://c', 'true', 'Origin, Origin']],
  ];
  for (const [origins, origin, expected] of CASES) {
    const headers = answered({ origins, credentials: true }, origin);
    const told = ['allow-origin', 'allow-credentials', 'vary'].map((name) => headers[name]);
    t.same(told, expected, `${origins.join()} asked by ${origin}`);
  }
});

t.test("an ordinary answer keeps the origin server's Vary and lists exposed headers alone", async (t) => {
  const more = { methods: ['GET'], headers: ['x'], maxAge: 5 };
  const cors = { ...more, origins: ['http://a', 'http://b'], exposedHeaders: ['x-one', 'x-two'] };
  t.same(answered(cors, 'http://b', { vary: 'Accept-Encoding' }), {
    vary: 'Accept-Encoding, Origin',
    'allow-origin': 'http://b',
    'expose-headers': 'x-one,x-two',
  });
});

t.test('allowOriginAbsent: false says nothing to a request without an origin', async (t) => {
  const cors = { origins: ['foo.bar'], allowOriginAbsent: false, credentials: true, exposedHeaders: ['x'] };
  t.same(answered(cors, null), {});
  t.same(answered(cors, ''), {});
  t.equal(answered(cors, 'http://x')['allow-origin'], 'foo.bar');
});

t.test('a preflight is told methods, headers and age; a refused one all but the origin', async (t) => {
  t.same(preflight({}), { 'allow-origin': '*', 'allow-methods': NINE });
  const lists = { methods: ['GET', 'PUT'], headers: ['x-a', 'x-b'], exposedHeaders: ['x'] };
  t.same(preflight({ ...lists, origins: ['http://x', 'http://y'], maxAge: 23 }), {
    vary: 'Origin',
    'allow-methods': 'GET,PUT',
    'allow-headers': 'x-a,x-b',
    'max-age': '23',
  });
  for (const [cors, asked, allowed] of [
    [{}, 'X-One, x-two', 'X-One, x-two'],
    [{ headers: [] }, 'x', 'x'],
    [{ headers: ['own'] }, 'x', 'own'],
  ] as const)
    t.equal(preflight(cors as Cors, { 'access-control-request-headers': asked })['allow-headers'], allowed);
  const credentials = { 'allow-origin': 'http://a.test', 'allow-credentials': 'true', vary: 'Origin' };
  t.match(preflight({ credentials: true }), credentials);
  t.equal(preflight({ origins: ['http://b', '*'], credentials: true })['vary'], 'Origin', 'once');
});

t.test('an origin longer than its pattern bears is not taken', async (t) => {
  const origins = ['.*a.*b.*c.*', 'other'];
  const long = (length: number): string => `http://abc${'x'.repeat(length)}`;
  t.equal(answered({ origins }, long(10))['allow-origin'], long(10));
  t.equal(answered({ origins }, long(5000))['allow-origin'], undefined);
});

t.test('a private network is opened only where it is asked for and allowed', async (t) => {
  const asked = { 'access-control-request-private-network': 'true' };
  t.equal(preflight({ privateNetwork: true }, asked)['allow-private-network'], 'true');
  t.equal(preflight({ privateNetwork: true })['allow-private-network'], undefined);
  t.equal(preflight({}, asked)['allow-private-network'], undefined);
});

t.test('outside Kong’s profiles a star stands for labels or a port, and case does not count', async (t) => {
  const https = ['https://*.example.com', 'https://other.example'];
  const CASES: [origins: string[], origin: string, allowed: boolean, plain?: boolean][] = [
    [https, 'https://a.example.com', true],
    [https, 'https://xexample.com', false],
    [['http://localhost:*'], 'http://localhost:3000', true],
    [['https://EXAMPLE.com'], 'https://example.com', true],
    [['https://EXAMPLE.com', 'https://other.example'], 'https://example.com', true],
    // Kong reads a regular expression.
    [https, 'https://a.example.com', false, false],
  ];
  for (const [origins, origin, allowed, plain = true] of CASES) {
    const headers = answered({ origins }, origin, {}, plain);
    t.equal(headers['allow-origin'], allowed ? origin : undefined, origins.join());
  }
});
