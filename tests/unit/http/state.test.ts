import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { refuse } from '../../../lib/core/errors.ts';
import { plainRefusal, planOf, runSteps } from '../../../lib/http/state.ts';
import { callTo } from '../../support/context.ts';

t.test('a refusal is JSON with its own headers; to HEAD, and as a redirect, it has no body', async (t) => {
  const GET = callTo('/', { headers: { accept: 'text/html' } });
  const HEAD = callTo('/', { method: 'HEAD' });
  const quoted = refuse('rate_limited', 429, 'say "please"', [['Retry-After', '1']]);
  const moved = refuse('https_required', 301, '', [['Location', 'https://a/']]);
  const type = 'application/json; charset=utf-8';
  const CASES: [response: Response, status: number, type: string | null, body: string][] = [
    [plainRefusal(quoted, GET, 'the-id'), 429, type, '{"message":"say \\"please\\"","request_id":"the-id"}'],
    // Without request ids.
    [plainRefusal(quoted, GET, null), 429, type, '{"message":"say \\"please\\""}'],
    [plainRefusal(quoted, HEAD, 'the-id'), 429, type, ''],
    [plainRefusal(moved, GET, 'the-id'), 301, null, ''],
  ];
  for (const [response, status, contentType, body] of CASES) {
    const { headers } = response;
    t.same([response.status, headers.get('content-type')], [status, contentType]);
    t.equal(await response.text(), body);
    t.ok(headers.has(status === 301 ? 'location' : 'retry-after'));
  }
});

t.test('a preflight that no hook answers, even late, is admitted like any other request', async (t) => {
  const refused = refuse('bad_key', 401, 'Unauthorized');
  const [route] = checkConfig({ origins: ['http://o.example'] }).routes;
  for (const silent of [() => null, () => Promise.resolve(null)]) {
    const { preflight } = planOf([{ preflight: () => silent, admit: () => () => refused }], route!);
    t.equal(await runSteps(callTo('/', { method: 'OPTIONS' }), preflight), refused);
  }
});
