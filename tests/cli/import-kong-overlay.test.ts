/** Manual additions to an import: hosts that a Worker can reach, and an overlay that the next import keeps. */
import { join } from 'node:path';
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { importKong } from '../../cli/import-kong/import.ts';
import { mappingFault } from '../../cli/import-kong/hosts.ts';
import { words } from '../support/words.ts';
import { call } from './call.ts';
import { imported, kong, routed, messagesOf } from './import-kong-support.ts';

const UNREACHABLE = words`users a.local localhost host.docker.internal x.svc.cluster.local my_service nas.lan`;
const ADDRESSES = words`10.0.0.1 192.168.1.2 8.8.8.8 2001:db8::1`;
const REACHABLE = words`users.example.net 127.0.0.1 internal.example.com local.example.com`;

t.test('hosts that a Worker cannot reach are noted once', async (t) => {
  const named = (hosts: readonly string[]): string[] =>
    messagesOf(kong(`services: [${hosts.map((host, n) => `{name: s${n}, host: "${host}"}`).join()}]`));
  for (const host of UNREACHABLE) t.match(named([host]), [/^check: .* \(line 1\): private names/], host);
  for (const host of ADDRESSES) t.match(named([host]), [/^check: .* \(line 1\): addresses/], host);
  for (const host of REACHABLE) t.same(named([host]), [], host);
  t.match(named([...UNREACHABLE, ...ADDRESSES, ...REACHABLE]), [
    /^check: users, a\.local, localhost and 4 more \(line 1\): .*--host users=https:\/\/users\.example\.net/,
    /^check: 10\.0\.0\.1, 192\.168\.1\.2, 8\.8\.8\.8, 2001:db8::1/,
  ]);
});

t.test('--host maps a host to a public address', async (t) => {
  const text = kong('services: [{name: s, url: "http://users:8000/v1"}, {name: t, host: users, port: 9000}]');
  const mapped = (name: string, target: string) =>
    imported(text, { hosts: new Map([[name, target]]) }).pools?.['s']?.origins;
  const MAPPED: readonly [name: string, target: string, url: string][] = [
    ['users', 'https://users.example.net', 'https://users.example.net'],
    ['users', 'https://users.example.net/', 'https://users.example.net'],
    ['users', 'https://a.example.net:8443/users', 'https://a.example.net:8443/users'],
    ['users', 'users.example.net', 'http://users.example.net:8000'],
    ['users', 'users.example.net:81', 'http://users.example.net:81'],
    ['users:8000', 'https://users.example.net', 'https://users.example.net'],
    ['users:9000', 'https://users.example.net', 'http://users:8000'],
  ];
  for (const [name, target, url] of MAPPED) t.same(mapped(name, target), [url], `${name}=${target}`);
  const upstream = 'services: [{name: s, host: up}], upstreams: [{name: up, targets: [{target: "one:81"}]}]';
  t.match(imported(kong(upstream), { hosts: new Map([['one', 'https://one.example.net']]) }).pools?.['up'], {
    origins: [{ url: 'https://one.example.net', name: 'one:81' }],
  });
  const unused = importKong(text, { hosts: new Map([['user', 'https://users.example.net']]) });
  t.match(unused.faults, [/--host user names no host of a service or target: users/]);
  for (const wrong of words`=https://a.example a= a=x/y a=https://a/?q`.concat('a=https://a b')) {
    const [name = '', target = ''] = wrong.split('=');
    t.match(mappingFault(name, target), /must be NAME=URL/, wrong);
  }
});

const SHOP = kong(`services: [
  {name: api, url: "http://a.example.com:8000", routes: [{name: open, paths: [/open]},
    {name: keyed, paths: [/keyed], plugins: [{name: oauth2}]}]}],
  consumers: [{username: bob, keyauth_credentials: [{key: k}]}],
  plugins: [{name: key-auth, config: {key_names: [token]}}]`);

t.test('an overlay is merged by name', async (t) => {
  const overlay = {
    auth: { verify: { url: 'https://keys.example.com/{key}' } },
    log: 'errors',
    pools: {
      api: {
        retries: 1,
        origins: [{ url: 'http://a.example.com:8000', weight: 3 }, 'https://b.example.com'],
      },
    },
    routes: [
      { name: 'keyed', pool: 'api', respondWith: false, basePath: '/v2' },
      { name: 'new', paths: ['/new'], pool: 'api' },
    ],
    consumers: [{ username: 'bob', customId: '7' }],
    rewriteLocation: null,
  };
  const { config, faults } = importKong(SHOP, { overlay });
  t.same(faults, []);
  t.match(config, {
    auth: { keyNames: ['token'], hideCredentials: false, verify: { url: 'https://keys.example.com/{key}' } },
    log: 'errors',
    pools: { api: { retries: 1, timeoutMs: 60000 } },
    routes: [
      { name: 'open' },
      { name: 'keyed', pool: 'api', respondWith: false, basePath: '/v2' },
      { name: 'new' },
    ],
    consumers: [{ username: 'bob', customId: '7', credentials: [{ sha256: /^[0-9a-f]{64}$/ }] }],
  });
  t.same(config?.pools?.['api']?.origins, [
    { url: 'http://a.example.com:8000', weight: 3 },
    'https://b.example.com',
  ]);
  t.notOk(Object.hasOwn(config ?? {}, 'rewriteLocation'), 'null removes a setting');
  const id = imported(SHOP).routes?.[0]?.id;
  const renamed = imported(SHOP, { overlay: { routes: [{ id, name: 'public' }] } });
  t.equal(renamed.routes?.[0]?.name, 'public', 'an entry identified by id can be renamed');
});

t.test('an invalid overlay is rejected', async (t) => {
  const FAULTS: readonly [overlay: unknown, fault: RegExp][] = [
    [
      { routes: [{ name: 'keyd', auth: false }] },
      /--with routes\[0\] must name a route of the import.*did you mean "keyed"/,
    ],
    [[], /--with must name a file with an object, received \[\]/],
    [{ poools: {} }, /the result: poools.*did you mean "pools"/],
    [{ routes: [{ name: 'keyed', pool: 'nobody' }] }, /the result: .*pool must be the name of a pool/],
  ];
  for (const [overlay, fault] of FAULTS) t.match(importKong(SHOP, { overlay }).faults.join('\n'), fault);
});

t.test('the command accepts --host, --with and --assume-harmless', async (t) => {
  const folder = t.testdir({
    'kong.yml': routed('{name: oauth2}'),
    'with.yaml': 'log: all # kept\n',
    'bad.yaml': 'a: [',
  });
  const run = (...args: string[]) => call('import-kong', ...args, join(folder, 'kong.yml'));
  const good = await run(
    ...['--with', join(folder, 'with.yaml'), '--assume-harmless', 'oauth2'],
    ...['--host', 'h.example.com=https://i.example.com'],
  );
  t.equal(good.code, 0);
  t.match(JSON.parse(good.out) as Config, {
    log: 'all',
    pools: { s: { origins: ['https://i.example.com'] } },
  });
  t.match(good.err, /kong\.yml: open: oauth2 \(line 1\), route a: assumed to be harmless/);
  t.equal((await run('--strict')).code, 1);
  t.match(await run('--with', join(folder, 'bad.yaml')), { code: 1, err: /bad\.yaml:1:\d+: / });
});
