import t from 'tap';
import { LEFT_OUT, placesUsing } from '../../lib/left-out.ts';

t.test('nothing is left out of the whole script', async (t) => t.same(LEFT_OUT, []));

t.test('every place that uses a setting is found, at whatever depth, and false uses nothing', async (t) => {
  const config = {
    auth: false,
    pools: { a: { balance: 'race', origins: ['https://a.example'] }, b: { balance: 'random', origins: [] } },
    routes: [{ auth: { keyNames: ['k'] } }, { auth: false }, { rateLimit: { minute: 1 } }],
  };
  t.same(placesUsing(['auth'], config), ['routes[0].auth']);
  t.same(placesUsing(['rateLimit', 'balance=random'], config), ['pools.b.balance', 'routes[2].rateLimit']);
  t.same(placesUsing(['balance=adaptive', 'status'], config), []);
  t.same(placesUsing(['auth'], null), []);
});

t.test(
  'a pool that does not say how it balances is adaptive, also the one of the origins at the top',
  async (t) => {
    const places = (config: object) => placesUsing(['balance=adaptive'], config);
    t.same(
      places({ pools: { a: { origins: [] }, 'b.c': { origins: [] }, d: { origins: [], balance: 'race' } } }),
      ['pools.a.balance', 'pools.b.c.balance'],
    );
    t.same(places({ origins: ['https://a.example'] }), ['balance']);
    t.same(places({ cors: { origins: ['https://a.example'] } }), []);
  },
);
