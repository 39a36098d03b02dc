import t from 'tap';
import { originPath } from '../../../lib/routing/rewrite.ts';
import { routeOf } from '../../support/config.ts';

/** Rows of Kong's own table (spec/fixtures/router_path_handling_tests.lua); tests/kong runs all: router-003 to -100. */
const TABLE: [base: string, matched: string, strip: boolean, request: string, v0: string, v1: string][] = [
  ['/', '/route', true, '/routereq', '/req', '/req'],
  ['/', '/route/', true, '/route/req', '/req', '/req'],
  ['/srv', '/rou', false, '/roureq', '/srv/roureq', '/srvroureq'],
  ['/srv', '/rou', true, '/roureq', '/srv/req', '/srvreq'],
  ['/srv/', '/rou', true, '/rou', '/srv', '/srv/'],
  ['/service', '/route', true, '/route/', '/service/', '/service/'],
  ['/service', '/route/', true, '/route/', '/service/', '/service'],
  ['/service/', '/', true, '/', '/service/', '/service/'],
  ['/service/', '/route', true, '/routereq', '/service/req', '/service/req'],
  ['/service', '', false, '/route', '/service/route', '/serviceroute'],
  ['/service', '/route', true, '/route..', '/service', '/service'],
];

t.test('base path and rest are joined as in Kong, v0 and v1', async (t) => {
  for (const [basePath, matched, stripPath, path, v0, v1] of TABLE) {
    const title = `${basePath} ${matched} ${stripPath} ${path}`;
    const route = { basePath, stripPath, paths: matched ? [matched] : [] };
    for (const kong of [true, false]) {
      t.equal(originPath(routeOf(route), matched, path, kong), v0, `v0 ${title}`);
      t.equal(originPath(routeOf({ ...route, pathHandling: 'v1' }), matched, path, kong), v1, `v1 ${title}`);
    }
  }
});

t.test("the plain profile keeps the caller's bytes, the Kong profiles normalise as Kong does", async (t) => {
  const route = routeOf({ paths: ['/a'] });
  const strip = routeOf({ paths: ['/a'], stripPath: true, basePath: '/base' });
  for (const [by, path, plain, kong] of [
    [route, '/a/%7eb//c%2fd', '/a/%7eb//c%2fd', '/a/~b/c%2Fd'],
    // Also where nothing needs normalising.
    [route, '/a/{id}', '/a/{id}', '/a/%7Bid%7D'],
    [strip, '/a/%7eb//c', '/base/%7eb//c', '/base/~b/c'],
    // An escaped prefix.
    [strip, '/%61/x%20y', '/base/x%20y', '/base/x%20y'],
  ] as const) {
    t.equal(originPath(by, '/a', path, false), plain);
    t.equal(originPath(by, '/a', path, true), kong);
  }
});

t.test('the rest of a path never leaves the base path', async (t) => {
  const strip = routeOf({ paths: ['/a'], stripPath: true, basePath: '/base' });
  for (const path of ['/a../x', '/a.%2e/x', '/a%2e%2e/x', '/a%2e/x', '/a./x'])
    for (const kong of [true, false]) t.equal(originPath(strip, '/a', path, kong), '/base/x', path);
});
