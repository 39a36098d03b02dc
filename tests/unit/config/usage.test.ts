import t from 'tap';
import { BASE } from '../../../lib/config/schema.ts';
import { createSettings, everyFeature } from '../../../lib/config/settings.ts';
import { absentSettings, featuresUsed } from '../../../lib/config/usage.ts';
import { FEATURES } from '../../../lib/features.ts';
import { FEATURES as EVERYTHING } from '../../../lib/features-full.ts';

const used = (config: object) =>
  [...featuresUsed(config, everyFeature())].filter((name) => name !== 'core' && name !== 'pool').toSorted();

t.test('a configuration uses the features whose settings it writes', async (t) => {
  const origins = ['http://a.example'];
  t.same(used({ origins }), []);
  t.same(
    used({ origins, cors: false, status: false, routes: [{ stripPath: true, httpsRedirectStatus: 426 }] }),
    ['routes'],
    'what is so anyway uses none',
  );
  t.same(
    used({
      pools: {
        a: { origins, balance: 'consistent-hash', health: { path: '/' } },
        b: { origins, balance: 'least-load' },
      },
      auth: { keyIn: ['body'] },
      routes: [{ paths: ['/a', '~/b'], canary: { pool: 'b', percent: 5 } }],
    }),
    [
      'body-key',
      'canary',
      'consistent-hash',
      'health-checks',
      'key-auth',
      'patterns',
      'reported-load',
      'routes',
    ],
  );
});

t.test('a file without a feature refuses its settings, and says where they are taken', async (t) => {
  const absent = absentSettings(EVERYTHING, [...BASE, ...FEATURES]);
  const start = (config: object) =>
    createSettings({ origins: ['http://a.example'], ...config }, FEATURES, absent);
  t.throws(
    () =>
      start({ status: { path: '/x', token: '12345678' }, routes: [{ canary: { pool: 'b', percent: 5 } }] }),
    {
      message:
        / {2}status needs worker-full\.js or edge-gateway build --config\n {2}routes\[0\]\.canary needs worker-full\.js/,
    },
  );
  t.equal(start({ status: false, cors: {}, routes: [{}] }).status, null);
  t.match(start({ auth: {}, rateLimit: { minute: 1 } }).routes[0], { auth: { keyNames: ['apikey'] } });
});

t.test('every row belongs to a feature that is listed', async (t) => {
  const listed = new Set([...BASE, ...EVERYTHING].map(({ name }) => name));
  t.same(
    everyFeature().filter(({ name }) => !listed.has(name)),
    [],
  );
  t.same(absentSettings(everyFeature(), [...BASE, ...EVERYTHING]), {}, 'worker-full.js takes every setting');
});
