/** The content type of Kong's error bodies; the bodies are cases of tests/kong (errors-001 to errors-064). */
import t from 'tap';
import { refuse, type Reason } from '../../../lib/core/errors.ts';
import { kongRefusal } from '../../../lib/kong/error-bodies.ts';
import { callTo } from '../../support/context.ts';

/** The content type of Kong's response to a rejection. */
function typeOf(reason: Reason, accept: string | null, contentType?: string): string | null {
  const refusal = refuse(reason, 504, 'The upstream server is timing out');
  const headers = { ...(accept !== null && { accept }), ...(contentType && { 'content-type': contentType }) };
  return kongRefusal(refusal, callTo('/', { headers }), 'kong-3', 'text/plain').headers.get('content-type');
}

t.test('kong-3: Accept decides, and of equal weights the first', async (t) => {
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
  for (const [accept, type] of CASES)
    t.equal(typeOf('no_route', accept), `${type}; charset=utf-8`, `Accept: ${accept}`);
});

t.test('kong-3: errors raised by nginx fall back to Content-Type, then to text/plain', async (t) => {
  const CASES: [accept: string | null, contentType: string | undefined, type: string][] = [
    [null, undefined, 'text/plain'],
    [null, 'application/json', 'application/json'],
    [null, 'text/html; charset=utf-8', 'text/html'],
    ['*/*', 'text/html', 'application/json'],
    ['application/xml', undefined, 'application/xml'],
  ];
  const ofNginx: Reason[] = ['origin_timeout', 'origin_unreachable', 'retry_exhausted', 'method_not_allowed'];
  for (const reason of ofNginx)
    for (const [accept, contentType, type] of CASES)
      t.equal(
        typeOf(reason, accept, contentType),
        `${type}; charset=utf-8`,
        `${reason} ${accept} ${contentType}`,
      );
  for (const reason of ['no_route', 'no_origin', 'no_service', 'rate_limited', 'bad_key'] as const)
    t.equal(typeOf(reason, null, 'text/html'), 'application/json; charset=utf-8', reason);
});

t.test('kong-3: an internal error is not negotiated and names no request', async (t) => {
  const error = refuse('internal', 500, 'An unexpected error occurred');
  const context = callTo('/', { headers: { accept: 'text/html' } });
  const answer = kongRefusal(error, context, 'kong-3', 'text/plain');
  t.equal(await answer.text(), '{"message":"An unexpected error occurred"}');
});
