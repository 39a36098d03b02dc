/** Which setting of a feature applies to a request, beyond the cases of tests/kong (plugin-scope). */
import t from 'tap';
import { settingFor } from '../../../lib/traffic/setting-for.ts';
import { callTo } from '../../support/context.ts';

const redirect = (to: string) => ({ redirect: { to, status: 301, keepPath: false } });
const own = (to: string | null) => to && new Map([['ada', redirect(to)]]);

t.test('precedence: the consumer on the route, the consumer, the route, the general setting', async (t) => {
  const CASES: readonly [here: string | null, everywhere: string | null, id: string | null, string][] = [
    ['here', 'everywhere', 'ada', 'here'],
    [null, 'everywhere', 'ada', 'everywhere'],
    [null, 'everywhere', 'bob', 'route'],
    ['here', null, null, 'route'],
    ['here', null, 'constructor', 'route'],
  ];
  for (const [here, everywhere, id, expected] of CASES) {
    const route = { ...redirect('route'), consumerSettings: own(here) };
    const settings = { ...redirect('general'), consumerSettings: own(everywhere) };
    const consumer = id === null ? null : { id, credentials: [] };
    const setting = settingFor('redirect', route as never, settings as never);
    t.equal(setting?.(callTo('/', {}, { consumer }))?.to, expected, JSON.stringify([here, everywhere, id]));
    t.equal(settingFor('redirect', null, settings as never)?.(callTo('/'))?.to, 'general');
  }
});

t.test('without a setting the route does not use the feature', async (t) => {
  const off = { redirect: null, requireContentLength: false, maxBodyBytes: 0 } as never;
  for (const name of ['redirect', 'requireContentLength'] as const)
    t.equal(settingFor(name, off, {} as never), null);
  t.equal(settingFor('maxBodyBytes', off, {} as never)?.(callTo('/')), 0, '0 is a setting');
});
