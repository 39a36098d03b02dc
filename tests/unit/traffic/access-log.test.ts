/**
 * Log records without credentials. Their fields are cases of tests/kong (http-log), except times and the consumer.
 */
import t from 'tap';
import { hideInQueryText, startAccessLog } from '../../../lib/traffic/access-log.ts';
import { secretNames } from '../../../lib/traffic/secret-names.ts';
import { drive } from '../../support/traffic.ts';
import { words } from '../../support/words.ts';

const jwt = { headers: ['x-ride'], queryNames: ['Fare'] };
const isSecret = secretNames({ routes: [{ auth: { keyNames: ['X-Shop-Pass'] }, jwt }] as never });

t.test('names that may hold a credential', async (t) => {
  const secret = words`
    Authorization proxy-authorization apikey X-Api-Key api_key Cookie access_token jwt client_secret x-shop-pass
    webhook-signature X-Ride fare
  `;
  for (const name of secret) t.equal(isSecret(name), true, name);
  for (const name of ['accept', 'x-in', 'page', 'content-type', 'key']) t.equal(isSecret(name), false, name);
});

t.test('their values are redacted in a query, in any spelling of the name', async (t) => {
  for (const [query, expected] of [
    ['', ''],
    ['?a=1&apikey=k&b=2', '?a=1&apikey=REDACTED&b=2'],
    ['?api%6Bey=k', '?api%6Bey=REDACTED'],
    ['?apikey', '?apikey'],
    ['?apikey=a=b&c', '?apikey=REDACTED&c'],
    ['?&token=', '?&token=REDACTED'],
  ] as const)
    t.equal(hideInQueryText(query, isSecret), expected, query);
});

t.test('a record has latencies, the origin and the consumer', async (t) => {
  const one = drive(startAccessLog, { logTo: ['console'] });
  const { context } = await one.enter('/a?apikey=sesame');
  const { startedAt } = context;
  const consumer = { id: 'c1', username: 'bob', credentials: [] };
  const times = { sentAt: startedAt + 1, answeredAt: startedAt + 5, attempts: 1 };
  const origin = one.settings.pools[0]!.origins[0]!;
  Object.assign(context, { ...times, consumer, credentialId: 'k1', origin });
  await one.runtime.advance(7);
  one.leave(context, new Response('ok'));
  t.match(JSON.parse(one.runtime.lines[0] ?? ''), {
    upstream_uri: '/a?apikey=REDACTED',
    latencies: { request: 7, kong: 1, proxy: 4 },
    attempts: 1,
    authenticated_entity: { id: 'k1', consumer_id: 'c1' },
    consumer: { id: 'c1', username: 'bob' },
  });
  one.leave({ ...context, credentialId: 'a'.repeat(64) }, new Response('ok'));
  const { authenticated_entity: entity } = JSON.parse(one.runtime.lines[1] ?? '') as Record<string, unknown>;
  t.equal(entity, undefined, 'a digest would allow guessing the key');
});

t.test('several records are sent as an array, and the report counts records sent', async (t) => {
  const to = { url: 'https://log.test/in', batchSize: 2 };
  const one = drive(startAccessLog, { logTo: [to] }, { fetch: async () => new Response(null) });
  for (const path of ['/one', '/two']) one.leave((await one.enter(path)).context, new Response('ok'));
  await one.runtime.settle();
  t.match(await one.runtime.sent[0]!.json(), [{ request: { uri: '/one' } }, { request: { uri: '/two' } }]);
  t.same(one.hooks.report?.(), { accessLog: { sent: 2, failed: 0, dropped: 0 } });
});
