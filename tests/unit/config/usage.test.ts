import t from 'tap';
import { BASE } from '../../../lib/config/schema.ts';
import { everyFeature } from '../../../lib/config/settings.ts';
import { absentSettings, featuresUsed } from '../../../lib/config/usage.ts';
import { FEATURES } from '../../../lib/features-full.ts';

t.test('a configuration uses the features whose settings it contains', async (t) => {
  const origins = ['http://a.example'];
  const config = {
    pools: {
      a: { origins, balance: 'consistent-hash', health: { path: '/' } },
      b: { origins, balance: 'least-load' },
    },
    auth: { keyIn: ['body'] },
    routes: [{ paths: ['/a', '~/b'], canary: { pool: 'b', percent: 5 } }],
  };
  const defaults = { cors: false, status: false, routes: [{ stripPath: true, httpsRedirectStatus: 426 }] };
  const CASES: [config: object, used: string][] = [
    [{ origins }, ''],
    // Defaults use none.
    [{ origins, ...defaults }, 'routes'],
    [config, 'body-key canary consistent-hash health-checks key-auth patterns reported-load routes'],
  ];
  for (const [written, expected] of CASES) {
    const used = [...featuresUsed(written, everyFeature())].toSorted();
    t.equal(used.filter((name) => name !== 'core' && name !== 'pool').join(' '), expected);
  }
});

t.test('worker-full.js accepts every setting', async (t) => {
  t.same(absentSettings(everyFeature(), [...BASE, ...FEATURES]), {});
});
