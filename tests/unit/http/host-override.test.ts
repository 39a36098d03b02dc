import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { HOST_OVERRIDES } from '../../../lib/http/host-override.ts';
import { callTo } from '../../support/journeys.ts';
import { words } from '../../support/words.ts';

t.test("an origin's hostHeader stands in the URL, and its own name says whom to connect to", async (t) => {
  const origins = [{ url: 'https://a.internal:8443', hostHeader: 'shop.example' }, 'https://b.example'];
  const [a, b] = checkConfig({ origins }).pools[0]!.origins;
  t.same(HOST_OVERRIDES.target(callTo('/'), a!, '/x?y'), {
    url: 'https://shop.example:8443/x?y',
    cf: { resolveOverride: 'a.internal' },
  });
  t.equal(HOST_OVERRIDES.target(callTo('/'), b!, '/x'), null);
});

interface Asked {
  readonly selfHosted?: boolean;
  readonly hostHeader?: string;
  readonly compat?: 'kong-3';
  /** Of the origin alone. */
  readonly headers?: Record<string, string>;
}

function askedFor(host: string, hosts: string[], asked: Asked = {}): string | null {
  const { selfHosted = true, compat, ...more } = asked;
  const origins = [{ url: 'http://a.internal:8080', ...more }];
  const settings = checkConfig({
    pools: { default: { origins } },
    routes: [{ hosts, preserveHost: true }],
    ...(compat && { compat }),
  });
  const kong = compat ? settings : null;
  const context = callTo('/x', {}, { route: settings.routes[0]!, selfHosted, host, kong });
  return HOST_OVERRIDES.target(context, settings.pools[0]!.origins[0]!, '/x')?.url ?? null;
}

t.test("the port is the configuration's, never the caller's", async (t) => {
  for (const selfHosted of [true, false])
    for (const [host, of, asked] of [
      ['shop.example', 'shop.example', 'shop.example:8080'],
      ['shop.example:22', 'shop.example', 'shop.example:8080'],
      ['shop.example:81', 'shop.example:81', 'shop.example:81'],
      ['shop.example:81', 'SHOP.example.:81', 'shop.example:81'],
      ['[::1]:22', '[::1]', '[::1]:8080'],
    ] as const)
      t.equal(askedFor(host, [of], { selfHosted }), `http://${asked}/x`);
  t.equal(askedFor('shop.example:22', ['shop.example'], { compat: 'kong-3' }), 'http://shop.example:8080/x');
  // Kong sends it as it came; Cloudflare connects to the origin's machine.
  const asSent = askedFor('Shop.example:8443', ['Shop.example'], { compat: 'kong-3', selfHosted: false });
  t.equal(asSent, 'http://Shop.example:8443/x');
});

t.test('on plain workerd a kept host leads only where the route says', async (t) => {
  t.equal(askedFor('a.shop.example', ['*.shop.example']), 'http://a.shop.example:8080/x');
  t.equal(askedFor('shop.evil', ['shop.*']), null, 'who buys a domain would choose where requests go');
  t.equal(askedFor('shop.evil:80', ['shop.*:80']), null);
  const named = askedFor('shop.example', ['shop.*', 'shop.example']);
  t.equal(named, 'http://shop.example:8080/x', 'this one it names');
  t.equal(askedFor('shop.example', []), null, 'a route without hosts takes all');
  const cloudflare = askedFor('shop.evil', ['shop.*'], { selfHosted: false });
  t.equal(cloudflare, 'http://shop.evil:8080/x', 'Cloudflare lets no such host in');
});

t.test("on plain workerd an origin's own headers go under no name that a wildcard let in", async (t) => {
  const headers = { 'X-Secret': 'ours' };
  t.equal(askedFor('a.shop.example', ['*.shop.example'], { headers }), null);
  t.equal(askedFor('shop.example', ['shop.example'], { headers }), 'http://shop.example:8080/x');
  const cloudflare = askedFor('a.shop.example', ['*.shop.example'], { headers, selfHosted: false });
  t.equal(cloudflare, 'http://a.shop.example:8080/x');
});

t.test('what is no host is not kept, anywhere', async (t) => {
  const hosts = words`
    evil\.shop.example evil/.shop.example evil?.shop.example evil#.shop.example evil@shop.example
    %65vil.shop.example evil:80:.shop.example
  `;
  for (const host of [...hosts, 'evil\t.shop.example', 'evil, .shop.example', ''])
    for (const selfHosted of [true, false]) {
      const named = { selfHosted, hostHeader: 'h.example' };
      t.equal(askedFor(host, ['*.shop.example'], { selfHosted }), null, host);
      t.equal(askedFor(host, ['*.shop.example'], named), 'http://h.example:8080/x');
    }
});
