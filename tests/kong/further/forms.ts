/**
 * The short form of a case: `one(id, configuration, request, expectation)`, and the configurations, requests and
 * expectations that several files share. As JSON, like cases.json, the same cases take five times the lines.
 */
import type { Expectation, KongCase, KongRequest } from '../case.ts';

export type Config = KongCase['config'];
export type Headers = KongRequest['headers'];

export const BOB = {
  id: '11111111-1111-4111-8111-111111111111',
  username: 'bob',
  keyauth_credentials: [{ id: '22222222-2222-4222-8222-222222222222', key: 'kong' }],
};
export const ANONYMOUS = { id: '33333333-3333-4333-8333-333333333333', username: 'no-body' };

export function get(path: string, headers: Headers = {}, more: Partial<KongRequest> = {}): KongRequest {
  return { method: 'GET', path, headers: { Host: 'a.test', ...headers }, body: null, ...more };
}

export function post(path: string, type: string, body: string, headers: Headers = {}): KongRequest {
  return get(path, { 'Content-Type': type, ...headers }, { method: 'POST', body });
}

/** One service, one route for everything at a.test, with these plugins. */
export function withPlugins(plugins: unknown[], more: object = {}, service: object = {}): Config {
  return {
    _format_version: '3.0',
    services: [
      {
        name: 's',
        url: 'http://upstream.test',
        ...service,
        routes: [{ name: 'r', hosts: ['a.test'], plugins }],
      },
    ],
    consumers: [BOB, ANONYMOUS],
    ...more,
  };
}
export const plugin = (name: string, config: object = {}, more: object = {}): object => ({
  name,
  config,
  ...more,
});
/** Every origin responds like this. */
export const answering = (headers: Headers, body = '{"p":"v"}', status = 200): object => ({
  x_mock: { default: { status, headers, body } },
});
export const keyAuth = (config: object = {}, more: object = {}): Config =>
  withPlugins([{ name: 'key-auth', config }], more);
export const cors = (config: object = {}): Config => withPlugins([{ name: 'cors', config }]);
export const limit = (config: object, more: object = {}): Config =>
  withPlugins([{ name: 'rate-limiting', config: { policy: 'local', ...config } }], more);

export function one(
  id: string,
  config: Config,
  request: KongRequest,
  expect: Expectation,
  more: Partial<KongCase> = {},
): KongCase {
  return {
    id,
    area: `${id.slice(0, id.indexOf(':'))}`,
    kong: '3.10',
    level: 'blackbox',
    portability: 'ok',
    config,
    request,
    expect,
    ...more,
  };
}
export const refusal = (status: number, message: string, equal: Headers = {}): Expectation => ({
  status,
  bodyJson: { message, request_id: '<hex32>' },
  headers: { equal },
  upstreamReceives: { hits: 0 },
});
export const received = (upstreamReceives: NonNullable<Expectation['upstreamReceives']>): Expectation => ({
  status: 200,
  upstreamReceives,
});

export const JSON_TYPE = 'application/json';
export const ANY_TYPE = { Accept: '*/*' };
export const ANY = { 'Access-Control-Allow-Origin': '*' };
export const preflight = (origin: string, headers: Headers = {}): KongRequest =>
  get('/', { Origin: origin, 'Access-Control-Request-Method': 'GET', ...headers }, { method: 'OPTIONS' });
export const proxy = withPlugins([]);
export const conf = (settings: Record<string, string>, more: object = {}): Config =>
  ({ ...proxy, x_kong_conf: settings, ...more }) as Config;

export const routes = (...list: object[]): Config => ({
  _format_version: '3.0',
  services: list.map((route, index) => ({
    name: `s${index}`,
    host: `r${index}.test`,
    routes: [{ name: `r${index}`, ...route }],
  })),
});
export const wins = (index: number, more: object = {}): Expectation =>
  received({ headers: { equal: { host: `r${index}.test` } }, ...more });
