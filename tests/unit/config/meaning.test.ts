import t from 'tap';
import { configured, faultsOf } from '../../support/config.ts';
import { words } from '../../support/words.ts';

const faults = (config: object): string[] => faultsOf({ origins: ['http://a.example'], ...config });

t.test('a host that no request can carry is refused', async (t) => {
  const long = `${'a'.repeat(250)}.example`;
  for (const host of ['*', 'a.*.example', '*.*', 'a..example', 'https:', 'a:99999999', '::1', long, 'a%zz'])
    t.match(
      faults({ routes: [{ hosts: ['good.example', host] }] }),
      [/^routes\[0\]\.hosts\[1\] must be a host that a request can carry, received /],
      host,
    );
});

t.test('CORS origins are as browsers send them, or regular expressions over such', async (t) => {
  const good = words`
    * null https://a.example http://localhost:3000 app://x https://[a-z]+\.example\.com .*\.example\.com
    (?i)https://EXAMPLE\.com https://\w+\.example\.com https://.* https://*.example.com http://localhost:*
    *.example.com https://EXAMPLE.com ^https://a{1,3}\.example$
  `;
  for (const entry of good) t.same(faults({ cors: { origins: [entry] } }), [], entry);
  const bad = words`
    https://a.example/ a.example https://a.example/path https://app*.example.com https://Example\.com
    https://(a|b)\.example/ https://(a+)+\.example
  `;
  for (const entry of [...bad, 'https://a.example, https://b.example', 'https://a.example ']) {
    const cors = { origins: ['*', entry] };
    t.match(faults({ cors })[0], /^cors\.origins\[1\] must be /, entry);
    t.match(faults({ routes: [{ cors }] })[0], /^routes\[0\]\.cors\.origins\[1\] must be /, entry);
  }
  const ofKong = (entry: string) => faults({ cors: { origins: [entry] }, compat: 'kong-3' });
  for (const entry of ['https://EXAMPLE.com', 'https://a.example/', 'a.example'])
    t.same(ofKong(entry), [], `Kong takes ${entry}`);
  t.match(ofKong('(a+)+'), [/safe to run/], 'but none that is not safe to run');
});

t.test('credentials are for origins that are named', async (t) => {
  const refused = [/^cors\.origins must name who may send credentials, received/];
  for (const more of [{}, { origins: [] }, { origins: ['*'] }, { origins: ['https://a.example', '*'] }])
    t.match(faults({ cors: { credentials: true, ...more } }), refused);
  t.same(faults({ cors: { credentials: true, origins: ['https://a.example'] } }), []);
  t.same(faults({ cors: { credentials: true }, compat: 'kong-3' }), [], 'Kong takes it');
});

t.test('who stands in for callers without a key must exist', async (t) => {
  const consumers = [{ id: '1', username: 'ada', credentials: [] }];
  for (const anonymous of ['1', 'ada']) t.same(faults({ auth: { anonymous }, consumers }), []);
  t.same(faults({ auth: { anonymous: 'bob' }, consumers }), [
    'auth.anonymous must be the id or username of one of the consumers, received "bob"',
  ]);
  t.match(faults({ routes: [{ auth: { anonymous: 'ada' } }] }), [/^routes\[0\]\.auth\.anonymous must be/]);
  t.same(faults({ auth: { anonymous: 'bob' }, compat: 'kong-3' }), [], 'Kong answers 500 to each request');
});

t.test('ids and digests of consumers are unique: each key has one', async (t) => {
  const one = { id: '1', credentials: [{ sha256: 'a'.repeat(64) }] };
  t.same(faults({ consumers: [one, one] }), [
    'consumers[1].id must be unique, received "1" again',
    'consumers[1].credentials must be unique, received a sha256 that consumers[0] has',
  ]);
});

t.test('CORS that is off is off, with routes and without', async (t) => {
  for (const config of [{}, { routes: [{}] }])
    for (const cors of [{}, { cors: false as const }])
      t.equal(configured({ ...config, ...cors }).routes[0]?.cors, null);
});
