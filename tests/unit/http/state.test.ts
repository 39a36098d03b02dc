import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { createState } from '../../../lib/http/state.ts';

t.test('two states share nothing, so no test and no configuration leaks into another', async (t) => {
  const settings = checkConfig({ origins: ['http://a', 'http://b'] });
  const [one, other] = [createState(settings), createState(settings)];
  t.not(one.pools[0], other.pools[0]);
  t.not(one.versions, other.versions);
});

t.test(
  'a version setting has one entry for each origin, whichever route leads there, and none where nothing is stamped',
  async (t) => {
    const settings = checkConfig({
      pools: {
        old: { origins: ['http://a', 'http://b'] },
        next: { origins: ['http://c'] },
        unstamped: { origins: ['http://d'] },
      },
      routes: [
        { paths: ['/x'], pool: 'old', canary: { pool: 'next', percent: 5 } },
        { paths: ['/y'], pool: 'unstamped', responseHeaders: false },
      ],
    });
    const { versions } = createState(settings);
    const hosts = [...versions.values()].flatMap((entries) =>
      [...entries.keys()].map((origin) => origin.host),
    );
    t.same(hosts, ['a', 'b', 'c', 'd']);
    t.equal(createState(checkConfig({ origins: ['http://a'], responseHeaders: false })).versions.size, 0);
  },
);
