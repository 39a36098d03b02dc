import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { askUnderHost } from '../../../lib/http/host-override.ts';
import { callTo } from '../../support/journeys.ts';

t.test("an origin's hostHeader stands in the URL, and its own name says whom to connect to", async (t) => {
  const origins = [{ url: 'https://a.internal:8443', hostHeader: 'shop.example' }, 'https://b.example'];
  const [a, b] = checkConfig({ origins }).pools[0]!.origins;
  t.same(askUnderHost(callTo('/'), a!, '/x?y'), {
    url: 'https://shop.example:8443/x?y',
    cf: { resolveOverride: 'a.internal' },
  });
  t.equal(askUnderHost(callTo('/'), b!, '/x'), null);
});

const askedFor = (host: string, hosts: string[], selfHosted = true, hostHeader?: string) => {
  const origins = [{ url: 'http://a.internal:8080', ...(hostHeader ? { hostHeader } : {}) }];
  const { routes, pools } = checkConfig({
    pools: { default: { origins } },
    routes: [{ hosts, preserveHost: true }],
  });
  const context = callTo('/x', {}, { route: routes[0]!, selfHosted, host });
  return askUnderHost(context, pools[0]!.origins[0]!, '/x')?.url ?? null;
};

t.test(
  'on plain workerd a kept host leads only where the route says, to the port that it says',
  async (t) => {
    t.equal(askedFor('a.shop.example', ['*.shop.example']), 'http://a.shop.example/x');
    t.equal(askedFor('shop.example:22', ['shop.example']), 'http://shop.example/x', 'no port of the caller');
    t.equal(askedFor('shop.example:81', ['shop.example:81']), 'http://shop.example:81/x');
    t.equal(
      askedFor('shop.example:8080', ['shop.example']),
      'http://shop.example:8080/x',
      "but the origin's",
    );
    t.equal(askedFor('[::1]:22', ['[::1]']), 'http://[::1]/x');
    t.equal(askedFor('shop.evil', ['shop.*']), null, 'who buys a domain would choose where requests go');
    t.equal(askedFor('shop.evil:80', ['shop.*:80']), null);
    t.equal(
      askedFor('shop.evil', ['shop.*'], false),
      'http://shop.evil/x',
      'Cloudflare lets no such host in',
    );
  },
);

t.test('what is no host is not kept, anywhere', async (t) => {
  for (const host of [
    'evil\\.shop.example',
    'evil/.shop.example',
    'evil?.shop.example',
    'evil#.shop.example',
    'evil@shop.example',
    'evil\t.shop.example',
    'evil, .shop.example',
    '%65vil.shop.example',
    'evil:80:.shop.example',
    '',
  ])
    // prettier-ignore
    for (const selfHosted of [true, false]) {
      t.equal(askedFor(host, ['*.shop.example'], selfHosted), null, host);
      t.equal(askedFor(host, ['*.shop.example'], selfHosted, 'h.example'), 'http://h.example:8080/x');
    }
});
