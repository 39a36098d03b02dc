import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Route } from '../../../lib/config/types.ts';
import { originPath } from '../../../lib/routing/rewrite.ts';

const routeOf = (route: Route) => checkConfig({ origins: ['http://a'], routes: [route] }).routes[0]!;

/** Kong's own table (spec/fixtures/router_path_handling_tests.lua), for both ways of joining. */
const TABLE: [base: string, matched: string, strip: boolean, request: string, v0: string, v1: string][] = [
  ['/', '/', false, '/', '/', '/'],
  ['/', '/', true, '/', '/', '/'],
  ['/', '/', true, '/route', '/route', '/route'],
  ['/', '/route', false, '/route', '/route', '/route'],
  ['/', '/route', true, '/route', '/', '/'],
  ['/', '/route', true, '/route/', '/', '/'],
  ['/', '/route', true, '/routereq', '/req', '/req'],
  ['/', '/route/', true, '/route/req', '/req', '/req'],
  ['/srv', '/rou', false, '/roureq', '/srv/roureq', '/srvroureq'],
  ['/srv', '/rou', true, '/roureq', '/srv/req', '/srvreq'],
  ['/srv/', '/rou', false, '/rou', '/srv/rou', '/srv/rou'],
  ['/srv/', '/rou', true, '/rou', '/srv', '/srv/'],
  ['/service', '/', false, '/', '/service', '/service'],
  ['/service', '/', true, '/', '/service', '/service'],
  ['/service', '/', false, '/route', '/service/route', '/serviceroute'],
  ['/service', '/', true, '/route', '/service/route', '/serviceroute'],
  ['/service', '/route', false, '/route', '/service/route', '/serviceroute'],
  ['/service', '/route', true, '/route', '/service', '/service'],
  ['/service', '/route', true, '/route/', '/service/', '/service/'],
  ['/service', '/route', true, '/routereq', '/service/req', '/servicereq'],
  ['/service', '/route/', false, '/route/req', '/service/route/req', '/serviceroute/req'],
  ['/service', '/route/', true, '/route/', '/service/', '/service'],
  ['/service', '/route/', true, '/route/req', '/service/req', '/servicereq'],
  ['/service/', '/', true, '/', '/service/', '/service/'],
  ['/service/', '/', false, '/route', '/service/route', '/service/route'],
  ['/service/', '/route', true, '/route', '/service', '/service/'],
  ['/service/', '/route', true, '/route/', '/service/', '/service/'],
  ['/service/', '/route', true, '/routereq', '/service/req', '/service/req'],
  ['/service/', '/route/', true, '/route/', '/service/', '/service/'],
  ['/', '', true, '/route', '/route', '/route'],
  ['/service', '', true, '/', '/service', '/service'],
  ['/service', '', false, '/route', '/service/route', '/serviceroute'],
  ['/service/', '', true, '/', '/service/', '/service/'],
  ['/service', '/route', true, '/route../req', '/service/req', '/servicereq'],
  ['/service', '/route', true, '/route./req', '/service/req', '/servicereq'],
  ['/service', '/route', true, '/route..', '/service', '/service'],
  ['/service', '/route', false, '/route../req', '/service/route../req', '/serviceroute../req'],
];

t.test('base path and rest meet as in Kong, old way and new', async (t) => {
  for (const [basePath, matched, stripPath, path, v0, v1] of TABLE) {
    const title = `${basePath} ${matched} ${stripPath} ${path}`;
    const route = { basePath, stripPath, paths: matched ? [matched] : [] };
    for (const kong of [true, false]) {
      t.equal(originPath(routeOf(route), matched, path, kong), v0, `v0 ${title}`);
      t.equal(originPath(routeOf({ ...route, pathHandling: 'v1' }), matched, path, kong), v1, `v1 ${title}`);
    }
  }
});

t.test("plain mode keeps the caller's bytes, Kong's profiles Kong's spelling", async (t) => {
  const route = routeOf({ paths: ['/a'] });
  t.equal(originPath(route, '/a', '/a/%7eb//c%2fd', false), '/a/%7eb//c%2fd');
  t.equal(originPath(route, '/a', '/a/%7eb//c%2fd', true), '/a/~b/c%2Fd');
  t.equal(originPath(route, '/a', '/a/{id}', false), '/a/{id}');
  t.equal(originPath(route, '/a', '/a/{id}', true), '/a/%7Bid%7D', 'of what needs no other spelling too');
  const strip = routeOf({ paths: ['/a'], stripPath: true, basePath: '/base' });
  t.equal(originPath(strip, '/a', '/a/%7eb//c', false), '/base/%7eb//c');
  t.equal(originPath(strip, '/a', '/%61/x%20y', false), '/base/x%20y', 'a prefix in another spelling');
});

t.test('what is left of a path never climbs above the base path', async (t) => {
  const strip = routeOf({ paths: ['/a'], stripPath: true, basePath: '/base' });
  for (const path of ['/a../x', '/a.%2e/x', '/a%2e%2e/x', '/a%2e/x', '/a./x'])
    for (const kong of [true, false]) t.equal(originPath(strip, '/a', path, kong), '/base/x', path);
});

t.test('a stripped regular expression takes exactly what it matched', async (t) => {
  const strip = routeOf({ paths: ['~/users/\\d+'], stripPath: true });
  t.equal(originPath(strip, '/users/12', '/users/12/profile', true), '/profile');
});
