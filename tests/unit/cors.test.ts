/** CORS outside Kong's profiles, and patterns there. Kong's rules are cases: tests/kong/cases.json and further/cors.ts. */
import t from 'tap';
import type { Cors } from '../../lib/config/types.ts';
import { allowRequestOrigin, compileCors, isPreflight } from '../../lib/cors.ts';
import { PATTERNS } from '../../lib/routing/patterns.ts';
import { configured } from '../support/config.ts';

type Lines = Record<string, string>;
const named = (headers: Lines) => new Headers(headers) as never;

/** The headers of an ordinary answer that came with these, without what all their names begin with. `plain`: not Kong's. */
function answered(cors: Cors, origin: string | null, plain = true, before: Lines = {}): Lines {
  const headers = new Headers(before);
  const rule = compileCors(configured({ compat: 'kong-3', cors }).cors!, PATTERNS, plain);
  allowRequestOrigin(rule, named(origin === null ? {} : { origin }), headers as never);
  return Object.fromEntries(
    [...headers].map(([name, value]) => [name.replace('access-control-', ''), value]),
  );
}

t.test('a preflight is OPTIONS with an origin and a method asked for', async (t) => {
  const both = { origin: 'http://a', 'access-control-request-method': 'PUT' };
  const CASES: [method: string, headers: Lines, is: boolean, legacy?: true][] = [
    ['OPTIONS', both, true],
    ['GET', both, false],
    ['OPTIONS', { origin: 'http://a' }, false],
    ['OPTIONS', { ...both, origin: '' }, false],
    // Kong of 2018 took every OPTIONS for one.
    ['OPTIONS', {}, true, true],
    ['GET', both, false, true],
  ];
  for (const [method, headers, is, legacy] of CASES)
    t.equal(isPreflight(method, named(headers), legacy), is, `${method} ${JSON.stringify(headers)}`);
});

t.test(
  'whom an entry takes, with a pattern for Kong, with a star for labels or a port elsewhere',
  async (t) => {
    const https = ['https://*.example.com', 'https://other.example'];
    const port = '^http://(.*[.])?foo\\.test(:(80|90))?$';
    const longest = ['.*a.*b.*c.*', 'other'];
    const CASES: [origins: string[], origin: string, allowed: boolean, kong?: 'kong'][] = [
      [https, 'https://a.example.com', true],
      [https, 'https://xexample.com', false],
      [https, 'https://a.example.com', false, 'kong'],
      [['http://localhost:*'], 'http://localhost:3000', true],
      [['https://EXAMPLE.com'], 'https://example.com', true],
      [['https://EXAMPLE.com', 'https://other.example'], 'https://example.com', true],
      [[port], 'http://foo.test:90', true, 'kong'],
      [[port], 'http://foo.test:8000', false, 'kong'],
      [['foo\\.test'], 'http://foobtest', false, 'kong'],
      [['a\\.test|b\\.test'], 'http://b.test.evil', false, 'kong'],
      [['http://a.test', 'http://\\[::1\\]:81'], 'http://[::1]:81', true, 'kong'],
      [longest, `http://abc${'x'.repeat(10)}`, true, 'kong'],
      // Longer than its pattern bears.
      [longest, `http://abc${'x'.repeat(5000)}`, false, 'kong'],
    ];
    for (const [origins, origin, allowed, kong] of CASES) {
      const headers = answered({ origins }, origin, kong === undefined);
      t.equal(
        headers['allow-origin'],
        allowed ? origin : undefined,
        `${origins.join()} ${origin.slice(0, 40)}`,
      );
    }
  },
);

t.test('a cache keeps answers apart wherever they depend on the origin, asked with one or not', async (t) => {
  const kept = 'Accept, Origin';
  const CASES: [cors: Cors, origin: string | null, vary: string][] = [
    [{}, null, 'Accept'],
    [{ origins: ['http://a', 'http://b'] }, null, kept],
    [{ origins: ['http://a'] }, 'http://c', kept],
    [{ credentials: true }, null, kept],
    [{ credentials: true }, 'http://c', kept],
    [{ allowOriginAbsent: false }, null, kept],
  ];
  for (const [cors, origin, vary] of CASES)
    t.equal(answered(cors, origin, true, { vary: 'Accept' })['vary'], vary, JSON.stringify(cors));
});
