import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { claimedNames, setConsumerHeaders } from '../../../lib/auth/consumer-headers.ts';
import type { Identity } from '../../../lib/auth/consumer-headers.ts';
import { callTo } from '../../support/journeys.ts';

const KONG = checkConfig({ routes: [], compat: 'kong-3' });
const OLD = checkConfig({ routes: [], compat: 'kong-2018' });
const ADA: Identity = {
  consumer: { id: 'id', username: 'ada', credentials: [] },
  headers: [['X-Plan', null]],
  id: 'c-1',
};

t.test('who calls is told by the five names, in their order, then by those of the verifier', (t) => {
  const context = callTo('/', {}, { anonymous: true });
  setConsumerHeaders(context, { ...ADA, headers: [['X-Plan', 'gold']] }, false);
  t.same(context.originHeaders, [
    ['x-consumer-id', 'id'],
    ['x-consumer-username', 'ada'],
    ['x-credential-identifier', 'c-1'],
    ['x-anonymous-consumer', 'true'],
    ['X-Plan', 'gold'],
  ]);
  t.end();
});

t.test(
  'what has no value is removed where somebody else was named before, and under Kong’s profiles',
  (t) => {
    const removed = [
      ['x-consumer-id', 'id'],
      ['x-consumer-username', 'ada'],
      ['x-consumer-custom-id', null],
      ['x-credential-identifier', 'c-1'],
      ['x-anonymous-consumer', null],
      ['X-Plan', null],
    ];
    const again = callTo('/');
    setConsumerHeaders(again, ADA, true);
    t.same(again.originHeaders, removed);
    const kong = callTo('/', {}, { kong: KONG });
    setConsumerHeaders(kong, ADA, false);
    t.same(kong.originHeaders, removed);
    const old = callTo('/', {}, { kong: OLD });
    setConsumerHeaders(old, ADA, false);
    t.same(old.originHeaders[3], ['x-credential-username', null], 'Kong named no credential before 2.1');
    const user = callTo('/', {}, { kong: OLD });
    setConsumerHeaders(user, { ...ADA, login: 'ada-login' }, false);
    t.same(user.originHeaders[3], ['x-credential-username', 'ada-login'], 'but a user');
    t.end();
  },
);

t.test('names are claimed in one spelling for all', (t) => {
  const names = claimedNames(['X_Plan', 'X-Tier']);
  for (const name of ['x-consumer-id', 'x-anonymous-consumer', 'x-plan', 'x-tier'])
    t.ok(names.has(name), name);
  t.equal(names.size, 7);
  t.end();
});
