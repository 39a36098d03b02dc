import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Route } from '../../../lib/config/types.ts';
import { rankKeys } from '../../../lib/routing/priority.ts';
import { rankPaths } from '../../../lib/routing/route-table.ts';
import { rankTraditionally } from '../../../lib/routing/traditional.ts';

const routeOf = (route: Route) => checkConfig({ origins: ['http://a'], routes: [route] }).routes[0]!;

t.test("the keys of a route's path, greater first", async (t) => {
  const route = routeOf({
    hosts: ['a', 'b:80'],
    paths: ['/abc', '~/a'],
    methods: ['GET'],
    headers: { x: ['1'], y: ['2'] },
    regexPriority: 7,
  });
  t.same(rankKeys(route, '/abc'), [4, 1, 2, 0, 0, 4]);
  t.same(rankKeys(route, '~/a'), [4, 1, 2, 1, 7, 0]);
  t.same(rankTraditionally(route, '~/a'), [4, 1, 1, 1, 1, 3, 2, 7, 0]);
  t.same(rankTraditionally(routeOf({ hosts: ['*.a:80'] }), ''), [1, 1, 0, 0, 0, 4, 0, 0, 0]);
  t.same(rankKeys(routeOf({ methods: ['GET'] }), ''), [1, 0, 0, 0, 0, 0]);
});

t.test('of equals the larger id goes first, in the traditional flavor the one written first', async (t) => {
  const routes = ['b', 'c', 'a'].map((id) => routeOf({ id }));
  const idsOf = (traditional: typeof rankTraditionally | null) =>
    rankPaths(routes, traditional).map(({ route }) => route.id);
  t.same(idsOf(null), ['c', 'b', 'a']);
  t.same(idsOf(rankTraditionally), ['b', 'c', 'a']);
});
