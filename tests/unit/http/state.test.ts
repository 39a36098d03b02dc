import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { stateOf } from '../../support/state.ts';

t.test('two states share nothing, so no test and no configuration leaks into another', async (t) => {
  const settings = checkConfig({ origins: ['http://a', 'http://b'] });
  const [one, other] = [stateOf(settings), stateOf(settings)];
  t.not(one.pools[0], other.pools[0]);
  t.not(one.plans, other.plans);
});
