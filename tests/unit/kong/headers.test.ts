import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Config } from '../../../lib/config/types.ts';
import { forwardKongHeaders, addKongHeaders } from '../../../lib/kong/headers.ts';
import { callTo } from '../../support/journeys.ts';
import type { Parts } from '../../support/journeys.ts';

const settingsOf = (config: Partial<Config> = {}) =>
  checkConfig({ origins: ['http://a'], compat: 'kong-3', ...config });
const ID = 'f'.repeat(32);

function forwarded(
  before: Record<string, string>,
  parts: Parts = {},
  config: Partial<Config> = {},
): Record<string, string> {
  const headers = new Headers(before);
  forwardKongHeaders(
    headers as never,
    callTo('/raw//path?q=1', {}, { host: 'Api.test', peerIp: '10.0.0.9', clientIp: '10.0.0.9', ...parts }),
    settingsOf(config),
  );
  return Object.fromEntries(headers);
}
function stamped(
  before: Record<string, string>,
  proxied: boolean,
  config: Partial<Config> = {},
): Record<string, string> {
  const headers = new Headers(before);
  const context = callTo(
    '/',
    {},
    { startedAt: 100, sentAt: proxied ? 103 : 0, answeredAt: proxied ? 150 : 0 },
  );
  addKongHeaders(headers as never, context, settingsOf(config), { proxied, status: 201 }, 160);
  return Object.fromEntries(headers);
}
const SPOOFED = {
  'x-real-ip': '6.6.6.6',
  'x-forwarded-for': '6.6.6.6',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil',
  'x-forwarded-port': '666',
  'x-forwarded-path': '/evil',
  'x-forwarded-prefix': '/evil',
  'x-kong-request-id': 'evil',
  proxy: 'evil',
};

t.test('an unknown peer is told of as it is', async (t) => {
  t.same(forwarded({}), {
    'x-real-ip': '10.0.0.9',
    'x-forwarded-for': '10.0.0.9',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'api.test',
    'x-forwarded-port': '80',
    'x-forwarded-path': '/raw//path',
    'x-kong-request-id': ID,
    via: '1.1 kong/3.10.0',
  });
});

t.test('nothing that it says of itself is believed but the list it began', async (t) => {
  t.same(forwarded(SPOOFED), { ...forwarded({}), 'x-forwarded-for': '6.6.6.6, 10.0.0.9' });
});

t.test('a trusted peer is believed, and added to the list', async (t) => {
  const own = forwarded(SPOOFED, { trusted: true, clientIp: '6.6.6.6' });
  t.match(own, {
    'x-real-ip': '6.6.6.6',
    'x-forwarded-for': '6.6.6.6, 10.0.0.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil',
    'x-forwarded-port': '666',
    'x-forwarded-path': '/evil',
    'x-forwarded-prefix': '/evil',
    'x-kong-request-id': ID,
  });
  t.same(forwarded({}, { trusted: true }), forwarded({}), 'what it does not say is told as for any other');
});

t.test('the port is that of the Host header, or the scheme, as callers know it', async (t) => {
  const port = (parts: Parts, portMaps = {}) =>
    forwarded({}, parts, { kong: { portMaps } })['x-forwarded-port'];
  t.equal(port({ host: 'a:8000' }), '8000');
  t.equal(port({ scheme: 'https' }), '443');
  t.equal(port({ host: '[::1]:81' }), '81');
  t.equal(port({ host: '[::1]' }), '80');
  t.equal(port({ host: 'a:8000' }, { 8000: 80 }), '80');
  t.equal(forwarded({}, { host: '[::1]:81' })['x-forwarded-host'], '[::1]');
});

t.test('the prefix is told where one was cut', async (t) => {
  const prefix = (stripPath: boolean, matchedPath: string) =>
    forwarded(
      { 'x-forwarded-prefix': '/spoof' },
      { matchedPath, route: settingsOf({ routes: [{ stripPath }] }).routes[0]! },
    )['x-forwarded-prefix'];
  t.equal(prefix(true, '/foo'), '/foo');
  t.equal(prefix(true, '/'), undefined);
  t.equal(prefix(true, ''), undefined);
  t.equal(prefix(false, '/foo'), undefined);
});

