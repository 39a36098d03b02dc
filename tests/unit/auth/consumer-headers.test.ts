import t from 'tap';
import { claimedNames, setConsumerHeaders, type Identity } from '../../../lib/auth/consumer-headers.ts';
import { configured } from '../../support/config.ts';
import { callTo, type Parts } from '../../support/journeys.ts';

const consumer = { id: 'id', username: 'ada', credentials: [] };
const ADA: Identity = { consumer, headers: [['X-Plan', null]], id: 'c-1' };

/** The headers that the origin gets; `others`: somebody else was named before. */
function headersFor(identity: Identity, parts: Parts = {}, others = false) {
  const context = callTo('/', {}, parts);
  setConsumerHeaders(context, identity, others);
  return context.originHeaders;
}

t.test('what has no value is removed where another was named before, and for Kong always', async (t) => {
  const removed = Object.entries({
    'x-consumer-id': 'id',
    'x-consumer-username': 'ada',
    'x-consumer-custom-id': null,
    'x-credential-identifier': 'c-1',
    'x-anonymous-consumer': null,
    'X-Plan': null,
  });
  t.same(headersFor(ADA, {}, true), removed);
  t.same(headersFor(ADA, { kong: configured({ compat: 'kong-3' }) }), removed);
  t.same(
    headersFor(ADA, {}),
    removed.filter(([, value]) => value !== null),
  );
  const [name, kong] = ['x-credential-username', configured({ compat: 'kong-2018' })];
  t.same(headersFor(ADA, { kong })[3], [name, null], 'Kong named no credential before 2.1');
  t.same(headersFor({ ...ADA, login: 'ada-login' }, { kong })[3], [name, 'ada-login'], 'but a user');
});

t.test('names are claimed in one spelling for all', async (t) => {
  const names = claimedNames(['X_Plan', 'X-Tier']);
  for (const name of ['x-consumer-id', 'x-plan', 'x-tier']) t.ok(names.has(name), name);
  t.equal(names.size, 7);
});
