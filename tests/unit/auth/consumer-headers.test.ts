import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { setConsumerHeaders } from '../../../lib/auth/consumer-headers.ts';
import { callTo } from '../../support/journeys.ts';

const VERIFIED = checkConfig({
  origins: ['http://a'],
  auth: { verify: { url: 'http://v/{key}', upstreamHeaders: { 'X-Plan': '/plan' } } },
}).routes[0]!.auth!;
const KONG = checkConfig({ routes: [], compat: 'kong-3' });

t.test('who calls is told by the five names, in their order', (t) => {
  const context = callTo('/');
  setConsumerHeaders(context, null, 'id', 'ada', undefined, null, 'true');
  t.same(context.originHeaders, [
    ['x-consumer-id', 'id'],
    ['x-consumer-username', 'ada'],
    ['x-anonymous-consumer', 'true'],
  ]);
  t.end();
});

t.test('what a caller claims is removed, however it is spelt, and nothing else', (t) => {
  const headers = {
    'X-Consumer-ID': 'root',
    X_Consumer_Username: 'root',
    'x-credential_identifier': 'root',
    x_plan: 'gold',
    'x-consumer': 'kept',
    x_other: 'kept',
  };
  const context = callTo('/', { headers });
  setConsumerHeaders(context, VERIFIED);
  t.same(
    context.originHeaders
      .map(([name, value]) => [name.toLowerCase(), value])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    [
      ['x-consumer-id', null],
      ['x-credential_identifier', null],
      ['x_consumer_username', null],
      ['x_plan', null],
    ],
  );
  t.end();
});

t.test('the Kong profiles remove the names as Kong writes them, and let others pass', (t) => {
  const context = callTo('/', { headers: { X_Consumer_Username: 'root' } }, { kong: KONG });
  setConsumerHeaders(context, VERIFIED, 'id');
  t.same(context.originHeaders, [
    ['X-Plan', null],
    ['x-consumer-id', 'id'],
    ['x-consumer-username', null],
    ['x-consumer-custom-id', null],
    ['x-credential-identifier', null],
    ['x-anonymous-consumer', null],
  ]);
  t.end();
});
