/** Which Host an origin is asked with; that no other host is led to: tests/e2e/abuse-tricks.test.ts. */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { HOST_OVERRIDES } from '../../../lib/http/host-override.ts';
import { callTo } from '../../support/context.ts';

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
  /** False: on Cloudflare. */
  readonly selfHosted?: false;
  readonly hostHeader?: string;
  readonly compat?: 'kong-3';
  /** Of the origin alone. */
  readonly headers?: Record<string, string>;
}

/** The host that is asked for, with its port, where a route of these hosts keeps the caller's; null: the origin's own. */
function askedFor(host: string, hosts: readonly string[], asked: Asked = {}): string | null {
  const { selfHosted = true, compat, ...more } = asked;
  const settings = checkConfig({
    pools: { default: { origins: [{ url: 'http://a.internal:8080', ...more }] } },
    routes: [{ hosts: [...hosts], preserveHost: true }],
    ...(compat && { compat }),
  });
  const kong = compat ? settings : null;
  const context = callTo('/x', {}, { route: settings.routes[0]!, selfHosted, host, kong });
  const target = HOST_OVERRIDES.target(context, settings.pools[0]!.origins[0]!, '/x');
  return target && new URL(target.url).host;
}

t.test('a kept host has a port of the configuration, and leads only where the route says', async (t) => {
  const headers = { 'X-Secret': 'ours' };
  const kong = { compat: 'kong-3' } as const;
  /** `atCloudflare`: where it is not the same. */
  type Row = [
    host: string,
    hosts: string[],
    here: string | null,
    atCloudflare?: string | undefined,
    asked?: Asked,
  ];
  const CASES: Row[] = [
    ['shop.example:22', ['shop.example'], 'shop.example:8080'],
    ['shop.example:81', ['SHOP.example.:81'], 'shop.example:81'],
    ['[::1]:22', ['[::1]'], '[::1]:8080'],
    // Kong sends it as it came; Cloudflare connects to the origin's machine.
    ['shop.example:22', ['shop.example'], 'shop.example:8080', 'shop.example:22', kong],
    ['a.shop.example', ['*.shop.example'], 'a.shop.example:8080'],
    // Who buys a domain would choose where requests go. Cloudflare lets no such host in.
    ['shop.evil:80', ['shop.*:80'], null, 'shop.evil'],
    ['shop.example', ['shop.*', 'shop.example'], 'shop.example:8080'],
    // A route without hosts takes all.
    ['shop.example', [], null, 'shop.example:8080'],
    // An origin's own headers are secrets: they go under no name that a wildcard let in.
    ['a.shop.example', ['*.shop.example'], null, 'a.shop.example:8080', { headers }],
    ['shop.example', ['shop.example'], 'shop.example:8080', undefined, { headers }],
    ['evil/.shop.example', ['*.shop.example'], 'h.example:8080', undefined, { hostHeader: 'h.example' }],
  ];
  for (const [host, hosts, here, atCloudflare = here, asked = {}] of CASES) {
    t.equal(askedFor(host, hosts, asked), here, `${host} of ${hosts.join()}`);
    t.equal(askedFor(host, hosts, { ...asked, selfHosted: false }), atCloudflare, `${host}, on Cloudflare`);
  }
});
