import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { forOneCaller } from '../../../lib/http/private-cache-control.ts';

const routeOf = (auth: {} | false) =>
  checkConfig({ pools: { default: { origins: ['http://a'] } }, routes: [{ auth }] }).routes[0]!;

t.test('by default an answer to a key is private; what an operator sets stays as it is', async (t) => {
  t.equal(forOneCaller(routeOf({}), 'max-age=3'), 'private, max-age=3');
  t.equal(forOneCaller(routeOf(false), 'max-age=3'), null);
  t.equal(forOneCaller(null, 'max-age=3'), null);
  for (const said of ['public, max-age=3', 'max-age=60', 'no-store'])
    t.equal(forOneCaller(routeOf({}), said), null, said);
});
