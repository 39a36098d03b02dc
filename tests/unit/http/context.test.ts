import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Config } from '../../../lib/config/types.ts';
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
  return { context: openContext(event, state, virtualRuntime()), state, event };
}

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
    t.equal(
      opened('http://a/', { headers, cf: { clientIp: '203.0.113.7:51234' } }).caller.client,
      '203.0.113.7',
    );
    t.equal(
      opened('http://a/', { headers, cf: { clientIp: '[2001:db8::1]:51234' } }).caller.client,
      '2001:db8::1',
    );
  },
);

t.test('on Cloudflare it is CF-Connecting-IP, and `cf` is looked at once only', async (t) => {
  const { context, state, event } = opened('http://a/', {
    headers: { 'cf-connecting-ip': '198.51.100.1' },
    cf: { colo: 'AMS' },
  });
  t.equal(caller.client, '198.51.100.1');
  Object.defineProperty(event.request, 'cf', { get: () => t.fail('cf was read again') });
  t.equal(openContext(event, state, virtualRuntime()).caller?.client, '198.51.100.1');
});

t.test('a trusted proxy speaks for the caller, any other does not', async (t) => {
  const headers = { 'x-forwarded-for': '6.6.6.6, 198.51.100.9', 'x-forwarded-proto': 'https' };
  const cf = { clientIp: '10.0.0.1:1' };
  t.hasStrict(opened('http://a/', { headers, cf, config: { trustedProxies: ['10.0.0.0/8'] } }).context, {
    peerIp: '10.0.0.1',
    clientIp: '198.51.100.9',
    trusted: true,
    scheme: 'https',
  });
  t.hasStrict(opened('http://a/', { headers, cf }).context, {
    peerIp: '10.0.0.1',
    clientIp: '10.0.0.1',
    trusted: false,
    scheme: 'http',
  });
});

t.test('each call has an id of its own', async (t) => {
  t.match(opened('http://a/').context.id, /^[0-9a-f]{32}$/);
});

t.test('a trace gets a span of ours only where the log records it', async (t) => {
  const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
  t.equal(opened('http://a/', { headers }).context.trace, null, 'handed on as it is');
  t.match(
    opened('http://a/', { headers, config: { log: 'all' } }).context.trace,
    /^00-0af7651916cd43dd8448eb211c80319c-/,
  );
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
  t.same(cut('/a//b%2F..%5c?x=/../y'), ['h:1', '/a//b%2F..%5c', '?x=/../y'], 'all else keeps its bytes');
});

t.test(
  'hosts are the same in capitals and with the dot of the root, but under the Kong profiles, where they go as sent',
  async (t) => {
    const hostOf = (url: string, compat: Config['compat'] | null = null) => {
      const state = stateOf(checkConfig({ origins: ['http://a'], ...(compat && { compat }) }));
      const request = { url, method: 'GET', headers: new Headers({ host: url.split('/')[2]! }) };
      return openContext(
        { request, waitUntil: () => undefined } as unknown as Parameters<typeof openContext>[0],
        state,
        virtualRuntime(),
      ).host;
    };
    t.equal(
      hostOf('http://Shop.EXAMPLE/x'),
      'shop.example',
      'plain workerd hands the URL over as it was sent',
    );
    t.equal(hostOf('http://shop.example./x'), 'shop.example');
    t.equal(hostOf('http://SHOP.example.:8080/x'), 'shop.example:8080');
    t.equal(hostOf('http://./x'), '');
    t.equal(hostOf('http://Shop.example.:8080/x', 'kong-3'), 'Shop.example.:8080');
  },
);

t.test(
  "a trusted peer's request id is taken over; a stranger's is not, nor any under a Kong profile",
  async (t) => {
    const idOf = (trustedProxies: string[], compat: Config['compat'] | null = null) =>
      opened('http://a/', {
        headers: { 'x-request-id': 'from-the-edge-1' },
        cf: { clientIp: '10.0.0.7:1' },
        config: { trustedProxies, ...(compat && { compat }) },
      }).context.id;
    t.equal(idOf(['10.0.0.0/8']), 'from-the-edge-1');
    for (const id of [idOf(['192.168.0.0/16']), idOf([]), idOf(['10.0.0.0/8'], 'kong-3')])
      t.match(id, /^[0-9a-f]{32}$/);
  },
);
