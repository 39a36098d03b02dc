import t from 'tap';
import { answerRefusal } from '../../../lib/http/refusal.ts';
import { refuse } from '../../../lib/core/errors.ts';

const ID = 'f'.repeat(32);

t.test('plain: small JSON, whatever is accepted', async (t) => {
  const quoted = refuse('rate_limited', 429, 'say "please"');
  const answer = answerRefusal(quoted, null, 'text/html', null, ID, false);
  t.equal(answer.status, 429);
  t.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  t.equal(await answer.text(), `{"message":"say \\"please\\"","request_id":"${ID}"}`);
});

t.test('a refusal brings its own headers; HEAD and a redirect have no body', async (t) => {
  const challenge = refuse('no_key', 401, 'No API key found in request', [
    ['WWW-Authenticate', 'Key realm="x"'],
  ]);
  for (const profile of [null, 'kong-3'] as const) {
    const head = answerRefusal(challenge, profile, null, null, ID, true);
    t.equal(head.headers.get('www-authenticate'), 'Key realm="x"');
    t.equal(head.headers.get('content-type'), 'application/json; charset=utf-8');
    t.equal(await head.text(), '');
  }
  const redirect = answerRefusal(
    refuse('https_required', 301, '', [['Location', 'https://a/']]),
    'kong-3',
    null,
    null,
    ID,
    false,
  );
  t.same(
    [
      redirect.status,
      redirect.headers.get('location'),
      redirect.headers.get('content-type'),
      await redirect.text(),
    ],
    [301, 'https://a/', null, ''],
  );
});
