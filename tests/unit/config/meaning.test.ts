import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { compileRoutes } from '../../../lib/routing/route-table.ts';

function faultsOf(config: object): string[] {
  try {
    checkConfig({ origins: ['http://a.example'], ...config });
    return [];
  } catch (error) {
    return (error as Error).message.split('\n  ').slice(1);
  }
}
function hostsOf(hosts: string[], more: object = {}): string[] {
  const { routes, compat } = checkConfig({ origins: ['http://a.example'], routes: [{ hosts }], ...more });
  const options = { traditional: null, asSent: compat !== null, patterns: null } as const;
  return [...compileRoutes(routes, options).hosts.keys()];
}

t.test('hosts are read as requests carry them: small letters, punycode, no dot at the end', async (t) => {
  const hosts = [
    'API.Example.com',
    'api.example.com.',
    'bücher.example',
    '*.Bücher.example',
    'shop.*',
    'a_b:8080',
    '[::1]:80',
  ];
  t.same(hostsOf(hosts), [
    'api.example.com',
    'xn--bcher-kva.example',
    '*.xn--bcher-kva.example',
    'shop.*',
    'a_b:8080',
    '[::1]:80',
  ]);
  t.same(
    hostsOf(['API.Example.com'], { compat: 'kong-3' }),
    ['API.Example.com'],
    "Kong's are left as they are",
  );
});

t.test('a host that no request can carry is refused', async (t) => {
  for (const host of [
    '*',
    'a.*.example',
    '*.*',
    'a..example',
    'https:',
    'a.example:99999999',
    '::1',
    `${'a'.repeat(250)}.example`,
    'a%zz',
  ])
    t.match(
      faultsOf({ routes: [{ hosts: ['good.example', host] }] }),
      [/^routes\[0\]\.hosts\[1\] must be a host that a request can carry, received /],
      host,
    );
});

t.test('CORS origins are as browsers send them, or regular expressions over such', async (t) => {
  const good = [
    '*',
    'null',
    'https://a.example',
    'http://localhost:3000',
    'app://x',
    'https://[a-z]+\\.example\\.com',
    '.*\\.example\\.com',
    '(?i)https://EXAMPLE\\.com',
    'https://\\w+\\.example\\.com',
    'https://.*',
    'https://*.example.com',
    'http://localhost:*',
    '*.example.com',
    'https://EXAMPLE.com',
    '^https://a{1,3}\\.example$',
  ];
  for (const entry of good) t.same(faultsOf({ cors: { origins: [entry] } }), [], entry);
  const bad = [
    'https://a.example/',
    'a.example',
    'https://a.example/path',
    'https://app*.example.com',
    'https://a.example, https://b.example',
    'https://Example\\.com',
    'https://(a|b)\\.example/',
    'https://(a+)+\\.example',
    'https://a.example ',
  ];
  for (const entry of bad)
    for (const [place, config] of [
      ['cors', { cors: { origins: ['*', entry] } }],
      ['routes[0].cors', { routes: [{ cors: { origins: ['*', entry] } }] }],
    ] as const)
      t.ok(faultsOf(config)[0]?.startsWith(`${place}.origins[1] must be `), `${place}: ${entry}`);
  for (const entry of ['https://EXAMPLE.com', 'https://a.example/', 'a.example'])
    t.same(faultsOf({ cors: { origins: [entry] }, compat: 'kong-3' }), [], `Kong takes ${entry}`);
  t.match(
    faultsOf({ cors: { origins: ['(a+)+'] }, compat: 'kong-3' }),
    [/safe to run/],
    'but none that is not safe to run',
  );
});

t.test('credentials are for origins that are named', async (t) => {
  for (const origins of [undefined, [], ['*'], ['https://a.example', '*']])
    t.match(faultsOf({ cors: { credentials: true, ...(origins ? { origins } : {}) } }), [
      /^cors\.origins must name who may send credentials, received/,
    ]);
  t.same(faultsOf({ cors: { credentials: true, origins: ['https://a.example'] } }), []);
  t.same(faultsOf({ cors: { credentials: true }, compat: 'kong-3' }), [], 'Kong takes it');
});

t.test('who stands in for callers without a key must exist', async (t) => {
  const consumers = [{ id: '1', username: 'ada', credentials: [] }];
  for (const anonymous of ['1', 'ada']) t.same(faultsOf({ auth: { anonymous }, consumers }), []);
  t.same(faultsOf({ auth: { anonymous: 'bob' }, consumers }), [
    'auth.anonymous must be the id or username of one of the consumers, received "bob"',
  ]);
  t.match(faultsOf({ routes: [{ auth: { anonymous: 'ada' } }] }), [/^routes\[0\]\.auth\.anonymous must be/]);
  t.same(faultsOf({ auth: { anonymous: 'bob' }, compat: 'kong-3' }), [], 'Kong answers 500 to each request');
});

t.test('ids and digests of consumers are unique', async (t) => {
  const credentials = [{ sha256: 'a'.repeat(64) }];
  t.same(
    faultsOf({
      consumers: [
        { id: '1', credentials },
        { id: '1', credentials },
      ],
    }),
    [
      'consumers[1].id must be unique, received "1" again',
      'consumers[1].credentials must be unique, received a sha256 that consumers[0] has',
    ],
  );
});

t.test('CORS that is off is off, with routes and without', async (t) => {
  for (const config of [{}, { cors: false as const }]) {
    t.equal(checkConfig({ origins: ['http://a'], ...config }).routes[0]?.cors, null);
    t.equal(checkConfig({ origins: ['http://a'], routes: [{}], ...config }).routes[0]?.cors, null);
  }
});
