/** A route's steps; their order is that of Kong's priorities, in the cases of tests/kong (plugin-scope). */
import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import { stateOf } from '../support/state.ts';

t.test('a route meets the steps of its own features alone', async (t) => {
  const { settings, plans } = stateOf(
    checkConfig({
      origins: ['http://a'],
      routes: [{ paths: ['/open'] }, { paths: ['/keys'], auth: {}, rateLimit: { minute: 1 } }],
    }),
  );
  const steps = settings.routes.map((route) => plans.get(route)?.steps.length);
  t.same(steps, [1, 2], 'since some route asks for keys, nobody may say who calls');
});
