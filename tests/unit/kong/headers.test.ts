/** What no case in tests/kong says of Kong's headers: exact figures, spellings of hosts, versions of HTTP. */
import t from 'tap';
import type { Config } from '../../../lib/config/types.ts';
import { forwardKongHeaders, addKongHeaders } from '../../../lib/kong/headers.ts';
import { configured } from '../../support/config.ts';
import { callTo, type Parts } from '../../support/journeys.ts';

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

t.test('of an unknown peer nothing is believed but the list it began; a trusted one is', async (t) => {
  const told = {
    'x-real-ip': '10.0.0.9',
    'x-forwarded-for': '10.0.0.9',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'api.test',
    'x-forwarded-port': '80',
    'x-forwarded-path': '/raw//path',
    'x-kong-request-id': ID,
    via: '1.1 kong/3.10.0',
  };
  t.same(forwarded({}), told);
  t.same(forwarded(SPOOFED), { ...told, 'x-forwarded-for': '6.6.6.6, 10.0.0.9' });
  const { proxy: _proxy, ...believed } = SPOOFED;
  const of = { 'x-forwarded-for': '6.6.6.6, 10.0.0.9', 'x-kong-request-id': ID };
  t.match(forwarded(SPOOFED, { trusted: true, clientIp: '6.6.6.6' }), { ...believed, ...of });
  t.same(forwarded({}, { trusted: true }), told, 'what it does not say is told as for any other');
});

t.test('the port is that of the Host header, or the scheme, as callers know it', async (t) => {
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

t.test('the prefix is told where one was cut', async (t) => {
  for (const [stripPath, matchedPath, prefix] of [
    [true, '/foo', '/foo'],
    [true, '/', undefined],
    [true, '', undefined],
    [false, '/foo', undefined],
  ] as const) {
    const [route] = settingsOf({ routes: [{ stripPath }] }).routes;
    const headers = forwarded({ 'x-forwarded-prefix': '/spoof' }, { matchedPath, route: route! });
    t.equal(headers['x-forwarded-prefix'], prefix);
  }
});

t.test('Via goes on, with the protocol of the request', async (t) => {
  t.equal(forwarded({ via: '1.1 dev' })['via'], '1.1 dev, 1.1 kong/3.10.0');
  const request = { cf: { httpProtocol: 'HTTP/2' } } as never;
  t.equal(forwarded({}, { request })['via'], '2 kong/3.10.0');
});

t.test('what an answer is told, of an origin and of the gateway itself', async (t) => {
  const [kong, old] = ['kong/3.10.0', { compat: 'kong-2018' } as const];
  const latencies = { 'x-kong-upstream-latency': '47', 'x-kong-proxy-latency': '3' };
  const id = { 'x-kong-request-id': ID };
  const some = { kong: { headers: ['Via', 'X-Kong-Upstream-Status', 'X-Kong-Response-Latency'] } };
  const own = { server: 'own', via: '2 nginx' };
  const CASES: [what: string, proxied: boolean, before: Lines, after: Lines, config?: Partial<Config>][] = [
    ['an origin', true, own, { ...own, via: `2 nginx, 1.1 ${kong}`, ...latencies, ...id }],
    ['one without a name', true, {}, { server: kong, via: `1.1 ${kong}`, ...latencies, ...id }],
    ['itself', false, { 'x-kong-request-id': 'x' }, { server: kong, 'x-kong-response-latency': '60', ...id }],
    ['2018', true, { via: '2 nginx' }, { server: 'kong/0.14.1', via: 'kong/0.14.1', ...latencies }, old],
    ['itself, 2018', false, {}, { server: 'kong/0.14.1' }, old],
    ['by name', true, {}, { via: `1.1 ${kong}`, 'x-kong-upstream-status': '201' }, some],
    ['itself, by name', false, {}, { 'x-kong-response-latency': '60' }, some],
    ['none', true, own, own, { kong: { headers: [] } }],
    ['off', true, own, own, { kong: { headers: false } }],
    ['itself, off', false, own, own, { kong: { headers: false } }],
  ];
  for (const [what, proxied, before, after, config] of CASES)
    t.same(stamped(before, proxied, config), after, what);
});
