import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Config } from '../../../lib/config/types.ts';
import { callerNetworkOf, callerOf, requestIdOf } from '../../../lib/core/request.ts';
import { openContext } from '../../../lib/http/context.ts';
import { stateOf } from '../../support/state.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

/** Node's requests have no `cf`; the test gives them one. */
function opened(
  url: string,
  {
    headers = {},
    cf,
    config = {},
  }: { headers?: Record<string, string>; cf?: object; config?: Partial<Config> } = {},
) {
  const state = stateOf(checkConfig({ origins: ['http://a'], ...config }));
  const request = Object.assign(new Request(url, { headers }), { cf });
  const event = { request, waitUntil: () => undefined } as unknown as Parameters<typeof openContext>[0];
  const context = openContext(event, state, virtualRuntime());
  return { context, state, event };
}
const clientOf = (url: string, parts: Parameters<typeof opened>[1]) =>
  callerOf(opened(url, parts).context).client;

t.test('the URL is cut once into scheme, host, path and query', async (t) => {
  t.hasStrict(opened('https://api.example:8443/v1/a//b%2Fc?x=1&y=%20').context, {
    scheme: 'https',
    host: 'api.example:8443',
    path: '/v1/a//b%2Fc',
    query: '?x=1&y=%20',
    originQuery: '?x=1&y=%20',
  });
  t.hasStrict(opened('http://api.example/').context, {
    scheme: 'http',
    host: 'api.example',
    path: '/',
    query: '',
  });
  t.hasStrict(opened('http://api.example/?').context, { path: '/' });
  t.hasStrict(opened('http://api.example/a?b=/c?d').context, { path: '/a', query: '?b=/c?d' });
});

t.test(
  'on plain workerd the peer is whoever connected, and a forged CF-Connecting-IP is not believed',
  async (t) => {
    const headers = { 'cf-connecting-ip': '6.6.6.6' };
    t.equal(clientOf('http://a/', { headers, cf: { clientIp: '203.0.113.7:51234' } }), '203.0.113.7');
    t.equal(clientOf('http://a/', { headers, cf: { clientIp: '[2001:db8::1]:51234' } }), '2001:db8::1');
    t.equal(clientOf('http://a/', { headers, cf: { clientIp: '[::ffff:10.0.0.1]:80' } }), '10.0.0.1');
    t.equal(clientOf('http://a/', { headers, cf: { clientIp: '[::ffff:a00:1]:80' } }), '10.0.0.1');
  },
);

t.test('on Cloudflare it is CF-Connecting-IP, and `cf` is looked at once only', async (t) => {
  const { context, state, event } = opened('http://a/', {
    headers: { 'cf-connecting-ip': '198.51.100.1' },
    cf: { colo: 'AMS' },
  });
  t.equal(context.caller, null, 'nobody has asked yet');
  t.equal(callerOf(context).client, '198.51.100.1');
  Object.defineProperty(event.request, 'cf', { get: () => t.fail('cf was read again') });
  t.equal(callerOf(openContext(event, state, virtualRuntime())).client, '198.51.100.1');
});

t.test('a trusted proxy speaks for the caller, any other does not', async (t) => {
  const headers = { 'x-forwarded-for': '6.6.6.6, 198.51.100.9', 'x-forwarded-proto': 'https' };
  const cf = { clientIp: '10.0.0.1:1' };
  t.hasStrict(opened('http://a/', { headers, cf, config: { trustedProxies: ['10.0.0.0/8'] } }).context, {
    caller: { peer: '10.0.0.1', client: '198.51.100.9' },
    trusted: true,
    scheme: 'https',
  });
  t.hasStrict(opened('http://a/', { headers, cf }).context, {
    caller: null,
    trusted: false,
    scheme: 'http',
  });
});

t.test('each call has an id of its own', async (t) => {
  t.match(requestIdOf(opened('http://a/').context), /^[0-9a-f]{32}$/);
});

t.test('a trace gets a span of ours only where the log records it', async (t) => {
  const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
  const traced = (config: Partial<Config>) => {
    const { context, state } = opened('http://a/', { headers, config });
    for (const { early } of state.hooks) void early?.(context);
    return context.trace;
  };
  t.equal(traced({}), null, 'handed on as it is');
  t.match(traced({ log: 'all' }), /^00-0af7651916cd43dd8448eb211c80319c-/);
});

t.test('a path is cut as fetch will read it', async (t) => {
  const cut = (target: string) => {
    const state = stateOf(checkConfig({ origins: ['http://a'] }));
    const request = { url: `http://h:1${target}`, method: 'GET', headers: new Headers() };
    const { host, path, query } = openContext(
      { request, waitUntil: () => undefined } as unknown as Parameters<typeof openContext>[0],
      state,
      virtualRuntime(),
    );
    return [host, path, query];
  };
  t.same(cut('/a\\..\\b?c\\d'), ['h:1', '/b', '?c\\d']);
  t.same(cut('/private#/../public'), ['h:1', '/private', '']);
  t.same(cut('/private//../public'), ['h:1', '/private/public', '']);
  t.same(cut('/%2e%2E/x/.\t./y?z#f'), ['h:1', '/y', '?z']);
  t.same(cut('/private\x01'), ['h:1', '/private', ''], 'at the end control characters and spaces vanish');
  t.same(cut('/private?q \x1f'), ['h:1', '/private', '?q']);
  t.same(cut('/pri\x0bvate'), ['h:1', '/pri%0Bvate', ''], 'and are escaped elsewhere');
  t.same(cut('/a//b%2F%5c;p?x=/../y'), ['h:1', '/a//b%2F%5c;p', '?x=/../y'], 'all else keeps its bytes');
  t.same(
    cut('/\u0170/caf\u00e9?\u00fc'),
    ['h:1', '/%C5%B0/caf%C3%A9', '?%C3%BC'],
    'what is not ASCII travels as UTF-8',
  );
});

