/** What a route does with a matching request: path and host at the upstream, redirects, rejections. */
import type { KongCase } from '../case.ts';
import { get, withPlugins, one, refusal, received, preflight, routes, wins } from './forms.ts';

export const routerPaths: KongCase[] = [
  one(
    'router: service disabled',
    {
      _format_version: '3.0',
      services: [
        {
          name: 's',
          url: 'http://upstream.test',
          enabled: false,
          routes: [{ name: 'r', hosts: ['a.test'] }],
        },
      ],
    },
    get('/'),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: double slashes merge',
    routes({ paths: ['/a/b'], strip_path: false }),
    get('//a///b'),
    wins(0, { path: '/a/b' }),
  ),
  one(
    'router: a prefix is a plain string',
    routes({ paths: ['/foo'] }),
    get('/foobar'),
    wins(0, { path: '/bar' }),
  ),
  one(
    'router: escapes become upper case',
    routes({ paths: ['/a'], strip_path: false }),
    get('/a/x%2fy%7ez'),
    wins(0, { path: '/a/x%2Fy~z' }),
  ),
  one(
    'router: unicode is escaped',
    routes({ paths: ['/a'], strip_path: false }),
    get('/a/%C3%A9%20'),
    wins(0, { path: '/a/%C3%A9%20' }),
  ),
  one(
    'router: a lone question mark',
    routes({ paths: ['/'] }),
    get('/x?'),
    wins(0, { pathWithQuery: '/x?' }),
  ),
  one(
    'router: regex captures only what matched',
    routes({ paths: ['~/v\\d'] }),
    get('/v1/x'),
    wins(0, { path: '/x' }),
  ),
  one(
    'router: service path',
    {
      _format_version: '3.0',
      services: [{ name: 's', url: 'http://upstream.test/base/', routes: [{ name: 'r', paths: ['/x'] }] }],
    },
    get('/x/y'),
    received({ path: '/base/y' }),
  ),
  one(
    'router: preserve host, with the port',
    routes({ hosts: ['a.test'], preserve_host: true }),
    get('/', { Host: 'a.test:8000' }),
    received({ headers: { equal: { host: 'a.test:8000' } } }),
  ),
  one(
    'router: format 2.1 guesses regexes',
    { ...routes({ paths: ['/v\\d+/x'] }), _format_version: '2.1' },
    get('/v12/x'),
    wins(0, { path: '/' }),
  ),
  one(
    'router: preflight of a route with only GET',
    withPlugins([], {
      services: [
        {
          name: 's',
          url: 'http://upstream.test',
          routes: [{ name: 'r', methods: ['GET'], plugins: [{ name: 'cors' }] }],
        },
      ],
    }),
    preflight('http://x.test'),
    refusal(404, 'no Route matched with those values'),
  ),
];
