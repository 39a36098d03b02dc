import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config } from '../../lib/config/types.ts';
import { checkValue } from '../../cli/faults.ts';
import { describeSettings } from '../../cli/check/plan.ts';
import { findWarnings } from '../../cli/check/warnings.ts';
import { parseConfig, readConfig } from '../../cli/read-config.ts';
import { words } from '../support/words.ts';
import { call } from './call.ts';

const SECRETS = ['hunter2', 'hunter3', 'hunter4hunter4', 'a'.repeat(64)];
const CONFIG = {
  pools: {
    blue: {
      origins: [{ url: 'https://u.example/base', headers: { 'X-Secret': SECRETS[0] } }, 'https://v.example'],
    },
    green: { origins: ['https://w.example'], balance: 'round-robin', retries: 1, hedge: false },
  },
  routes: [
    { name: 'rest', pool: 'blue' },
    {
      name: 'short',
      paths: ['/v1'],
      pool: 'green',
      stripPath: true,
      cors: { origins: ['https://app.example'] },
    },
    {
      name: 'long',
      paths: ['/v1/members'],
      methods: ['GET'],
      pool: 'blue',
      auth: { verify: { url: `https://keys.example/{key}?secret=${SECRETS[1]}` } },
      rateLimit: { minute: 60 },
      canary: { pool: 'green', percent: 5 },
    },
  ],
  status: { path: '/status', token: SECRETS[2] },
  consumers: [{ id: 'ada', credentials: [{ sha256: SECRETS[3] }] }],
};

t.test('the plan lists the routes in matching order, and what each enforces', async (t) => {
  const plan = describeSettings(checkConfig(CONFIG));
  t.matchOnly(
    plan,
    /1\. long +GET, \/v1\/members\* +-> +pool blue\n[\s\S]*2\. short +\/v1\* +-> +pool green, its prefix cut\n[\s\S]*3\. rest +everything/,
  );
  t.match(plan, 'key apikey in header or query, verified by https://keys.example/{key}, good for 60 s');
  t.match(plan, 'at most 60 a minute by consumer');
  t.match(plan, 'canary: 5 % to pool green');
  t.match(plan, 'CORS for https://app.example');
  t.match(plan, /green: round-robin, .*1 retry, no copies/);
  t.match(plan, '1 consumer with 1 key');
});

t.test('the plan contains no secret', async (t) => {
  const plan = describeSettings(checkConfig(CONFIG));
  for (const secret of SECRETS) t.notMatch(plan, secret);
  t.match(plan, 'sets X-Secret', 'only the name of the header');
});

t.test('edge-gateway check reads JSON, JavaScript and the built file', async (t) => {
  const plan = /1\. default +everything +-> +pool default/;
  t.match(await call('check', 'examples/two-nodes/config.js'), { code: 0, out: plan });
  t.match(await call('check', 'dist/worker.js'), { code: 0, out: plan });
});

t.test('all errors are reported at once, with locations, in every format, without a stack', async (t) => {
  const folder = t.testdir({
    'a.json': '{\n  "a": 1, // why\n  "pools": { "x.y": { "origins": [], "timeoutMs": "soon" } },\n}',
    'a.yaml': 'a: 1\npools:\n  x.y:\n    origins: []\n    timeoutMs: soon\n',
    'a.js': 'export default {\n  a: 1,\n  pools: { "x.y": { origins: [], timeoutMs: "soon" } },\n};',
  });
  const places = { 'a.json': ['2:3', '3:38'], 'a.yaml': ['1:1', '5:5'], 'a.js': ['2:3', '3:34'] };
  for (const [name, [unknown, wrong]] of Object.entries(places)) {
    const { code, err } = await call('check', join(folder, name));
    t.equal(code, 1);
    t.match(err, `${name}:${unknown}: a: unknown key`);
    t.match(err, new RegExp(`${name}:${wrong}: pools\\.x\\.y\\.timeoutMs must be .*, received "soon"`));
    t.notMatch(err, /\n\s+at /);
    const json = await call('check', '--json', join(folder, name));
    t.equal(json.code, 1);
    const { findings } = JSON.parse(json.out) as { findings: unknown[] };
    t.equal(findings.length, err.trim().split('\n').length);
  }
});

const ALIAS_BOMB = Array.from(
  { length: 20 },
  (_, n) => `a${n}: &a${n} [${n ? `*a${n - 1},`.repeat(9) : 'x'}]\n`,
).join('');

