import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Cors } from '../../lib/config/types.ts';
import { allowRequestOrigin, compileCors, isPreflight, preflightHeaders } from '../../lib/cors.ts';
import { PATTERNS } from '../../lib/routing/patterns.ts';

const NINE = 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT';
const ruleOf = (cors: Cors) =>
  compileCors(checkConfig({ origins: ['http://a'], compat: 'kong-3', cors }).cors!, PATTERNS);
const named = (headers: Record<string, string>) => new Headers(headers) as never;

/** The headers of an ordinary answer that came with these. */
function answered(
  cors: Cors,
  origin: string | null,
  before: Record<string, string> = {},
): Record<string, string> {
  const headers = new Headers(before);
  allowRequestOrigin(ruleOf(cors), named(origin === null ? {} : { origin }), headers as never);
  return Object.fromEntries(headers);
}
function preflight(cors: Cors, request: Record<string, string> = {}): Record<string, string> {
  const headers = new Headers(
    preflightHeaders(
      ruleOf(cors),
      named({ origin: 'http://a.test', 'access-control-request-method': 'GET', ...request }),
    ),
  );
  return Object.fromEntries(headers);
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
  t.same(answered({}, null), { 'access-control-allow-origin': '*' });
  t.same(answered({ origins: ['*'] }, 'http://a.test'), { 'access-control-allow-origin': '*' });
});

