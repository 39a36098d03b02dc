/** Validation of the operator's actions; their effect on traffic: tests/e2e/status-actions.test.ts. */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { act } from '../../../lib/status/actions.ts';
import { answerOperator } from '../../../lib/status/api.ts';
import { RUNTIME } from '../../../lib/core/runtime.ts';
import { callTo } from '../../support/context.ts';
import { stateOf } from '../../support/state.ts';

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

t.test('names come from query or form; actions without effect, or without end, are rejected', async (t) => {
  const { post, state } = scene();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  t.equal((await post('drain', '', { headers, body: 'pool=api&origin=a+%26+b' })).status, 200);
  t.match(state.pools[0]!.origins, [{ weight: 3 }, { weight: 0 }]);
  const names = /Cannot \w+: pool and origin must be names of the configuration/;
  const rows: [status: number, query: string, actions?: string[], message?: RegExp][] = [
    ...['', '?pool=api', '?origin=first', '?pool=api&origin=still', '?pool=__proto__&origin=constructor'].map(
      (query): (typeof rows)[0] => [404, query, ['drain', 'undrain', 'eject'], names],
    ),
    [409, '?pool=fixed&origin=off', ['undrain']],
    [409, '?pool=fixed&origin=still', ['eject'], /nothing would bring it back/],
    [400, `${FIRST}&${'x'.repeat(2000)}`],
    [200, FIRST, ['drain', 'drain', 'undrain']],
  ];
  for (const [status, query, actions = ['drain'], message = /./] of rows)
    for (const action of actions) {
      const answer = await post(action, query);
      t.equal(answer.status, status, action + query);
      t.match(answer.text, message);
    }
  t.equal(state.pools[0]!.origins[0]!.weight, 3, 'drained twice, undrained once');
});

t.test('actions from another site, or an opaque origin, are rejected', async (t) => {
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

t.test('what the other isolates could not be told is no success', async (t) => {
  const { state } = scene();
  for (const [everywhere, status] of [
    [true, 200],
    [false, 502],
  ] as const) {
    const hooks = [{ revoke: async () => everywhere }];
    const done = await act('forget', callTo('/status/forget', { method: 'POST' }), { ...state, hooks });
    t.match(done, { status, report: { everywhere } });
  }
});
