/** CORS outside Kong's profiles, and patterns there. Kong's rules are cases: tests/kong/cases.json and further/cors.ts. */
import t from 'tap';
import { allowRequestOrigin, compileCors, isPreflight } from '../../lib/cors.ts';
import { PATTERNS } from '../../lib/routing/patterns.ts';
import { configured } from '../support/config.ts';

const named = (headers: Record<string, string>) => new Headers(headers) as never;

/** Which origin is allowed to read an answer. `plain`: outside Kong's profiles. */
function allowed(origins: string[], origin: string, plain: boolean): string | null {
  const headers = new Headers();
  const { cors } = configured({ compat: 'kong-3', cors: { origins } });
  allowRequestOrigin(compileCors(cors!, PATTERNS, plain), named({ origin }), headers as never);
  return headers.get('access-control-allow-origin');
}

t.test('an empty Origin is none', async (t) => {
  const asked = { 'access-control-request-method': 'PUT' };
  t.equal(isPreflight('OPTIONS', named({ ...asked, origin: 'http://a' })), true);
  t.equal(isPreflight('OPTIONS', named({ ...asked, origin: '' })), false);
});

t.test('whom an entry takes: a pattern for Kong, elsewhere a star too', async (t) => {
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
    [['a\\.test|b\\.test'], 'http://b.test.evil', false, 'kong'],
    [['http://a.test', 'http://\\[::1\\]:81'], 'http://[::1]:81', true, 'kong'],
    [longest, `http://abc${'x'.repeat(10)}`, true, 'kong'],
    // Longer than its pattern bears.
    [longest, `http://abc${'x'.repeat(5000)}`, false, 'kong'],
  ];
  for (const [origins, origin, is, kong] of CASES)
    t.equal(allowed(origins, origin, kong === undefined), is ? origin : null, origins.join());
});
