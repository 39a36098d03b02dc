/** A route's steps. Their order is that of Kong's priorities: cases of tests/kong (plugin-scope). */
import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import { runSteps } from '../../lib/http/state.ts';
import { callTo } from '../support/context.ts';
import { stateOf } from '../support/state.ts';

t.test('a route runs the steps of its own features only, the scheme before the key', async (t) => {
  const { settings, plans } = stateOf(
    checkConfig({
      origins: ['http://a'],
      routes: [
        { paths: ['/open'] },
        { paths: ['/keys'], auth: {}, rateLimit: { minute: 1 } },
        { paths: ['/secure'], auth: {}, protocols: ['https'] },
      ],
    }),
  );
  const steps = settings.routes.map((route) => plans.get(route)!.steps);
  // Some route requires keys, so this one drops the caller's consumer headers.
  t.same([steps[0]!.length, steps[1]!.length], [1, 2]);
  t.match(await runSteps(callTo('/', {}, { route: settings.routes[2]! }), steps[2]!), {
    reason: 'https_required',
  });
});
