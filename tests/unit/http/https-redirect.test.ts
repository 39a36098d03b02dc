import t from 'tap';
import type { Context } from '../../../lib/core/request.ts';
import { checkConfig } from '../../../lib/config/settings.ts';
import { refuseInsecure } from '../../../lib/http/https-redirect.ts';
import { callTo } from '../../support/journeys.ts';

t.test('a route that takes http takes everything', async (t) => {
  t.equal(refuseInsecure(callTo('/x'), ['http'], 426), null);
  t.equal(refuseInsecure(callTo('/x', {}, { scheme: 'https' }), ['https'], 426), null);
});

t.test('plain http is told to upgrade', async (t) => {
  t.match(refuseInsecure(callTo('/x'), ['https'], 426), {
    reason: 'https_required',
    status: 426,
    message: 'Please use HTTPS protocol',
    headers: [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'TLS/1.2, HTTP/1.1'],
    ],
  });
});

t.test('or is sent there, path and query as sent, without the port', async (t) => {
  for (const status of [301, 302, 307, 308])
    t.match(refuseInsecure(callTo('/x//y?z=%20', {}, { host: 'api.example:8080' }), ['https'], status), {
      status,
      headers: [['Location', 'https://api.example/x//y?z=%20']],
    });
});

t.test('a key in the query stays behind, but under a Kong profile', async (t) => {
  const { routes } = checkConfig({ origins: ['https://a.test'], auth: { keyNames: ['apikey', 'token'] } });
  const route = routes[0] ?? null;
  const location = (kong: Context['kong']) =>
    refuseInsecure(callTo('/a?apikey=k&b=%7e&token=k', {}, { route, kong }), ['https'], 308)
      ?.headers?.[0]?.[1];
  t.equal(location(null), 'https://gateway.example/a?b=%7e');
  t.equal(location({} as never), 'https://gateway.example/a?apikey=k&b=%7e&token=k');
  const [other = null] = checkConfig({ origins: ['https://a.test'], jwt: { queryNames: ['token'] } }).routes;
  const [, to] =
    refuseInsecure(callTo('/a?b=1&token=t', {}, { route: other }), ['https'], 308)?.headers?.[0] ?? [];
  t.equal(to, 'https://gateway.example/a?b=1', 'and so does a token');
});
