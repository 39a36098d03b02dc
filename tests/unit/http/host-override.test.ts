/** The Host that an origin is sent. That no other host is contacted: tests/e2e/abuse-tricks.test.ts. */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { HOST_OVERRIDES } from '../../../lib/http/host-override.ts';
import { callTo } from '../../support/context.ts';

t.test("the URL has an origin's hostHeader, and resolveOverride its own name, to connect to", async (t) => {
  const origins = [{ url: 'https://a.internal:8443', hostHeader: 'shop.example' }, 'https://b.example'];
  const [a, b] = checkConfig({ origins }).pools[0]!.origins;
  t.same(HOST_OVERRIDES.target(callTo('/'), a!, '/x?y'), {
    url: 'https://shop.example:8443/x?y',
    cf: { resolveOverride: 'a.internal' },
  });
  t.equal(HOST_OVERRIDES.target(callTo('/'), b!, '/x'), null);
});

interface Options {
  /** False: on Cloudflare. */
  readonly selfHosted?: false;
  readonly hostHeader?: string;
  readonly compat?: 'kong-3';
  /** Of the origin. */
  readonly headers?: Record<string, string>;
}

/** The host and port sent by a route with these hosts that preserves the caller's; null: the origin's own. */
function hostSent(host: string, hosts: readonly string[], options: Options = {}): string | null {
  const { selfHosted = true, compat, ...more } = options;
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

t.test('a preserved host has a configured port, and the route allows it', async (t) => {
  const headers = { 'X-Secret': 'ours' };
  const kong = { compat: 'kong-3' } as const;
  /** `atCloudflare`: only if it differs. */
  type Row = [
    host: string,
    hosts: string[],
    here: string | null,
    atCloudflare?: string | undefined,
    options?: Options,
  ];
  const CASES: Row[] = [
    ['shop.example:22', ['shop.example'], 'shop.example:8080'],
    ['shop.example:81', ['SHOP.example.:81'], 'shop.example:81'],
    ['[::1]:22', ['[::1]'], '[::1]:8080'],
    // Kong sends it unchanged; Cloudflare connects to the origin's address.
    ['shop.example:22', ['shop.example'], 'shop.example:8080', 'shop.example:22', kong],
    ['a.shop.example', ['*.shop.example'], 'a.shop.example:8080'],
    // Anyone who buys a domain could choose the target. Cloudflare accepts no such host.
    ['shop.evil:80', ['shop.*:80'], null, 'shop.evil'],
    ['shop.example', ['shop.*', 'shop.example'], 'shop.example:8080'],
    // A route without hosts matches all.
    ['shop.example', [], null, 'shop.example:8080'],
    // An origin's own headers are secrets: they are not sent with a host that a wildcard matched.
    ['a.shop.example', ['*.shop.example'], null, 'a.shop.example:8080', { headers }],
    ['shop.example', ['shop.example'], 'shop.example:8080', undefined, { headers }],
    ['evil/.shop.example', ['*.shop.example'], 'h.example:8080', undefined, { hostHeader: 'h.example' }],
  ];
  for (const [host, hosts, here, atCloudflare = here, options = {}] of CASES) {
    t.equal(hostSent(host, hosts, options), here, `${host} of ${hosts.join()}`);
    t.equal(hostSent(host, hosts, { ...options, selfHosted: false }), atCloudflare, `${host}, on Cloudflare`);
  }
});
