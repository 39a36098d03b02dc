/** What the operator's orders must be; what they change for traffic: tests/e2e/status-actions.test.ts. */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { answerOperator } from '../../../lib/status/api.ts';
import { RUNTIME } from '../../../lib/core/runtime.ts';
import { callTo } from '../../support/journeys.ts';
import { stateOf } from '../../support/state.ts';
import { words } from '../../support/words.ts';

const NOW = 1_800_000_000_000;
const TOKEN = 'secret-token';
const origin = (name: string, weight = 1) => ({
  url: `http://${encodeURIComponent(name)}.test`,
  name,
  weight,
});
const settings = checkConfig({
  pools: {
    api: { origins: [origin('first', 3), { ...origin('a & b'), url: 'http://b' }] },
    fixed: { origins: [origin('still'), origin('off', 0)], outlier: false },
  },
  routes: [{ name: 'one', paths: ['/'], pool: 'api' }],
  status: { path: '/status', token: TOKEN },
});

function scene() {
  const state = stateOf(settings, { ...RUNTIME, now: () => NOW, random: () => 0.5 });
  const post = async (action: string, query = '', init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string>) };
    const context = callTo(`/status/${action}${query}`, { method: 'POST', ...init, headers });
    const response = await answerOperator(context, `/${action}`, state);
    return { status: response.status, text: await response.text() };
  };
  return { state, post, origin: state.pools[0]!.origins[0]! };
}
const FIRST = '?pool=api&origin=first';

t.test('drain takes the weight away, undrain gives it back, and each tells the state', async (t) => {
  const { post, origin } = scene();
  for (const [action, drained, weight] of [
    ['drain', true, 0],
    ['drain', true, 0],
    ['undrain', false, 3],
  ] as const) {
    const { status, text } = await post(action, FIRST);
    t.equal(status, 200);
    t.match(JSON.parse(text), { pool: 'api', origin: { name: 'first', drained } });
    t.equal(origin.weight, weight);
  }
});

t.test('names come by query or form, whatever is in them; what is not there is 404', async (t) => {
  const { post, state } = scene();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  t.equal((await post('drain', '', { headers, body: 'pool=api&origin=a+%26+b' })).status, 200);
  t.match(state.pools[0]!.origins, [{ weight: 3 }, { weight: 0 }]);
  const queries = words`
    ?pool=api ?origin=first ?pool=api&origin=still ?pool=nowhere&origin=first ?pool=__proto__&origin=constructor
  `;
  for (const query of ['', ...queries])
    for (const action of ['drain', 'undrain', 'eject']) {
      const { status, text } = await post(action, query);
      t.equal(status, 404, action + query);
      t.match(text, `Cannot ${action}: pool and origin must be names of the configuration`);
    }
  t.equal((await post('drain', FIRST + '&' + 'x'.repeat(2000))).status, 400);
});

t.test('what would have no effect, or no end, is refused', async (t) => {
  const { post } = scene();
  t.equal((await post('undrain', '?pool=fixed&origin=off')).status, 409);
  const { status, text } = await post('eject', '?pool=fixed&origin=still');
  t.equal(status, 409);
  t.match(text, 'nothing would bring it back');
});

t.test('another site, and a page without an address of its own, may do none of it', async (t) => {
  const { post, origin } = scene();
  for (const action of ['drain', 'undrain', 'eject', 'forget'])
    for (const [site, status] of [
      ['http://evil.example/gateway.example', 403],
      ['http://sub.gateway.example', 403],
      ['null', 403],
      ['http://gateway.example', 200],
    ] as const) {
      const query = action === 'forget' ? '' : '?pool=api&origin=a+%26+b';
      const done = await post(action, query, { headers: { origin: site } });
      t.equal(done.status, status, `${action} from ${site}`);
    }
  for (const action of ['drain', 'eject', 'forget'])
    t.equal((await post(action, FIRST, { headers: { authorization: 'Bearer guess' } })).status, 401, action);
  t.same([origin.weight, origin.ejectedUntil], [3, 0]);
});
