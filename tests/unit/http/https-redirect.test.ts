import t from 'tap';
import type { Context } from '../../../lib/core/request.ts';
import type { Config } from '../../../lib/config/types.ts';
import { refuseInsecure, startHttpsRedirect } from '../../../lib/http/https-redirect.ts';
import { routeOf } from '../../support/config.ts';
import { callTo } from '../../support/context.ts';

t.test('plain http gets 426 if only https is allowed', async (t) => {
  t.equal(refuseInsecure(callTo('/x'), ['http'], 426), null);
  t.equal(refuseInsecure(callTo('/x', {}, { scheme: 'https' }), ['https'], 426), null);
  const headers = Object.entries({ Connection: 'Upgrade', Upgrade: 'TLS/1.2, HTTP/1.1' });
  const message = 'Please use HTTPS protocol';
  const refusal = { reason: 'https_required', status: 426, message, headers };
  t.match(refuseInsecure(callTo('/x'), ['https'], 426), refusal);
  const { preflight, admit } = startHttpsRedirect();
  for (const guard of [preflight, admit])
    t.match(guard!(routeOf({ protocols: ['https'] }))!(callTo('/x')), refusal, 'a preflight too');
});

t.test('or a redirect without the port and, except for Kong, without a key in the query', async (t) => {
  const location = (config: Partial<Config>, query: string, more: Partial<Context> = {}) => {
    const parts = { route: routeOf({}, config), host: 'api.example:8080', ...more };
    const call = callTo(`/x//y${query}`, { headers: { 'x-forwarded-host': 'shop.example:80' } }, parts);
    return refuseInsecure(call, ['https'], 308)?.headers?.[0]?.[1];
  };
  const auth = { keyNames: ['apikey', 'token'] };
  const keys = { auth };
  const [query, site] = ['?apikey=k&b=%7e&token=k', 'https://api.example/x//y'];
  t.equal(location({}, query), site + query);
  t.equal(location(keys, query), `${site}?b=%7e`);
  t.equal(location(keys, query, { kong: {} as never }), site + query);
  t.equal(location({ auth: { ...auth, hideCredentials: false } }, query), site + query);
  t.equal(location({ jwt: { queryNames: ['token'] } }, '?b=1&token=t'), `${site}?b=1`, 'nor with a token');
  t.equal(
    location({}, '', { trusted: true }),
    'https://shop.example/x//y',
    'the host that a trusted proxy names',
  );
});
