import t from 'tap';
import type { Config } from '../../../lib/config/types.ts';
import { callerNetworkOf, callerOf, requestIdOf } from '../../../lib/core/request.ts';
import { openContext } from '../../../lib/http/context.ts';
import { configured } from '../../support/config.ts';
import { stateOf } from '../../support/state.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

type Event = Parameters<typeof openContext>[0];
interface Call {
  readonly headers?: Record<string, string>;
  /** Node's requests have none. */
  readonly cf?: object;
  readonly config?: Partial<Config>;
}
/** `url` as the runtime hands it over, which may be no URL that Request takes. */
function opened(url: string, { headers = {}, cf, config = {} }: Call = {}) {
  const state = stateOf(configured(config));
  const request = { url, method: 'GET', headers: new Headers(headers), cf };
  const event = { request, waitUntil: () => undefined } as unknown as Event;
  return { context: openContext(event, state, virtualRuntime()), state, event };
}
const KONG = { compat: 'kong-3' } as const;
const clientOf = (call: Call) => callerOf(opened('http://a/', call).context).client;

t.test('the URL is cut once into scheme, host, path and query', async (t) => {
  t.hasStrict(opened('https://api.example:8443/v1/a//b%2Fc?x=1&y=%20').context, {
    scheme: 'https',
    host: 'api.example:8443',
    path: '/v1/a//b%2Fc',
    query: '?x=1&y=%20',
    originQuery: '?x=1&y=%20',
  });
  const plain = { scheme: 'http', host: 'api.example', path: '/', query: '' };
  t.hasStrict(opened('http://api.example/').context, plain);
  t.hasStrict(opened('http://api.example/?').context, { path: '/' });
  t.hasStrict(opened('http://api.example/a?b=/c?d').context, { path: '/a', query: '?b=/c?d' });
});

t.test('on plain workerd the peer is whoever connected, whatever CF-Connecting-IP says', async (t) => {
  const headers = { 'cf-connecting-ip': '6.6.6.6' };
  for (const [clientIp, client] of [
    ['203.0.113.7:51234', '203.0.113.7'],
    ['[2001:db8::1]:51234', '2001:db8::1'],
    ['[::ffff:10.0.0.1]:80', '10.0.0.1'],
    ['[::ffff:a00:1]:80', '10.0.0.1'],
  ] as const)
    t.equal(clientOf({ headers, cf: { clientIp } }), client);
});

t.test('on Cloudflare it is CF-Connecting-IP, and `cf` is looked at once only', async (t) => {
  const headers = { 'cf-connecting-ip': '198.51.100.1' };
  const { context, state, event } = opened('http://a/', { headers, cf: { colo: 'AMS' } });
  t.equal(context.caller, null, 'nobody has asked yet');
  t.equal(callerOf(context).client, '198.51.100.1');
  Object.defineProperty(event.request, 'cf', { get: () => t.fail('cf was read again') });
  t.equal(callerOf(openContext(event, state, virtualRuntime())).client, '198.51.100.1');
});

t.test('a trusted proxy speaks for the caller, any other does not', async (t) => {
  const headers = { 'x-forwarded-for': '6.6.6.6, 198.51.100.9', 'x-forwarded-proto': 'https' };
  const call = { headers, cf: { clientIp: '10.0.0.1:1' } };
  t.hasStrict(opened('http://a/', { ...call, config: { trustedProxies: ['10.0.0.0/8'] } }).context, {
    caller: { peer: '10.0.0.1', client: '198.51.100.9' },
    trusted: true,
    scheme: 'https',
  });
  t.hasStrict(opened('http://a/', call).context, { caller: null, trusted: false, scheme: 'http' });
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
  const CASES: [target: string, path: string, query: string, why?: string][] = [
    ['/a\\..\\b?c\\d', '/b', '?c\\d'],
    ['/private#/../public', '/private', ''],
    ['/private//../public', '/private/public', ''],
    ['/%2e%2E/x/.\t./y?z#f', '/y', '?z'],
    ['/private\x01', '/private', '', 'at the end control characters and spaces vanish'],
    ['/private?q \x1f', '/private', '?q'],
    ['/pri\x0bvate', '/pri%0Bvate', '', 'and are escaped elsewhere'],
    ['/a//b%2F%5c;p?x=/../y', '/a//b%2F%5c;p', '?x=/../y', 'all else keeps its bytes'],
    ['/\u0170/caf\u00e9?\u00fc', '/%C5%B0/caf%C3%A9', '?%C3%BC', 'what is not ASCII travels as UTF-8'],
  ];
  for (const [target, path, query, why] of CASES)
    t.hasStrict(opened(`http://h:1${target}`).context, { host: 'h:1', path, query }, why ?? target);
});

