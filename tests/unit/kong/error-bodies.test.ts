/** How Kong words a refusal; the forms themselves, to the byte, are cases of tests/kong (errors-001 to errors-064). */
import t from 'tap';
import { refuse, type Reason, type Refusal } from '../../../lib/core/errors.ts';
import { kongRefusal } from '../../../lib/kong/error-bodies.ts';
import { callTo } from '../../support/journeys.ts';

type Profile = 'kong-3' | 'kong-2018';
const NO_ROUTE = refuse('no_route', 404, 'no Route matched with those values');
const TIMEOUT = refuse('origin_timeout', 504, 'The upstream server is timing out');
const JSON_TYPE = 'application/json; charset=utf-8';

async function said(refusal: Refusal, profile: Profile, accept: string | null = null, contentType?: string) {
  const headers = { ...(accept !== null && { accept }), ...(contentType && { 'content-type': contentType }) };
  const response = kongRefusal(refusal, callTo('/', { headers }), profile, 'text/plain');
  return [response.status, response.headers.get('content-type'), await response.text()];
}

t.test('kong-3: what is accepted decides, and of equals the first', async (t) => {
  const CASES: [accept: string | null, type: string][] = [
    [null, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['text/*', 'text/plain'],
    ['image/png', 'application/json'],
    ['text/xml', 'application/json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['application/json;q=0.9,text/html,text/plain;q=0.9', 'text/html'],
    ['text/plain;q=0.3, text/html;q=0.4', 'text/html'],
    ['text/plain;q=0.5,text/html;q=0.5', 'text/plain'],
    ['TEXT/HTML; charset=utf-8', 'text/html'],
    ['text/html;q=0', 'text/html'],
    ['text/html;q=0.0', 'application/json'],
  ];
  for (const [accept, type] of CASES) {
    const [, received] = await said(NO_ROUTE, 'kong-3', accept);
    t.equal(received, `${type}; charset=utf-8`, `Accept: ${accept}`);
  }
});

t.test('kong-3: what nginx raises falls back to Content-Type and then to text', async (t) => {
  const CASES: [accept: string | null, contentType: string | undefined, type: string][] = [
    [null, undefined, 'text/plain'],
    [null, 'application/json', 'application/json'],
    [null, 'text/html; charset=utf-8', 'text/html'],
    ['*/*', 'text/html', 'application/json'],
    ['application/xml', undefined, 'application/xml'],
  ];
  const ofNginx: Reason[] = ['origin_timeout', 'origin_unreachable', 'retry_exhausted', 'method_not_allowed'];
  for (const reason of ofNginx)
    for (const [accept, contentType, type] of CASES) {
      const [, received] = await said({ ...TIMEOUT, reason }, 'kong-3', accept, contentType);
      t.equal(received, `${type}; charset=utf-8`, `${reason} ${accept} ${contentType}`);
    }
  for (const reason of ['no_route', 'no_origin', 'no_service', 'rate_limited', 'bad_key'] as const)
    t.equal((await said({ ...TIMEOUT, reason }, 'kong-3', null, 'text/html'))[1], JSON_TYPE, reason);
});

t.test('kong-2018: a wrong key is 403, and challenges are as they were', async (t) => {
  const challenge = [['WWW-Authenticate', 'Key']] as const;
  const CASES: [reason: Refusal['reason'], status: number, message: string, challenge: string | null][] = [
    ['bad_key', 403, 'Invalid authentication credentials', null],
    ['no_key', 401, 'No API key found in request', 'Key realm="kong"'],
    ['duplicate_key', 401, 'Duplicate API key found', null],
  ];
  for (const [reason, status, message, expected] of CASES) {
    const text = reason === 'bad_key' ? 'Unauthorized' : message;
    const refusal = refuse(reason, 401, text, challenge);
    t.same(await said(refusal, 'kong-2018', 'text/html'), [status, JSON_TYPE, `{"message":"${message}"}\n`]);
    const { headers } = kongRefusal(refusal, callTo('/'), 'kong-2018', 'text/plain');
    t.equal(headers.get('www-authenticate'), expected);
  }
  const noApi = '{"message":"no API found with those values"}\n';
  t.same(await said(NO_ROUTE, 'kong-2018'), [404, JSON_TYPE, noApi]);
});
