/** Values that are well-formed but cannot be intended. */
import t from 'tap';
import { faultsOf } from '../../support/config.ts';
import { words } from '../../support/words.ts';

const faults = (config: object): string[] => faultsOf({ origins: ['http://a.example'], ...config });

t.test('a host that no request can carry is rejected', async (t) => {
  const long = `${'a'.repeat(250)}.example`;
  const fault = /^routes\[0\]\.hosts\[1\] must be a host that a request can carry, received /;
  for (const host of ['*', 'a.*.example', '*.*', 'a..example', 'https:', 'a:99999999', '::1', long, 'a%zz'])
    t.match(faults({ routes: [{ hosts: ['good.example', host] }] }), [fault], host);
});

t.test('CORS origins are as browsers send them, or regular expressions', async (t) => {
  const good = words`
    * null https://a.example http://localhost:3000 app://x https://[a-z]+\.example\.com .*\.example\.com
    (?i)https://EXAMPLE\.com https://\w+\.example\.com https://.* https://*.example.com http://localhost:*
    *.example.com https://EXAMPLE.com ^https://a{1,3}\.example$
  `;
  for (const entry of good) t.same(faults({ cors: { origins: [entry] } }), [], entry);
  const fault = /^routes\[0\]\.cors\.origins\[1\] must be /;
  const bad = words`
    https://a.example/ a.example https://a.example/path https://app*.example.com https://Example\.com
    https://(a|b)\.example/ https://(a+)+\.example
  `;
  for (const entry of [...bad, 'https://a.example, https://b.example', 'https://a.example '])
    t.match(faults({ routes: [{ cors: { origins: ['*', entry] } }] }), [fault], entry);
  const ofKong = (entry: string) => faults({ cors: { origins: [entry] }, compat: 'kong-3' });
  for (const entry of ['https://EXAMPLE.com', 'https://a.example/', 'a.example'])
    t.same(ofKong(entry), [], `Kong accepts ${entry}`);
  t.match(ofKong('(a+)+'), [/safe to run/], 'but no unsafe one');
});

t.test('CORS credentials require named origins', async (t) => {
  const credentials = true;
  for (const origins of [[], ['*'], ['https://a.example', '*']])
    t.match(faults({ cors: { credentials, origins } }), [
      /^cors\.origins must name who may send credentials, received/,
    ]);
  t.same(faults({ cors: { credentials, origins: ['https://a.example'] } }), []);
  t.same(faults({ cors: { credentials }, compat: 'kong-3' }), [], 'Kong accepts it');
});

t.test('the anonymous consumer must exist', async (t) => {
  const consumers = [{ id: '1', username: 'ada', credentials: [] }];
  for (const anonymous of ['1', 'ada']) t.same(faults({ auth: { anonymous }, consumers }), []);
  const fault = (path: string) =>
    `${path}.anonymous must be the id or username of one of the consumers, received "bob"`;
  t.same(faults({ auth: { anonymous: 'bob' }, consumers }), [fault('auth')]);
  t.same(faults({ routes: [{ basicAuth: { anonymous: 'bob' } }] }), [fault('routes[0].basicAuth')]);
  t.same(faults({ auth: { anonymous: 'bob' }, compat: 'kong-3' }), [], 'Kong answers 500 to each request');
});

t.test('ids, digests and user names are unique: a credential belongs to one consumer', async (t) => {
  const logins = [{ username: 'ada', passwordHash: `sha1:${'a'.repeat(40)}` }];
  const one = { id: '1', credentials: [{ sha256: 'a'.repeat(64) }], logins };
  t.same(faults({ consumers: [one, one] }), [
    'consumers[1].id must be unique, received "1" again',
    'consumers[1].credentials must be unique, received a sha256 that consumers[0] has',
    'consumers[1].logins must be unique, received a username that consumers[0] has',
  ]);
});
