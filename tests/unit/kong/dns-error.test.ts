import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { DNS_ERRORS } from '../../../lib/kong/dns-error.ts';
import { stateOf } from '../../support/state.ts';

const { statusOf, refusalOf } = DNS_ERRORS;

t.test(
  'a name that leads nowhere is told from an origin that cannot be reached, where no TLS is about',
  async (t) => {
    const [plain, secure] = checkConfig({ origins: ['http://a.example', 'https://a.example'] }).pools[0]!
      .origins;
    const gone = new Error('internal error');
    t.equal(statusOf(gone, plain!), 530);
    t.equal(statusOf(gone, secure!), 0);
    t.equal(statusOf(Object.assign(new Error('refused'), { retryable: true }), plain!), 0);
    t.match(refusalOf(530), { status: 503, message: 'name resolution failed' });
    t.equal(refusalOf(0), null);
    t.equal(refusalOf(undefined), null);
  },
);

t.test("only Kong's callers are told so", async (t) => {
  for (const compat of ['kong-3', 'kong-2018'] as const) {
    const { reader } = stateOf(checkConfig({ origins: ['http://a.example'], compat }));
    t.equal(reader.dnsErrors, DNS_ERRORS, compat);
  }
  t.equal(stateOf(checkConfig({ origins: ['http://a.example'] })).reader.dnsErrors, null);
});
