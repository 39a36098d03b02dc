import t from 'tap';
import { DNS_ERRORS } from '../../../lib/kong/dns-error.ts';
import { configured, originOf } from '../../support/config.ts';
import { stateOf } from '../../support/state.ts';

const { statusOf, refusalOf } = DNS_ERRORS;

t.test('without TLS a DNS failure is distinguished from an unreachable origin', async (t) => {
  const [plain, secure] = [originOf('http://a.example'), originOf('https://a.example')];
  const gone = new Error('internal error');
  t.equal(statusOf(gone, plain), 530);
  t.equal(statusOf(gone, secure), 0);
  t.equal(statusOf(Object.assign(new Error('refused'), { retryable: true }), plain), 0);
  t.match(refusalOf(530), { status: 503, message: 'name resolution failed' });
  for (const status of [0, undefined]) t.equal(refusalOf(status), null);
});

t.test('only the Kong profiles report DNS failures', async (t) => {
  for (const compat of ['kong-3', 'kong-2018'] as const)
    t.equal(stateOf(configured({ compat })).reader.dnsErrors, DNS_ERRORS, compat);
  t.equal(stateOf(configured()).reader.dnsErrors, null, 'the plain profile does not');
});
