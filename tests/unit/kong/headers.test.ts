/** Kong's headers beyond the cases of tests/kong: exact figures, spellings of hosts, HTTP versions. */
import t from 'tap';
import type { Config } from '../../../lib/config/types.ts';
import { forwardKongHeaders, addKongHeaders } from '../../../lib/kong/headers.ts';
import { configured } from '../../support/config.ts';
import { callTo, type Parts } from '../../support/context.ts';

const settingsOf = (config: Partial<Config> = {}) => configured({ compat: 'kong-3', ...config });
const ID = 'f'.repeat(32);
type Lines = Record<string, string>;

function forwarded(before: Lines, parts: Parts = {}, config: Partial<Config> = {}): Lines {
  const headers = new Headers(before) as never;
  const peer = { host: 'Api.test', peerIp: '10.0.0.9', clientIp: '10.0.0.9' };
  forwardKongHeaders(headers, callTo('/raw//path?q=1', {}, { ...peer, ...parts }), settingsOf(config));
  return Object.fromEntries(headers);
}
function stamped(before: Lines, proxied: boolean, config: Partial<Config> = {}): Lines {
  const headers = new Headers(before) as never;
  const times = proxied ? { sentAt: 103, answeredAt: 150 } : {};
  const context = callTo('/', {}, { startedAt: 100, ...times });
  addKongHeaders(headers, context, settingsOf(config), { proxied, status: 201 }, 160);
  return Object.fromEntries(headers);
}
t.test('the forwarded port is that of the Host header or the scheme, mapped by portMaps', async (t) => {
  const CASES: [parts: Parts, port: string, portMaps?: object][] = [
    [{ host: 'a:8000' }, '8000'],
    [{ scheme: 'https' }, '443'],
    [{ host: '[::1]:81' }, '81'],
    [{ host: '[::1]' }, '80'],
    [{ host: 'a:8000' }, '80', { 8000: 80 }],
  ];
  for (const [parts, port, portMaps = {}] of CASES)
    t.equal(forwarded({}, parts, { kong: { portMaps } as never })['x-forwarded-port'], port);
  t.equal(forwarded({}, { host: '[::1]:81' })['x-forwarded-host'], '[::1]');
});

t.test('a Proxy header never reaches a CGI script (httpoxy)', async (t) => {
  t.notOk('proxy' in forwarded({ proxy: 'http://evil.test' }));
});

t.test('Via is appended, with the protocol of the request', async (t) => {
  const request = { cf: { httpProtocol: 'HTTP/2' } } as never;
  t.equal(forwarded({ via: '1.1 dev' }, { request })['via'], '1.1 dev, 2 kong/3.10.0');
});

t.test('headers added to a response, of an origin and of the gateway itself', async (t) => {
  const [kong, old] = ['kong/3.10.0', { compat: 'kong-2018' } as const];
  const latencies = { 'x-kong-upstream-latency': '47', 'x-kong-proxy-latency': '3' };
  const id = { 'x-kong-request-id': ID };
  const some = { kong: { headers: ['Via', 'X-Kong-Upstream-Status', 'X-Kong-Response-Latency'] } };
  const own = { server: 'own', via: '2 nginx' };
  const CASES: [what: string, proxied: boolean, before: Lines, after: Lines, config?: Partial<Config>][] = [
    ['an origin', true, own, { ...own, via: `2 nginx, 1.1 ${kong}`, ...latencies, ...id }],
    ['itself', false, { 'x-kong-request-id': 'x' }, { server: kong, 'x-kong-response-latency': '60', ...id }],
    ['2018', true, { via: '2 nginx' }, { server: 'kong/0.14.1', via: 'kong/0.14.1', ...latencies }, old],
    ['itself, 2018', false, {}, { server: 'kong/0.14.1' }, old],
    ['by name', true, {}, { via: `1.1 ${kong}`, 'x-kong-upstream-status': '201' }, some],
    ['itself, by name', false, {}, { 'x-kong-response-latency': '60' }, some],
  ];
  for (const [what, proxied, before, after, config] of CASES)
    t.same(stamped(before, proxied, config), after, what);
});