t.test('Via goes on, with the protocol of the request', async (t) => {
  t.equal(forwarded({ via: '1.1 dev' })['via'], '1.1 dev, 1.1 kong/3.10.0');
  const request = { cf: { httpProtocol: 'HTTP/2' } } as never;
  t.equal(forwarded({}, { request })['via'], '2 kong/3.10.0');
});

t.test('headers_upstream: off tells the origin no request id', async (t) => {
  t.equal(forwarded(SPOOFED, {}, { kong: { upstreamRequestId: false } })['x-kong-request-id'], undefined);
});

t.test('Kong of 2018 told the origin less', async (t) => {
  t.same(Object.keys(forwarded({}, {}, { compat: 'kong-2018' })).sort(), [
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-port',
    'x-forwarded-proto',
    'x-real-ip',
  ]);
});

t.test('an answer that came from an origin has the two latencies', async (t) => {
  t.same(stamped({ server: 'mock', via: '2 nginx' }, true), {
    server: 'mock',
    via: '2 nginx, 1.1 kong/3.10.0',
    'x-kong-upstream-latency': '47',
    'x-kong-proxy-latency': '3',
    'x-kong-request-id': ID,
  });
  t.equal(stamped({}, true)['server'], 'kong/3.10.0');
});

t.test('an answer made here has the one', async (t) => {
  t.same(stamped({ 'x-kong-request-id': 'evil' }, false), {
    server: 'kong/3.10.0',
    'x-kong-response-latency': '60',
    'x-kong-request-id': ID,
  });
});

t.test('2018: no request id, no latency of its own, a Via of its own', async (t) => {
  t.same(stamped({ via: '2 nginx' }, true, { compat: 'kong-2018' }), {
    server: 'kong/0.14.1',
    via: 'kong/0.14.1',
    'x-kong-upstream-latency': '47',
    'x-kong-proxy-latency': '3',
  });
  t.same(stamped({}, false, { compat: 'kong-2018' }), { server: 'kong/0.14.1' });
});

t.test('headers by name: those and no others, the upstream status only if it is named', async (t) => {
  const some = { kong: { headers: ['Via', 'X-Kong-Upstream-Status', 'X-Kong-Response-Latency'] } };
  t.same(stamped({}, true, some), { via: '1.1 kong/3.10.0', 'x-kong-upstream-status': '201' });
  t.same(stamped({}, false, some), { 'x-kong-response-latency': '60' });
  t.same(stamped({ server: 'own' }, true, { kong: { headers: [] } }), { server: 'own' });
});

t.test('headers: off leaves the answer alone', async (t) => {
  for (const config of [{ kong: { headers: false } }])
    for (const proxied of [true, false])
      t.same(stamped({ server: 'mock' }, proxied, config), { server: 'mock' });
});

t.test('Kong-Debug is told the route and its service, where that is on', async (t) => {
  const told = (config: Partial<Config>, sent: Record<string, string> = { 'kong-debug': '1' }) => {
    const settings = settingsOf({
      routes: [
        { id: 'r-1', name: 'orders', service: { id: 's-1', name: 'shop' } },
        { id: 'r-2', service: { id: 's-2' } },
      ],
      ...config,
    });
    return settings.routes.map((route) => {
      const headers = new Headers();
      addKongHeaders(
        headers as never,
        callTo('/', { headers: sent }, { route }),
        settings,
        { proxied: false, status: 401 },
        0,
      );
      return Object.fromEntries([...headers].filter(([name]) => name.startsWith('kong-')));
    });
  };
  const all = [
    {
      'kong-route-id': 'r-1',
      'kong-route-name': 'orders',
      'kong-service-id': 's-1',
      'kong-service-name': 'shop',
    },
    { 'kong-route-id': 'r-2', 'kong-service-id': 's-2' },
  ];
  t.same(told({ kong: { debugHeaders: true } }), all);
  t.same(told({}), [{}, {}], 'off by default');
  t.same(told({ kong: { debugHeaders: true } }, {}), [{}, {}], 'nobody asks');
  t.same(told({ compat: 'kong-2018' }), all, 'Kong of 2018 always answered');
});
