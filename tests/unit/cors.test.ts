/** CORS outside Kong's profiles, and patterns. Cases of Kong's rules: tests/kong/cases.json and further/cors.ts. */
import t from 'tap';
import { allowRequestOrigin, compileCors, isPreflight } from '../../lib/cors.ts';
import { PATTERNS } from '../../lib/routing/patterns.ts';
import { configured } from '../support/config.ts';

const headersOf = (headers: Record<string, string>) => new Headers(headers) as never;

/** Access-Control-Allow-Origin of the response. `plain`: outside Kong's profiles. */
function allowed(origins: string[], origin: string, plain: boolean): string | null {
  const headers = new Headers();
  const { cors } = configured({ compat: 'kong-3', cors: { origins } });
  allowRequestOrigin(compileCors(cors!, PATTERNS, plain), headersOf({ origin }), headers as never);
  return headers.get('access-control-allow-origin');
}

t.test('an empty Origin counts as absent', async (t) => {
  const preflight = { 'access-control-request-method': 'PUT' };
  t.equal(isPreflight('OPTIONS', headersOf({ ...preflight, origin: 'http://a' })), true);
  t.equal(isPreflight('OPTIONS', headersOf({ ...preflight, origin: '' })), false);
});

t.test('an entry is a regular expression for Kong; elsewhere it may be a glob', async (t) => {
  const https = ['https://*.example.com', 'https://other.example'];
  const port = '^http://(.*[.])?foo\\.test(:(80|90))?$';
  const longest = ['.*a.*b.*c.*', 'other'];
  const CASES: [origins: string[], origin: string, is: boolean, kong?: 'kong'][] = [
    [https, 'https://a.example.com', true],
    [https, 'https://a.example.com', false, 'kong'],
    [['https://EXAMPLE.com'], 'https://example.com', true],
    [['https://EXAMPLE.com', 'https://other.example'], 'https://example.com', true],
    [[port], 'http://foo.test:8000', false, 'kong'],
    [['foo\\.test'], 'http://foobtest', false, 'kong'],
    [['foo\\.test'], 'http://foo.test', true, 'kong'],
    [['a\\.test|b\\.test'], 'http://b.test.evil', false, 'kong'],
    [['http://a.test', 'http://\\[::1\\]:81'], 'http://[::1]:81', true, 'kong'],
    [longest, `http://abc${'x'.repeat(10)}`, true, 'kong'],
    // Longer than the pattern allows.
    [longest, `http://abc${'x'.repeat(5000)}`, false, 'kong'],
  ];
  for (const [origins, origin, is, kong] of CASES)
    t.equal(allowed(origins, origin, kong === undefined), is ? origin : null, origins.join());
});