t.test('hosts are read in one spelling, under the Kong profiles as sent', async (t) => {
  const read = (host: string, config = {}) => {
    const { unreadable, host: of } = opened(`http://${host}/x`, { config }).context;
    return unreadable?.status ?? of;
  };
  t.equal(read('SHOP.example.:8080'), 'shop.example:8080', 'plain workerd hands it over as it was sent');
  t.equal(read('b\u00fccher.example'), 'xn--bcher-kva.example');
  t.equal(read('Shop.example.:8080', KONG), 'Shop.example.:8080');
  const long = `${'a.'.repeat(30_000)}b`;
  for (const host of ['.', 'a..b', 'h:99999', 'evil@h', 'a b', long]) t.equal(read(host), 400);
  t.equal(read(long, KONG), 400);
});

t.test('a path about which servers disagree is refused, but under the Kong profiles', async (t) => {
  const refused = (target: string, config = {}) =>
    opened(`http://a${target}`, { config }).context.unreadable?.status;
  const encoded = ['/open/..%2fkeyed', '/open%2f../keyed', '/open/%2e%2e%5Ckeyed', '/a%2f..'];
  for (const target of ['/open/..;/keyed', '/x/.;a', ...encoded]) {
    t.equal(refused(target), 400, target);
    t.equal(refused(target, KONG), undefined, target);
  }
  for (const target of ['/a/..b;c', '/a;..', '/a%2Fb', '/...;/x', '/.well-known/x', '/x?y=/..;/'])
    t.equal(refused(target), undefined, target);
});

const PEER = { cf: { clientIp: '10.0.0.7:1' } };
const TRUSTED = { trustedProxies: ['10.0.0.0/8'] };

t.test('X-Forwarded-Proto of a trusted peer counts where all of it was https, in any case', async (t) => {
  const schemeOf = (proto: string, config = {}) => {
    const headers = { 'x-forwarded-proto': proto };
    return opened('http://a/', { ...PEER, headers, config: { ...TRUSTED, ...config } }).context.scheme;
  };
  for (const proto of ['https', 'HTTPS', 'https, https', 'https,WSS', ' wss '])
    t.equal(schemeOf(proto), 'https', proto);
  for (const proto of ['http', 'ws', '', 'ftp', 'https,http', 'http, https', 'https,', 'httpsx'])
    t.equal(schemeOf(proto), 'http', proto);
  t.equal(schemeOf('https', KONG), 'https');
  t.equal(schemeOf('HTTPS', KONG), 'http', 'Kong compares it exactly');
});

t.test('an IPv6 caller is its /64; itself under the Kong profiles, and behind a trusted proxy', async (t) => {
  const behind = { trustedProxies: ['10.0.0.1'] };
  const CASES: [clientIp: string, network: string, config?: Partial<Config>, forwarded?: string][] = [
    ['[2001:db8::1:2:3:4]:5', '2001:db8::/64'],
    ['[::ffff:10.0.0.1]:5', '10.0.0.1'],
    ['[2001:DB8::0:1]:5', '2001:db8::1', KONG],
    ['[2001:db8:1:2::3]:5', '2001:db8:1::/48', { ipv6Prefix: 48 }],
    ['10.0.0.1:5', '2001:db8::/64', { ...behind, ipv6Prefix: 64 }, '2001:db8::7'],
    ['10.0.0.1:5', '2001:db8::1', behind, '[2001:DB8::0:1]:77'],
  ];
  for (const [clientIp, network, config = {}, forwarded] of CASES) {
    const headers: Call['headers'] = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    t.equal(callerNetworkOf(opened('http://a/', { cf: { clientIp }, headers, config }).context), network);
  }
});

t.test("a trusted peer's request id is taken over; all others get one of their own", async (t) => {
  const idOf = (config: Partial<Config>) =>
    requestIdOf(opened('http://a/', { ...PEER, headers: { 'x-request-id': 'of-the-edge' }, config }).context);
  t.equal(idOf(TRUSTED), 'of-the-edge');
  for (const config of [{}, { trustedProxies: ['192.168.0.0/16'] }, { ...TRUSTED, ...KONG }])
    t.match(idOf(config), /^[0-9a-f]{32}$/);
});
