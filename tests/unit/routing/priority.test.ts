import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Route } from '../../../lib/config/types.ts';
import { compareIds, rankKeys } from '../../../lib/routing/priority.ts';

const routeOf = (route: Route) => checkConfig({ origins: ['http://a'], routes: [route] }).routes[0]!;

t.test("the keys of a route's path, greater first", async (t) => {
  const route = routeOf({
    hosts: ['a', 'b:80'],
    paths: ['/abc', '~/a'],
    methods: ['GET'],
    headers: { x: ['1'], y: ['2'] },
    regexPriority: 7,
  });
  t.same(rankKeys(route, '/abc', 'traditional_compatible'), [4, 1, 2, 0, 0, 4]);
  t.same(rankKeys(route, '~/a', 'traditional_compatible'), [4, 1, 2, 1, 7, 0]);
  t.same(rankKeys(route, '~/a', 'traditional'), [4, 1, 1, 1, 1, 3, 2, 7, 0]);
  t.same(rankKeys(routeOf({ hosts: ['*.a:80'] }), '', 'traditional'), [1, 1, 0, 0, 0, 4, 0, 0, 0]);
  t.same(rankKeys(routeOf({ methods: ['GET'] }), '', 'traditional_compatible'), [1, 0, 0, 0, 0, 0]);
});

t.test('of equals the larger id goes first, in the traditional flavor the one written first', async (t) => {
  t.same(
    ['b', 'c', 'a'].sort((a, b) => compareIds(a, b, 'traditional_compatible')),
    ['c', 'b', 'a'],
  );
  t.same(
    ['b', 'c', 'a'].sort((a, b) => compareIds(a, b, 'traditional')),
    ['b', 'c', 'a'],
  );
});
