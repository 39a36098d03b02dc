import t from 'tap';
import { refuse } from '../../../lib/core/errors.ts';
import { plainRefusal } from '../../../lib/http/refusal.ts';
import { callTo } from '../../support/journeys.ts';

const ID = 'f'.repeat(32);
const GET = callTo('/', { headers: { accept: 'text/html' } });
const HEAD = callTo('/', { method: 'HEAD' });

t.test('small JSON, whatever is accepted; the id only where callers are told it', async (t) => {
  const quoted = refuse('rate_limited', 429, 'say "please"');
  const answer = plainRefusal(quoted, GET, ID);
  t.equal(answer.status, 429);
  t.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  t.equal(await answer.text(), `{"message":"say \\"please\\"","request_id":"${ID}"}`);
  t.equal(await plainRefusal(quoted, GET, null).text(), '{"message":"say \\"please\\""}');
});

t.test('a refusal brings its own headers; HEAD and a redirect have no body', async (t) => {
  const challenge = refuse('no_key', 401, 'No API key found in request', [
    ['WWW-Authenticate', 'Key realm="x"'],
  ]);
  const head = plainRefusal(challenge, HEAD, ID);
  t.equal(head.headers.get('www-authenticate'), 'Key realm="x"');
  t.equal(head.headers.get('content-type'), 'application/json; charset=utf-8');
  t.equal(await head.text(), '');
  const redirect = plainRefusal(refuse('https_required', 301, '', [['Location', 'https://a/']]), GET, ID);
  const { status, headers } = redirect;
  t.same(
    [status, headers.get('location'), headers.get('content-type'), await redirect.text()],
    [301, 'https://a/', null, ''],
  );
});