t.test('the error for a malformed file gives the location and the reason in one line', async (t) => {
  const cases: [name: string, text: string, message: RegExp][] = [
    ['broken.json', '{', /^broken\.json:1:2: close brace expected$/],
    ['broken.js', 'const CONFIG = {\n  origins: [ };', /^broken\.js:2:14: unexpected token$/],
    ['broken.yaml', 'origins:\n  - a\n b: c\n', /^broken\.yaml:3:1: /],
    ['two.yaml', 'a: 1\n---\nb: 2\n', /^two\.yaml:2:1: one document is expected, a second one begins$/],
    ['twice.json', '{ "log": "all",\n "log": "off" }', /^twice\.json:2:2: the key "log" is written twice$/],
    ['twice.yaml', 'log: all\nlog: off\n', /^twice\.yaml:2:1: map keys must be unique/],
    ['nowhere.yaml', 'origins: *a\n', /^nowhere\.yaml:1:10: no anchor "a" comes before this alias$/],
    ['endless.yaml', 'pools: &a\n  a: *a\n', /^endless\.yaml:2:6: the alias is inside its own anchor$/],
    ['bomb.yaml', ALIAS_BOMB, /^bomb\.yaml:1:1: excessive alias count /],
    ['empty.json', '\n', /it must hold a configuration, received an empty file$/],
    ['none.js', 'let a = 1;', /^Cannot read none\.js: it must hold "const CONFIG = /],
    [
      'code.js',
      'const CONFIG = { a: process.env.A };',
      /^code\.js:1:16: .*ReferenceError: process is not defined$/,
    ],
  ];
  for (const [name, text, message] of cases) t.throws(() => parseConfig(name, text), { message }, name);
  t.throws(() => readConfig('missing.json'), { message: 'Cannot read missing.json: there is no such file' });
  t.throws(() => readConfig(t.testdir()), { message: /it must be a file, received a directory$/ });
});

t.test('reads JSON with comments, YAML and scripts as the same configuration', async (t) => {
  const wanted = { origins: ['https://a.example'], log: 'off', pools: { ['__proto__']: 1 } };
  const texts: [name: string, text: string][] = [
    ['a.json', '// why\n{ "origins": ["https://a.example",], "log": "off", "pools": { "__proto__": 1 } }'],
    ['-', 'origins:\n  - https://a.example\nlog: off\npools: { __proto__: 1 }\n'],
    [
      'a.js',
      'const CONFIG = { origins: ["https://" + "a.example"], log: "off", pools: { ["__proto__"]: 1 } };',
    ],
    [
      'b.js',
      '/* x */ export default defineConfig({ origins: ["https://a.example"], log: "off", pools: { ["__proto__"]: 1 } });',
    ],
  ];
  for (const [name, text] of texts) t.same(parseConfig(name, text).value, wanted, text);
  const shared = `routes:\n  - cors: &cors { maxAge: 1 }\n${'  - cors: *cors\n'.repeat(1000)}`;
  t.same(parseConfig('a.yaml', shared).value, { routes: Array(1001).fill({ cors: { maxAge: 1 } }) });
});

const WARNED: [what: string, config: object, message: RegExp][] = [
  [
    'a route that never gets a request',
    {
      routes: [
        { name: 'all' },
        { name: 'never', methods: ['GET'], paths: ['/a'] },
        { paths: ['/a'], name: 'b' },
        { paths: ['/a'], name: 'c' },
      ],
    },
    /routes\[2\] never gets a request: c takes all of them/,
  ],
  [
    'two routes with one name',
    { routes: [{ name: 'a', paths: ['/a'] }, { name: 'a' }] },
    /routes\[1\]\.name "a" is another route's too/,
  ],
  [
    'a path with a star',
    { routes: [{ paths: ['/v1/*'] }, {}] },
    /routes\[0\]\.paths\[0\] "\/v1\/\*" means a literal "\*": .* write "\/v1\/"/,
  ],
  [
    'an unused pool',
    {
      pools: { default: { origins: ['https://b.example'] }, x: { origins: ['https://b.example'] } },
      routes: [{}],
      origins: undefined,
    },
    /pools\.x is not used by any route/,
  ],
  [
    'a duplicate origin',
    { origins: ['https://a.example', 'https://a.example/'] },
    /origins\[1\] is the same origin as another one/,
  ],
  [
    'plain HTTP to a public host',
    { origins: ['http://a.example'] },
    /origins\[0\] goes over the internet unencrypted/,
  ],
  [
    'CORS credentials for any origin, which Kong accepts',
    { compat: 'kong-3', cors: { credentials: true } },
    /cors lets every website act as the caller/,
  ],
  ['auth without keys', { auth: {} }, /auth lets nobody in/],
  ['jwt without keys or secrets', { jwt: {} }, /^jwt lets nobody in: no consumer has jwtKeys or jwtSecrets/],
  [
    'basicAuth without logins',
    { routes: [{ basicAuth: {} }] },
    /^routes\[0\]\.basicAuth lets nobody in: no consumer has logins/,
  ],
  ['hmacAuth without secrets', { hmacAuth: {} }, /^hmacAuth lets nobody in/],
  [
    'shared verdicts without revocations',
    { shared: { verdicts: { secret: 'sixteen or more characters' }, revocations: false } },
    /^shared\.verdicts does nothing without shared\.revocations/,
  ],
  [
    'shared metrics without status',
    { shared: { metrics: {} } },
    /^shared\.metrics does nothing without status/,
  ],
  ['no catch-all route', { routes: [{ paths: ['/a'] }] }, /routes have none without conditions/],
];

for (const [what, config, message] of WARNED)
  t.test(`check warns of ${what}, and of nothing else`, async (t) => {
    const whole = JSON.parse(JSON.stringify({ origins: ['https://a.example'], ...config })) as Config;
    const warnings = findWarnings(whole, checkConfig(whole));
    t.equal(warnings.length, 1, warnings.join('\n'));
    t.match(warnings[0], message);
  });

const HINTS: [config: object, message: string][] = [
  [
    { auth: { verify: 'https://k.example/{key}' } },
    'auth.verify must be an object, such as { url: … }, received "https://k.example/{key}"',
  ],
  [{ rateLimit: 60 }, 'rateLimit must be an object or false, such as { second: … }, received 60'],
  [{ routes: { paths: ['/a'] } }, 'routes must be a list, such as [{ name: … }], received {"paths":["/a"]}'],
  [
    { pools: { 'a.b': { origins: ['https://a.example'], balance: 'adaptve' } } },
    'received "adaptve", did you mean "adaptive"?',
  ],
  [
    { pools: { 'a.b': { origins: [{ url: 'https://a.example', headers: 'x' }] } } },
    'pools.a.b.origins[0].headers must be an object, such as { NAME: … }, received "x"',
  ],
  [
    { pools: { a: { origins: ['https://a.example'], outlier: { consecutivFailures: 3 } } } },
    'unknown key, did you mean "consecutiveFailures"?',
  ],
  [{ hedge: false }, 'hedge: unknown key; it stands at pools.NAME.hedge'],
  [{ nonsense: 1 }, 'nonsense: unknown key'],
];

t.test('an error suggests a valid shape, the nearest word, or the right place of a setting', async (t) => {
  for (const [config, message] of HINTS) {
    const [settings, faults] = checkValue({ origins: ['https://a.example'], ...config });
    t.equal(settings, null);
    t.ok(faults.length === 1 && faults[0]?.endsWith(message), faults.join('\n'));
  }
});

t.test('does not warn of private networks and valid configurations', async (t) => {
  const good: object[] = [
    {
      origins: words`http://10.0.0.1 http://127.0.0.1:9 http://[fd00::1] http://users.internal http://localhost`,
    },
    { auth: { verify: { url: 'http://localhost/{key}' } } },
    { routes: [{ paths: ['/a'] }, { paths: ['~/b/.*'] }, { paths: ['/'] }] },
  ];
  for (const config of good) {
    const whole = { origins: ['https://a.example'], ...config };
    t.same(findWarnings(whole, checkConfig(whole)), []);
  }
});

t.test('--strict fails for a warning, --script for an error of the built file', async (t) => {
  const folder = t.testdir({
    'a.json': '{"origins":["http://a.example"]}',
    'picky.js': "throw new Error('Cannot use the configuration:\\n  origins needs worker-full.js');",
  });
  const run = (...args: string[]) => call('check', join(folder, 'a.json'), ...args);
  t.equal((await run()).code, 0);
  t.equal((await run('--strict')).code, 1);
  t.equal((await run('--script', 'dist/worker-full.js')).code, 0);
  t.match(await run('--script', join(folder, 'picky.js')), {
    code: 1,
    err: 'a.json:1:2: origins needs worker-full.js',
  });
  writeFileSync(join(folder, 'a.json'), '{"origins":["https://a.example"],\n"compat":"kong-3"}');
  t.match(await run('--script', 'dist/worker.js'), {
    code: 1,
    err: 'a.json:2:1: compat needs worker-full.js or edge-gateway build --config',
  });
});

t.test('accepts a byte order mark and a configuration without routes', async (t) => {
  const file = join(t.testdir(), 'config.json');
  writeFileSync(file, '\uFEFF{"origins":["https://a.example"],"routes":[]}');
  t.match(await call('check', file), { code: 0, out: /^0 routes/ });
});
