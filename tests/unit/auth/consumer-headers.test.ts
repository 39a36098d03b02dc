import t from 'tap';
import { claimedNames, setConsumerHeaders, type Identity } from '../../../lib/auth/consumer-headers.ts';
import { configured } from '../../support/config.ts';
import { callTo, type Parts } from '../../support/journeys.ts';

const KONG = configured({ compat: 'kong-3' });
const OLD = configured({ compat: 'kong-2018' });
const ADA: Identity = {
  consumer: { id: 'id', username: 'ada', credentials: [] },
  headers: [['X-Plan', null]],
  id: 'c-1',
};

/** The headers that the origin gets; `others`: somebody else was named before. */
function headersFor(identity: Identity, parts: Parts = {}, others = false) {
  const context = callTo('/', {}, parts);
  setConsumerHeaders(context, identity, others);
  return context.originHeaders;
}

t.test('who calls is told by the five names, in their order, then by those of the verifier', async (t) => {
  const told = {
    'x-consumer-id': 'id',
    'x-consumer-username': 'ada',
    'x-credential-identifier': 'c-1',
    'x-anonymous-consumer': 'true',
    'X-Plan': 'gold',
  };
  const gold = { ...ADA, headers: [['X-Plan', 'gold']] } as const;
  t.same(headersFor(gold, { anonymous: true }), Object.entries(told));
});

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
  t.same(headersFor(ADA, { kong: KONG }), removed);
  const name = 'x-credential-username';
  t.same(headersFor(ADA, { kong: OLD })[3], [name, null], 'Kong named no credential before 2.1');
  t.same(headersFor({ ...ADA, login: 'ada-login' }, { kong: OLD })[3], [name, 'ada-login'], 'but a user');
});

t.test('names are claimed in one spelling for all', async (t) => {
  const names = claimedNames(['X_Plan', 'X-Tier']);
  for (const name of ['x-consumer-id', 'x-anonymous-consumer', 'x-plan', 'x-tier'])
    t.ok(names.has(name), name);
  t.equal(names.size, 7);
});
