/** Which configuration of a feature holds for a request. */
import t from 'tap';
import { settingFor } from '../../../lib/traffic/setting-for.ts';
import { callTo } from '../../support/journeys.ts';

const redirect = (to: string) => ({ to, status: 301, keepPath: false });
const tables = (here: string | null, everywhere: string | null) => ({
  route: {
    redirect: redirect('route'),
    consumerSettings: here === null ? null : new Map([['ada', { redirect: redirect(here) }]]),
  },
  settings: {
    redirect: redirect('general'),
    consumerSettings: everywhere === null ? null : new Map([['ada', { redirect: redirect(everywhere) }]]),
  },
});

t.test('the consumer’s on the route, the consumer’s, the route’s, the general one', async (t) => {
  const CASES: readonly [string | null, string | null, who: string | null, string][] = [
    ['here', 'everywhere', 'ada', 'here'],
    [null, 'everywhere', 'ada', 'everywhere'],
    [null, 'everywhere', 'bob', 'route'],
    ['here', null, null, 'route'],
    ['here', null, 'constructor', 'route'],
    [null, null, 'ada', 'route'],
  ];
  for (const [here, everywhere, who, expected] of CASES) {
    const { route, settings } = tables(here, everywhere);
    const setting = settingFor('redirect', route as never, settings as never);
    const consumer = who === null ? null : { id: who, credentials: [] };
    t.equal(setting?.(callTo('/', {}, { consumer }))?.to, expected, JSON.stringify([here, everywhere, who]));
  }
});

t.test('without a route the general one; without any the feature has no part in the route', async (t) => {
  const { settings } = tables(null, 'everywhere');
  t.equal(settingFor('redirect', null, settings as never)?.(callTo('/'))?.to, 'general');
  t.equal(settingFor('redirect', { redirect: null } as never, {} as never), null);
  const off = { requireContentLength: false, maxBodyBytes: 0 } as never;
  t.equal(settingFor('requireContentLength', off, {} as never), null);
  t.equal(settingFor('maxBodyBytes', off, {} as never)?.(callTo('/')), 0);
  t.equal(settingFor('cache', tables(null, null).route as never, settings as never), null);
});
