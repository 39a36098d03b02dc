import t from 'tap';
import { BASE } from '../../../lib/config/schema.ts';
import { createSettings, everyFeature } from '../../../lib/config/settings.ts';
import { absentSettings, featuresUsed } from '../../../lib/config/usage.ts';
import { FEATURES } from '../../../lib/features.ts';
import { FEATURES as EVERYTHING } from '../../../lib/features-full.ts';

t.test('a configuration uses the features whose settings it writes', async (t) => {
  const origins = ['http://a.example'];
  const config = {
    pools: {
      a: { origins, balance: 'consistent-hash', health: { path: '/' } },
      b: { origins, balance: 'least-load' },
    },
    auth: { keyIn: ['body'] },
    routes: [{ paths: ['/a', '~/b'], canary: { pool: 'b', percent: 5 } }],
  };
  const anyway = { cors: false, status: false, routes: [{ stripPath: true, httpsRedirectStatus: 426 }] };
  const CASES: [config: object, used: string][] = [
    [{ origins }, ''],
    // What is so anyway uses none.
    [{ origins, ...anyway }, 'routes'],
    [config, 'body-key canary consistent-hash health-checks key-auth patterns reported-load routes'],
  ];
  for (const [written, expected] of CASES) {
    const used = [...featuresUsed(written, everyFeature())].toSorted();
    t.equal(used.filter((name) => name !== 'core' && name !== 'pool').join(' '), expected);
  }
});

t.test('a file without a feature refuses its settings, and says where they are taken', async (t) => {
  const absent = absentSettings(EVERYTHING, [...BASE, ...FEATURES]);
  const start = (config: object) =>
    createSettings({ origins: ['http://a.example'], ...config }, FEATURES, absent);
  const status = { path: '/x', token: '12345678' };
  const needs = 'needs worker-full.js or edge-gateway build --config';
  t.throws(() => start({ status, routes: [{ canary: { pool: 'b', percent: 5 } }] }), {
    message: `  status ${needs}\n  routes[0].canary ${needs}`,
  });
  t.equal(start({ status: false, cors: {}, routes: [{}] }).status, null);
  t.match(start({ auth: {}, rateLimit: { minute: 1 } }).routes[0], { auth: { keyNames: ['apikey'] } });
  t.same(absentSettings(everyFeature(), [...BASE, ...EVERYTHING]), {}, 'worker-full.js takes every setting');
});
