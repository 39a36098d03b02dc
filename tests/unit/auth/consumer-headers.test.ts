/** Consumer headers under Kong's profiles. Outside them: basic-auth.test.ts and tests/e2e/keys-routes.test.ts. */
import t from 'tap';
import { claimedNames, setConsumerHeaders } from '../../../lib/auth/consumer-headers.ts';
import { configured } from '../../support/config.ts';
import { callTo } from '../../support/context.ts';

t.test("a header without a value removes the caller's; the names depend on the release", async (t) => {
  const consumer = { id: 'id', username: 'ada', credentials: [] };
  for (const [compat, credential] of [
    ['kong-3', { 'x-credential-identifier': 'c-1' }],
    ['kong-2018', { 'x-credential-username': 'ada-login' }],
  ] as const) {
    const context = callTo('/', {}, { kong: configured({ compat }) });
    setConsumerHeaders(
      context,
      { consumer, headers: [['X-Plan', null]], id: 'c-1', login: 'ada-login' },
      false,
    );
    const named = { 'x-consumer-id': 'id', 'x-consumer-username': 'ada', 'x-consumer-custom-id': null };
    const expected = { ...named, ...credential, 'x-anonymous-consumer': null, 'X-Plan': null };
    t.same(context.originHeaders, Object.entries(expected));
  }
});

t.test('outside the profiles headers are removed only if another caller was set before', async (t) => {
  const consumer = { id: 'id', credentials: [] };
  for (const [again, removed] of [
    [false, 0],
    [true, 4],
  ] as const) {
    const context = callTo('/');
    setConsumerHeaders(context, { consumer, headers: [] }, again);
    t.equal(context.originHeaders.filter(([, value]) => value === null).length, removed);
  }
});

t.test('claimed names have one spelling', async (t) => {
  const names = claimedNames(['X_Plan']);
  t.ok(names.has('x-consumer-id') && names.has('x-plan'));
  t.equal(names.size, 6);
});
