/** Import of a complete Kong configuration, its ids and keys, and the command. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config } from '../../lib/config/types.ts';
import { digestOf } from '../support/auth.ts';
import { runGateway } from '../support/command.ts';
import { call, type Ended } from './call.ts';
import { imported, messagesOf } from './import-kong-support.ts';

const SHOP = `
_format_version: "3.0"
services:
- name: shop
  url: https://shop.example.com/base
  retries: 3
  read_timeout: 5000
  connect_timeout: 5000
  routes:
  - name: carts
    hosts: [api.example.com]
    paths: [/carts, '~/c/(?<id>\\d+)$']
    methods: [GET, POST]
    headers: {x-version: ["1"]}
    protocols: [https]
    https_redirect_status_code: 301
    preserve_host: yes
    plugins: [{name: key-auth, config: {key_names: [key], anonymous: guest}}]
  plugins: [{name: rate-limiting, config: {minute: 5}}]
consumers:
- username: bob
  custom_id: "42"
  keyauth_credentials:
  - {key: bobs-secret, ttl: 60}
- username: guest
`;

t.test('imports a service with a route, plugins and consumers; the result contains no key', async (t) => {
  const config = imported(SHOP);
  t.same(messagesOf(SHOP), []);
  t.match(config, {
    pools: {
      shop: {
        origins: ['https://shop.example.com'],
        timeoutMs: 5000,
        totalTimeoutMs: 25000,
        retries: 3,
        retryOn: ['unreachable', 'timeout'],
        retrySame: true,
        hedge: false,
        outlier: false,
      },
    },
    routes: [
      {
        hosts: ['api.example.com'],
        paths: ['/carts', '~/c/(?<id>\\d+)$'],
        methods: ['GET', 'POST'],
        headers: { 'x-version': ['1'] },
        pool: 'shop',
        basePath: '/base',
        stripPath: true,
        preserveHost: true,
        protocols: ['https'],
        httpsRedirectStatus: 301,
        auth: { keyNames: ['key'], hideCredentials: false, anonymous: 'guest' },
        rateLimit: { minute: 5, scope: 'service shop' },
      },
    ],
    consumers: [
      { username: 'bob', customId: '42', credentials: [{ sha256: digestOf('bobs-secret'), ttlSeconds: 60 }] },
      { username: 'guest', credentials: [] },
    ],
    compat: 'kong-3',
  });
  t.notMatch(JSON.stringify(config), /bobs-secret/);
  t.doesNotThrow(() => checkConfig(JSON.parse(JSON.stringify(config))));
});

t.test('ids are those that Kong derives from names, and are deterministic', async (t) => {
  const text = `{"_format_version":"3.0","services":[{"name":"my-service","host":"h",
      "routes":[{"name":"my-route","paths":["/"]},
      {"paths":["/x"]}]}],"consumers":[{"username":"u","keyauth_credentials":[{"key":"k"}]}]}`;
  const [first, second] = [imported(text), imported(text)];
  t.same(first, second);
  t.equal(first.routes?.[0]?.id, '481a9539-f49c-51b6-b2e2-fe99ee68866c');
  t.match(first.routes?.[1]?.id, /^[0-9a-f-]{36}$/);
  t.match(first.consumers?.[0]?.credentials?.[0]?.id, /^[0-9a-f-]{36}$/);
});

t.test('the command', async (t) => {
  const file = join(t.testdir(), 'kong.yml');
  const run = (text: string, ...args: string[]): Promise<Ended> => {
    writeFileSync(file, text);
    return call('import-kong', ...args, file);
  };
  const good = await run(SHOP);
  t.same([good.code, good.err, (JSON.parse(good.out) as Config).compat], [0, '', 'kong-3']);
  const lost = SHOP.replace('consumers:', 'certificates: [{cert: a}]\nconsumers:');
  const old = await run(lost, '--profile', '2018');
  t.equal((JSON.parse(old.out) as Config).compat, 'kong-2018');
  t.match(old.err, /^\S+kong\.yml: lost: certificates \(line \d+\): .*\n$/, 'one line per note');
  t.match(await run('{_format_version: "3.0", nothing: 1}'), {
    code: 1,
    out: /^$/,
    err: /^Cannot import \S+kong\.yml: nothing \(line 1\) is not part of a Kong configuration/,
  });
  t.equal((await run(SHOP, '--strict')).code, 0);
  t.equal((await run(lost, '--strict')).code, 1);
  t.equal((await run(SHOP, '--host', 'shop.example.com')).code, 2);
  t.match(await run(SHOP, '--host', 'shop=https://a.example.net'), {
    code: 1,
    err: /--host shop names no host of a service or target: shop\.example\.com/,
  });
  t.equal((await call('import-kong', 'no-such-file')).code, 1);
  t.equal((await call('import-kong')).code, 2);
  writeFileSync(file, SHOP);
  const process = runGateway(['import-kong', file]);
  t.equal(await process.ended, 0);
  t.equal(process.output(), good.out, 'a process prints the same');
});
