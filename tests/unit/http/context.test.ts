/** Reading a request. That no spelling bypasses a rule: tests/properties/paths.test.ts and tests/e2e/abuse*.test.ts. */
import t from 'tap';
import type { Config } from '../../../lib/config/types.ts';
import { callerNetworkOf, callerOf, publicHostOf, requestIdOf } from '../../../lib/core/request.ts';
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
/** `url` is as the runtime passes it; Request might reject it. */
function opened(url: string, { headers = {}, cf, config = {} }: Call = {}) {
  const state = stateOf(configured(config), virtualRuntime());
  const request = { url, method: 'GET', headers: new Headers(headers), cf };
  const event = { request, waitUntil: () => undefined } as unknown as Event;
  return { context: openContext(event, state), state, event };
}
const KONG = { compat: 'kong-3' } as const;
const PEER = { cf: { clientIp: '10.0.0.7:1' } };
const TRUSTED = { trustedProxies: ['10.0.0.0/8'] };

t.test('the URL is split into scheme, host, path and query, as fetch reads it', async (t) => {
  t.hasStrict(opened('https://api.example:8443/v1/a//b%2Fc?x=1&y=%20').context, {
    scheme: 'https',
    host: 'api.example:8443',
    path: '/v1/a//b%2Fc',
    query: '?x=1&y=%20',
    originQuery: '?x=1&y=%20',
  });
  const CASES: [target: string, path: string, query: string, why?: string][] = [
    ['/', '/', ''],
    ['/a?b=/c?d', '/a', '?b=/c?d'],
    ['/a\\..\\b?c\\d', '/b', '?c\\d'],
    ['/private#/../public', '/private', ''],
    ['/private//../public', '/private/public', ''],
    ['/%2e%2E/x/.\t./y?z#f', '/y', '?z'],
    ['/private\x01', '/private', '', 'trailing control characters and spaces are dropped'],
    ['/private?q \x1f', '/private', '?q'],
    ['/pri\x0bvate', '/pri%0Bvate', '', 'and escaped elsewhere'],
    ['/a//b%2F%5c;p?x=/../y', '/a//b%2F%5c;p', '?x=/../y', 'all else is unchanged'],
    ['/\u0170/caf\u00e9?\u00fc', '/%C5%B0/caf%C3%A9', '?%C3%BC', 'what is not ASCII is sent as UTF-8'],
  ];
  for (const [target, path, query, why] of CASES)
    t.hasStrict(opened(`http://h:1${target}`).context, { host: 'h:1', path, query }, why ?? target);
});

t.test('the client is the peer on plain workerd, and CF-Connecting-IP on Cloudflare', async (t) => {
  const headers = { 'cf-connecting-ip': '198.51.100.1' };
  for (const [cf, client] of [
    [{ clientIp: '203.0.113.7:51234' }, '203.0.113.7'],
    [{ clientIp: '[2001:db8::1]:51234' }, '2001:db8::1'],
    [{ clientIp: '[::ffff:10.0.0.1]:80' }, '10.0.0.1'],
    [{ clientIp: '[::ffff:a00:1]:80' }, '10.0.0.1'],
    [{ colo: 'AMS' }, '198.51.100.1'],
  ] as const)
    t.equal(callerOf(opened('http://a/', { headers, cf }).context).client, client);
  const { context, state, event } = opened('http://a/', { headers, cf: { colo: 'AMS' } });
  t.equal(context.caller, null, 'only read if needed');
  Object.defineProperty(event.request, 'cf', { get: () => t.fail('cf was read again') });
  t.equal(callerOf(openContext(event, state)).client, '198.51.100.1');
});

t.test('a malformed host is rejected, and an ambiguous path except under the Kong profiles', async (t) => {
  const read = (url: string, config = {}) => {
    const { unreadable, host } = opened(`http://${url}`, { config }).context;
    return unreadable?.status ?? host;
  };
  t.equal(read('SHOP.example.:8080/'), 'shop.example:8080', 'plain workerd passes it as sent');
  t.equal(read('Shop.example.:8080/', KONG), 'Shop.example.:8080');
  const long = `${'a.'.repeat(30_000)}b/`;
  for (const host of ['./', 'h:99999/', long]) t.equal(read(host), 400);
  t.equal(read(long, KONG), 400);
  const encoded = ['/open/..%2fkeyed', '/open%2f../keyed', '/open/%2e%2e%5Ckeyed', '/a%2f..'];
  for (const target of ['/open/..;/keyed', '/x/.;a', ...encoded]) {
    t.equal(read(`a${target}`), 400, target);
    t.equal(read(`a${target}`, KONG), 'a', target);
  }
  for (const target of ['/a/..b;c', '/a;..', '/a%2Fb', '/...;/x', '/.well-known/x', '/x?y=/..;/'])
    t.equal(read(`a${target}`), 'a', target);
});

t.test('X-Forwarded-Proto of a trusted peer counts if all of it is https, in any case', async (t) => {
  const schemeOf = (proto: string, config: Partial<Config> = TRUSTED) =>
    opened('http://a/', { ...PEER, headers: { 'x-forwarded-proto': proto }, config }).context.scheme;
  for (const proto of ['HTTPS', 'https, https', 'https,WSS', ' wss '])
    t.equal(schemeOf(proto), 'https', proto);
  for (const proto of ['http', 'ws', '', 'ftp', 'https,http', 'http, https', 'https,', 'httpsx'])
    t.equal(schemeOf(proto), 'http', proto);
  t.equal(schemeOf('https', {}), 'http', 'that of an untrusted peer is ignored');
  t.equal(schemeOf('https', { ...TRUSTED, ...KONG }), 'https');
  t.equal(schemeOf('HTTPS', { ...TRUSTED, ...KONG }), 'http', 'Kong compares it exactly');
});

t.test('address, id, host and scheme that a peer forwards count only if it is trusted', async (t) => {
  const forwarded = {
    'x-forwarded-for': '198.51.100.1',
    'x-request-id': 'id-1',
    'x-forwarded-host': 'Shop.example, inner.example',
    'x-forwarded-proto': 'https',
  };
  const read = (config: Partial<Config>, more: Record<string, string> = {}) => {
    const { context } = opened('http://a/', { ...PEER, headers: { ...forwarded, ...more }, config });
    const id = requestIdOf(context);
    const isOwn = /^[\da-f]{32}$/.test(id);
    return [callerOf(context).client, isOwn ? 'own' : id, publicHostOf(context), context.scheme];
  };
  t.same(read(TRUSTED), ['198.51.100.1', 'id-1', 'shop.example', 'https']);
  for (const config of [{}, { trustedProxies: ['192.0.2.0/24'] }])
    t.same(read(config), ['10.0.0.7', 'own', 'a', 'http']);
  for (const id of ['x'.repeat(65), 'a b', ''])
    t.equal(read(TRUSTED, { 'x-request-id': id })[1], 'own', 'unsuitable for a log line');
  t.equal(read({ ...TRUSTED, ...KONG })[1], 'own', 'Kong uses none');
});

t.test('an IPv6 caller counts as its /64; for Kong and behind a trusted proxy as itself', async (t) => {
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
