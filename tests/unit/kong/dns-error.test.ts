import t from 'tap';
import type { Context } from '../../../lib/core/request.ts';
import { lostStatus, refuseNameless } from '../../../lib/kong/dns-error.ts';
import { configured, originOf } from '../../support/config.ts';
import { callTo } from '../../support/journeys.ts';

const kong = configured({ compat: 'kong-3' }) as NonNullable<Context['kong']>;

t.test('without TLS a name that leads nowhere is told from an origin out of reach', async (t) => {
  const [plain, secure] = [originOf('http://a.example'), originOf('https://a.example')];
  const gone = new Error('internal error');
  t.equal(lostStatus(kong, gone, plain), 530);
  t.equal(lostStatus(null, gone, plain), 0, 'the plain profile tells nobody');
  t.equal(lostStatus(kong, gone, secure), 0);
  t.equal(lostStatus(kong, Object.assign(new Error('refused'), { retryable: true }), plain), 0);
});

t.test("only Kong's callers are told so", async (t) => {
  const asked = callTo('/', {}, { kong });
  t.match(refuseNameless(asked, { status: 530 }), { status: 503, message: 'name resolution failed' });
  t.equal(refuseNameless(asked, { status: 0 }), null);
  t.equal(refuseNameless(asked, null), null);
  t.equal(refuseNameless(callTo('/'), { status: 530 }), null);
});
