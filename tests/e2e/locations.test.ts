/** A caller can follow a redirect, however the route changed the path: on real workerd. */
import t from 'tap';
import type { Route } from '../../lib/config/types.ts';
import { gatewayFor } from '../support/gateway.ts';
import { act, originFor, startOrigin } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

/** Redirects each path to itself with a slash appended, as an absolute URL, as many servers do for folders. */
const addsSlash = () =>
  startOrigin((received, request, response) => {
    const [path = '', query] = received.url.split('?');
    const there = `http://${request.headers.host}${path}/${query === undefined ? '' : `?${query}`}`;
    return act(path.endsWith('/') ? { body: path } : { status: 301, headers: { location: there } }, response);
  });

t.test('a redirect leads back to the route that sent it', async (t) => {
  const origin = await addsSlash();
  t.teardown(origin.stop);
  const routes: [route: Omit<Route, 'pool'>, requested: string, location: string, arrives: string][] = [
    [{ paths: ['/plain'] }, '/plain/a', '/plain/a/', '/app/plain/a/'],
    [{ paths: ['/strip'], stripPath: true }, '/strip/a?b=c', '/strip/a/?b=c', '/app/a/'],
    [{ paths: ['/slash/'], stripPath: true }, '/slash/a', '/slash/a/', '/app/a/'],
    [{ paths: ['/base'], basePath: '/v2' }, '/base/a', '/base/a/', '/app/v2/base/a/'],
    [{ paths: ['/both'], stripPath: true, basePath: '/v2/' }, '/both/a', '/both/a/', '/app/v2/a/'],
    [{ paths: ['/ä b'], stripPath: true }, '/%C3%A4%20b/a', '/%C3%A4%20b/a/', '/app/a/'],
    [{ paths: ['~/v\\d+'], stripPath: true }, '/v12/a', '/v12/a/', '/app/a/'],
  ];
  const gateway = await gatewayFor(t, {
    pools: { api: { origins: [`${origin.url}/app`] } },
    routes: routes.map(([route]) => ({ ...route, pool: 'api' })),
    responseHeaders: false,
  });
  for (const [, path, location, arrives] of routes) {
    const answer = await rawRequest(gateway.port, { path });
    t.same([answer.status, answer.header('location')], [301, gateway.url + location], path);
    t.equal(
      (await rawRequest(gateway.port, { path: location })).text,
      arrives,
      'and is not redirected again',
    );
  }
});

t.test('a location outside the route gets the public host', async (t) => {
  const origin = await originFor(t);
  const gateway = await gatewayFor(t, {
    pools: { api: { origins: [`${origin.url}/app`] } },
    routes: [{ paths: ['/shop'], stripPath: true, basePath: '/v2', pool: 'api' }],
    responseHeaders: false,
  });
  for (const [there, here] of [
    [`${origin.url}/app/v2`, `${gateway.url}/shop/`],
    [`${origin.url}/app/login`, `${gateway.url}/login`],
    [`${origin.url}/app/v22/x`, `${gateway.url}/v22/x`],
    [`${origin.url}/elsewhere`, `${gateway.url}/elsewhere`],
    ['/app/v2/x', '/app/v2/x'],
    ['https://other.example/app/v2/x', 'https://other.example/app/v2/x'],
  ] as const) {
    origin.behave({ status: 302, headers: { location: there } });
    t.equal((await rawRequest(gateway.port, { path: '/shop/x' })).header('location'), here, there);
  }
});