t.test('whom an entry takes', async (t) => {
  const cases: [origins: string[], origin: string | null, allowed: string | undefined][] = [
    [['foo.test'], 'http://evil.test', 'foo.test'],
    [['https://bar.test:1234'], null, 'https://bar.test:1234'],
    [['foo\\.test'], 'http://foo.test:8000', 'http://foo.test:8000'],
    [['foo\\.test'], 'http://foobtest', undefined],
    [['foo\\.test'], null, undefined],
    [['(.*[./])?foo\\.test'], 'http://foo.test:80', 'http://foo.test'],
    [['(.*[./])?foo\\.test'], 'https://a.foo.test:443', 'https://a.foo.test'],
    [['(.*[./])?foo\\.test'], 'http://foo.test.evil.test', undefined],
    [['^http://(.*[.])?foo\\.test(:(80|90))?$'], 'http://foo.test:90', 'http://foo.test:90'],
    [['^http://(.*[.])?foo\\.test(:(80|90))?$'], 'http://foo.test:8000', undefined],
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
  for (const [origins, origin, allowed] of cases) {
    const title = `${origins.join()} asked by ${origin}`;
    const headers = answered({ origins }, origin, { 'access-control-allow-origin': 'http://upstream' });
    t.equal(headers['access-control-allow-origin'], allowed, title);
    t.equal(headers['vary'], 'Origin', title);
  }
});

t.test('credentials, and what stands for the star then', async (t) => {
  const cases: [
    origins: string[],
    origin: string | null,
    allowed: string | undefined,
    credentials: string | undefined,
    vary: string | undefined,
  ][] = [
    [[], 'http://a.test:80', 'http://a.test:80', 'true', 'Origin'],
    [['*'], null, '*', undefined, undefined],
    [['*'], '', '*', undefined, undefined],
    [['foo.test'], null, 'foo.test', 'true', 'Origin'],
    [['http://a', 'http://b'], 'http://c', undefined, 'true', 'Origin'],
    [['http://a', '*'], null, undefined, 'true', 'Origin'],
    [['http://a', '*'], 'http://c', 'http://c', 'true', 'Origin, Origin'],
  ];
  for (const [origins, origin, allowed, credentials, vary] of cases) {
    const headers = answered({ origins, credentials: true }, origin);
    t.same(
      [headers['access-control-allow-origin'], headers['access-control-allow-credentials'], headers['vary']],
      [allowed, credentials, vary],
      `${origins.join()} asked by ${origin}`,
    );
  }
});

t.test(
  "an ordinary answer keeps the origin server's Vary and lists nothing but exposed headers",
  async (t) => {
    const cors = {
      origins: ['http://a', 'http://b'],
      exposedHeaders: ['x-one', 'x-two'],
      methods: ['GET'],
      headers: ['x'],
      maxAge: 5,
    };
    t.same(answered(cors, 'http://b', { vary: 'Accept-Encoding' }), {
      vary: 'Accept-Encoding, Origin',
      'access-control-allow-origin': 'http://b',
      'access-control-expose-headers': 'x-one,x-two',
    });
  },
);

t.test('allowOriginAbsent: false says nothing to a request without an origin', async (t) => {
  const cors = { origins: ['foo.bar'], allowOriginAbsent: false, credentials: true, exposedHeaders: ['x'] };
  t.same(answered(cors, null), {});
  t.same(answered(cors, ''), {});
  t.equal(answered(cors, 'http://x')['access-control-allow-origin'], 'foo.bar');
});

t.test('a preflight is told methods, headers and age; a refused one all but the origin', async (t) => {
  t.same(preflight({}), { 'access-control-allow-origin': '*', 'access-control-allow-methods': NINE });
  t.same(
    preflight({
      origins: ['http://x', 'http://y'],
      methods: ['GET', 'PUT'],
      headers: ['x-a', 'x-b'],
      maxAge: 23,
      exposedHeaders: ['x'],
    }),
    {
      vary: 'Origin',
      'access-control-allow-methods': 'GET,PUT',
      'access-control-allow-headers': 'x-a,x-b',
      'access-control-max-age': '23',
    },
  );
  t.equal(
    preflight({}, { 'access-control-request-headers': 'X-One, x-two' })['access-control-allow-headers'],
    'X-One, x-two',
  );
  t.equal(
    preflight({ headers: [] }, { 'access-control-request-headers': 'x' })['access-control-allow-headers'],
    'x',
  );
  t.equal(
    preflight({ headers: ['own'] }, { 'access-control-request-headers': 'x' })[
      'access-control-allow-headers'
    ],
    'own',
  );
  t.match(preflight({ credentials: true }), {
    'access-control-allow-origin': 'http://a.test',
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
  });
  t.equal(preflight({ origins: ['http://b', '*'], credentials: true })['vary'], 'Origin', 'once');
});

t.test('an origin longer than its pattern bears is not taken', async (t) => {
  const origins = ['.*a.*b.*c.*', 'other'];
  const named = (length: number): string => `http://abc${'x'.repeat(length)}`;
  t.equal(answered({ origins }, named(10))['access-control-allow-origin'], named(10));
  t.equal(answered({ origins }, named(5000))['access-control-allow-origin'], undefined);
});

t.test('a private network is opened only where it is asked for and allowed', async (t) => {
  const asked = { 'access-control-request-private-network': 'true' };
  const name = 'access-control-allow-private-network';
  t.equal(preflight({ privateNetwork: true }, asked)[name], 'true');
  t.equal(preflight({ privateNetwork: true })[name], undefined);
  t.equal(preflight({}, asked)[name], undefined);
});

t.test(
  'outside Kong’s profiles a star stands for labels or a port, and capitals for small letters',
  async (t) => {
    const allowed = (origins: string[], origin: string, plain: boolean): string | null => {
      const settings = checkConfig({ origins: ['http://a'], compat: 'kong-3', cors: { origins } }).cors!;
      const out = new Headers();
      allowRequestOrigin(
        compileCors(settings, PATTERNS, plain),
        new Headers({ origin }) as never,
        out as never,
      );
      return out.get('access-control-allow-origin');
    };
    const https = ['https://*.example.com', 'https://other.example'];
    t.equal(allowed(https, 'https://a.example.com', true), 'https://a.example.com');
    t.equal(allowed(https, 'https://xexample.com', true), null);
    t.equal(allowed(['http://localhost:*'], 'http://localhost:3000', true), 'http://localhost:3000');
    for (const origins of [['https://EXAMPLE.com'], ['https://EXAMPLE.com', 'https://other.example']])
      t.equal(allowed(origins, 'https://example.com', true), 'https://example.com', String(origins));
    t.equal(allowed(https, 'https://a.example.com', false), null, 'Kong reads a regular expression');
  },
);
