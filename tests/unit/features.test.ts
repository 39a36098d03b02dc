import { createHash } from 'node:crypto';
import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config } from '../../lib/config/types.ts';
import { runSteps } from '../../lib/core/feature.ts';
import { callTo } from '../support/journeys.ts';
import { stateOf } from '../support/state.ts';

const sha256 = createHash('sha256').update('one').digest('hex');
const CONFIG: Config = {
  pools: { default: { origins: ['http://a'] } },
  routes: [
    { paths: ['/open'] },
    { paths: ['/keys'], auth: {}, rateLimit: { minute: 1 } },
    { paths: ['/secure'], protocols: ['https'], auth: {} },
  ],
  consumers: [{ id: 'bob', credentials: [{ sha256 }] }],
};

function follow(route: number, headers: Record<string, string> = {}) {
  const state = stateOf(checkConfig(CONFIG));
  const settings = state.settings.routes[route] ?? null;
  const steps = state.plans.get(settings)?.steps ?? [];
  return {
    steps: steps.length,
    verdict: async () => {
      const answer = await runSteps(callTo('/', { headers }, { route: settings }), steps);
      return answer && 'reason' in answer ? answer.reason : answer;
    },
  };
}

t.test('the scheme is judged before the key, and a share is taken only once the key is good', async (t) => {
  t.equal(await follow(2).verdict(), 'https_required');
  t.equal(await follow(1).verdict(), 'no_key');
  const known = follow(1, { apikey: 'one' });
  t.equal(await known.verdict(), null);
  t.equal(await known.verdict(), 'rate_limited');
});

t.test('a route meets the steps of its own features alone', async (t) => {
  t.equal(follow(0).steps, 1, 'since some route asks for keys, nobody may say who calls');
  t.equal(follow(1).steps, 2);
});