t.test('hosts are read in one spelling, under the Kong profiles as sent', async (t) => {
  const contextOf = (host: string, compat: Config['compat'] | null = null) => {
    const state = stateOf(checkConfig({ origins: ['http://a'], ...(compat && { compat }) }));
    const request = { url: `http://${host}/x`, method: 'GET', headers: new Headers() };
    const { host: read, unreadable } = openContext(
      { request, waitUntil: () => undefined } as unknown as Parameters<typeof openContext>[0],
      state,
      virtualRuntime(),
    );
    return unreadable ? unreadable.status : read;
  };
  t.equal(contextOf('SHOP.example.:8080'), 'shop.example:8080', 'plain workerd hands it over as it was sent');
  t.equal(contextOf('b\u00fccher.example'), 'xn--bcher-kva.example');
  t.equal(contextOf('Shop.example.:8080', 'kong-3'), 'Shop.example.:8080');
  for (const host of ['.', 'a..b', 'h:99999', 'evil@h', 'a b', `${'a.'.repeat(30_000)}b`])
    t.equal(contextOf(host), 400);
  t.equal(contextOf(`${'a.'.repeat(30_000)}b`, 'kong-3'), 400);
});

t.test('a path about which servers disagree is refused, but under the Kong profiles', async (t) => {
  const refused = (target: string, compat: Config['compat'] | null = null) =>
    opened(`http://a${target}`, { config: compat === null ? {} : { compat } }).context.unreadable?.status;
  for (const target of [
    '/open/..;/keyed',
    '/open/..%2fkeyed',
    '/open%2f../keyed',
    '/open/%2e%2e%5Ckeyed',
    '/x/.;a',
    '/a%2f..',
  ]) {
    t.equal(refused(target), 400, target);
    t.equal(refused(target, 'kong-3'), undefined, target);
  }
  for (const target of ['/a/..b;c', '/a;..', '/a%2Fb', '/...;/x', '/.well-known/x', '/x?y=/..;/'])
    t.equal(refused(target), undefined, target);
});

t.test(
  'X-Forwarded-Proto of a trusted peer counts in any case and list, where all of it was https',
  async (t) => {
    const schemeOf = (proto: string, compat: Config['compat'] | null = null) =>
      opened('http://a/', {
        headers: { 'x-forwarded-proto': proto },
        cf: { clientIp: '10.0.0.7:1' },
        config: { trustedProxies: ['10.0.0.0/8'], ...(compat && { compat }) },
      }).context.scheme;
    for (const proto of ['https', 'HTTPS', 'https, https', 'https,WSS', ' wss '])
      t.equal(schemeOf(proto), 'https', proto);
    for (const proto of ['http', 'ws', '', 'ftp', 'https,http', 'http, https', 'https,', 'httpsx'])
      t.equal(schemeOf(proto), 'http', proto);
    t.equal(schemeOf('https', 'kong-3'), 'https');
    t.equal(schemeOf('HTTPS', 'kong-3'), 'http', 'Kong compares it exactly');
  },
);

t.test(
  'an IPv6 caller that the platform tells is its /64; under the Kong profiles, and behind a trusted proxy, itself',
  async (t) => {
    const networkOf = (clientIp: string, config: Partial<Config> = {}, headers = {}) =>
      callerNetworkOf(opened('http://a/', { cf: { clientIp }, headers, config }).context);
    t.equal(networkOf('[2001:db8::1:2:3:4]:5'), '2001:db8::/64');
    t.equal(networkOf('[::ffff:10.0.0.1]:5'), '10.0.0.1');
    t.equal(networkOf('[2001:DB8::0:1]:5', { compat: 'kong-3' }), '2001:db8::1');
    t.equal(networkOf('[2001:db8:1:2::3]:5', { ipv6Prefix: 48 }), '2001:db8:1::/48');
    const trusted = { trustedProxies: ['10.0.0.1'] };
    const forwarded = { 'x-forwarded-for': '2001:db8::7' };
    t.equal(networkOf('10.0.0.1:5', { ...trusted, ipv6Prefix: 64 }, forwarded), '2001:db8::/64');
    t.equal(networkOf('10.0.0.1:5', trusted, { 'x-forwarded-for': '[2001:DB8::0:1]:77' }), '2001:db8::1');
  },
);

t.test(
  "a trusted peer's request id is taken over; a stranger's is not, nor any under a Kong profile",
  async (t) => {
    const idOf = (trustedProxies: string[], compat: Config['compat'] | null = null) =>
      requestIdOf(
        opened('http://a/', {
          headers: { 'x-request-id': 'from-the-edge-1' },
          cf: { clientIp: '10.0.0.7:1' },
          config: { trustedProxies, ...(compat && { compat }) },
        }).context,
      );
    t.equal(idOf(['10.0.0.0/8']), 'from-the-edge-1');
    for (const id of [idOf(['192.168.0.0/16']), idOf([]), idOf(['10.0.0.0/8'], 'kong-3')])
      t.match(id, /^[0-9a-f]{32}$/);
  },
);
