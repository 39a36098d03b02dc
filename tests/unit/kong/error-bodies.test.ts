import t from 'tap';
import { kongRefusal } from '../../../lib/kong/error-bodies.ts';
import { callTo } from '../../support/journeys.ts';
import { refuse } from '../../../lib/core/errors.ts';
import type { Refusal } from '../../../lib/core/errors.ts';

const ID = 'f'.repeat(32);
type Profile = 'kong-3' | 'kong-2018';
const NO_ROUTE = refuse('no_route', 404, 'no Route matched with those values');
const TIMEOUT = refuse('origin_timeout', 504, 'The upstream server is timing out');

async function said(
  refusal: Refusal,
  profile: Profile,
  accept: string | null = null,
  contentType: string | null = null,
) {
  const headers = new Headers();
  if (accept !== null) headers.set('accept', accept);
  if (contentType !== null) headers.set('content-type', contentType);
  const response = kongRefusal(refusal, callTo('/', { headers }, { id: ID }), profile, 'text/plain');
  return [response.status, response.headers.get('content-type'), await response.text()];
}
const json = (message: string): string => `{\n  "message":"${message}",\n  "request_id":"${ID}"\n}`;

t.test('kong-3: the four forms, to the byte', async (t) => {
  const utf8 = '; charset=utf-8';
  t.same(await said(NO_ROUTE, 'kong-3', 'application/json'), [
    404,
    'application/json' + utf8,
    json(NO_ROUTE.message),
  ]);
  t.same(await said(NO_ROUTE, 'kong-3', 'text/plain'), [
    404,
    'text/plain' + utf8,
    `${NO_ROUTE.message}\nrequest_id: ${ID}\n`,
  ]);
  t.same(await said(NO_ROUTE, 'kong-3', 'text/html'), [
    404,
    'text/html' + utf8,
    `<!doctype html>\n<html>\n  <head>\n    <meta charset="utf-8">\n    <title>Error</title>\n  </head>\n  <body>\n    <h1>Error</h1>\n    <p>${NO_ROUTE.message}.</p>\n    <p>request_id: ${ID}</p>\n  </body>\n</html>\n`,
  ]);
  t.same(await said(NO_ROUTE, 'kong-3', 'application/xml'), [
    404,
    'application/xml' + utf8,
    `<?xml version="1.0" encoding="UTF-8"?>\n<error>\n  <message>${NO_ROUTE.message}</message>\n  <requestid>${ID}</requestid>\n</error>\n`,
  ]);
});

t.test('kong-3: what is accepted decides, and of equals the first', async (t) => {
  const cases: [accept: string | null, type: string][] = [
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
  for (const [accept, type] of cases) {
    const [, received] = await said(NO_ROUTE, 'kong-3', accept);
    t.equal(received, type + '; charset=utf-8', `Accept: ${accept}`);
  }
});

t.test('kong-3: what nginx raises falls back to Content-Type and then to text', async (t) => {
  const cases: [accept: string | null, contentType: string | null, type: string][] = [
    [null, null, 'text/plain'],
    [null, 'application/json', 'application/json'],
    [null, 'text/html; charset=utf-8', 'text/html'],
    ['*/*', 'text/html', 'application/json'],
    ['application/xml', null, 'application/xml'],
  ];
  for (const reason of [
    'origin_timeout',
    'origin_unreachable',
    'retry_exhausted',
    'method_not_allowed',
  ] as const)
    for (const [accept, contentType, type] of cases) {
      const [, received] = await said({ ...TIMEOUT, reason }, 'kong-3', accept, contentType);
      t.equal(received, type + '; charset=utf-8', `${reason} ${accept} ${contentType}`);
    }
  for (const reason of ['no_route', 'no_origin', 'no_service', 'rate_limited', 'bad_key'] as const)
    t.equal(
      (await said({ ...TIMEOUT, reason }, 'kong-3', null, 'text/html'))[1],
      'application/json; charset=utf-8',
      reason,
    );
});

t.test('kong-3: a defect is never negotiated and names no request', async (t) => {
  t.same(await said(refuse('internal', 500, 'An unexpected error occurred'), 'kong-3', 'text/html'), [
    500,
    'application/json; charset=utf-8',
    '{"message":"An unexpected error occurred"}',
  ]);
});

t.test('kong-2018: a wrong key is 403, and challenges are as they were', async (t) => {
  const challenge = [['WWW-Authenticate', 'Key']] as const;
  const cases: [reason: Refusal['reason'], status: number, message: string, challenge: string | null][] = [
    ['bad_key', 403, 'Invalid authentication credentials', null],
    ['no_key', 401, 'No API key found in request', 'Key realm="kong"'],
    ['duplicate_key', 401, 'Duplicate API key found', null],
  ];
  for (const [reason, status, message, expected] of cases) {
    const text = reason === 'bad_key' ? 'Unauthorized' : message;
    const context = callTo('/', { headers: { accept: 'text/html' } });
    const response = kongRefusal(refuse(reason, 401, text, challenge), context, 'kong-2018', 'text/plain');
    t.equal(response.status, status);
    t.equal(response.headers.get('www-authenticate'), expected);
    t.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
    t.equal(await response.text(), `{"message":"${message}"}\n`);
  }
  t.same(await said(NO_ROUTE, 'kong-2018'), [
    404,
    'application/json; charset=utf-8',
    '{"message":"no API found with those values"}\n',
  ]);
});

t.test('kong-2018: what nginx raises is text unless Accept names a known type', async (t) => {
  const text = TIMEOUT.message;
  t.same(await said(TIMEOUT, 'kong-2018', '*/*'), [504, 'text/plain', text + '\n']);
  t.same(await said(TIMEOUT, 'kong-2018', 'x, application/json;q=0'), [
    504,
    'application/json',
    `{"message":"${text}"}\n`,
  ]);
  t.match(
    (await said(TIMEOUT, 'kong-2018', 'text/html'))[2],
    /<title>Kong Error<\/title>[^]*<p>The upstream server is timing out\.<\/p>/,
  );
  t.match(
    (await said(TIMEOUT, 'kong-2018', 'application/xml'))[2],
    `<error><message>${text}</message></error>`,
  );
});
