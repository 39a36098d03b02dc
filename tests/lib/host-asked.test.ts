import t from 'tap';
import { checkConfig } from '../../lib/check-config.ts';
import { askUnderHost } from '../../lib/host-asked.ts';
import { callTo } from '../support/journeys.ts';

t.test("an origin's hostHeader stands in the URL, and its own name says whom to connect to", async (t) => {
  const origins = [{ url: 'https://a.internal:8443', hostHeader: 'shop.example' }, 'https://b.example'];
  const [a, b] = checkConfig({ origins }).pools[0]!.origins;
  t.same(askUnderHost(callTo('/'), a!, '/x?y'), {
    url: 'https://shop.example:8443/x?y',
    cf: { resolveOverride: 'a.internal' },
  });
  t.equal(askUnderHost(callTo('/'), b!, '/x'), null);
});
