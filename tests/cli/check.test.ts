import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import { describeSettings } from '../../cli/check/plan.ts';
import { runGateway } from '../support/command.ts';

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

t.test('the plan has the routes in the order in which they are tried, and what each enforces', async (t) => {
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

t.test('the plan repeats no secret', async (t) => {
  const plan = describeSettings(checkConfig(CONFIG));
  for (const secret of SECRETS) t.notMatch(plan, secret);
  t.match(plan, 'sets X-Secret', 'but says that there is one');
});

t.test('edge-gateway check reads JSON, JavaScript and the built file', async (t) => {
  for (const file of ['examples/two-nodes/config.js', 'dist/worker.js']) {
    const command = runGateway(['check', file]);
    t.equal(await command.ended, 0);
    t.match(command.output(), /1\. default +everything +-> +pool default/);
  }
});

t.test('faults are told all at once, with exit code 1 and no stack', async (t) => {
  const file = join(t.testdir(), 'config.json');
  writeFileSync(
    file,
    '{"a":1,"origins":["https://a.example"],"pools":{"x":{"origins":[],"timeoutMs":"soon"}}}',
  );
  const command = runGateway(['check', file]);
  t.equal(await command.ended, 1);
  t.match(command.output(), /a: unknown key/);
  t.match(command.output(), /pools\.x\.timeoutMs must be .*, received "soon"/);
  t.notMatch(command.output(), /\n\s+at /);
});

t.test('a file that is no configuration is one clear line', async (t) => {
  const dir = t.testdir({
    'broken.json': '{',
    'broken.js': 'const CONFIG = {\n  origins: [ };',
    'comma.json': '{\n  "log": "all",\n}',
    'twice.json': '{ "log": "all",\n "log": "off" }',
    'empty.json': '\n',
    'folder.json': {},
    'none.js': 'let a = 1;',
    'code.js': 'const CONFIG = { origins: [process.env.A] };',
  });
  const said = async (name: string) => {
    const command = runGateway(['check', join(dir, name)]);
    t.equal(await command.ended, 1);
    t.equal(command.output().split('\n').length, 2, 'one line');
    return command.output();
  };
  t.match(await said('broken.json'), /Cannot read .*broken\.json: it must be JSON.* in line 1, column 2$/m);
  t.match(await said('broken.js'), /Unexpected token in line 2, column 14$/m);
  t.match(await said('comma.json'), /Quoted object key expected but got '}' in line 3, column 1$/m);
  t.match(await said('twice.json'), /Duplicate key 'log' in line 2, column 3$/m);
  t.match(await said('empty.json'), /empty\.json: it must be JSON .*, received an empty file/);
  t.match(await said('folder.json'), /folder\.json: it must be a file, received a directory/);
  t.match(await said('none.js'), /it must be JSON or hold "const CONFIG = \{\.\.\.\}"/);
  t.match(await said('code.js'), /must be a plain object, received ReferenceError: process is not defined/);
  t.match(await said('missing.json'), /missing\.json: there is no such file/);
});

t.test('a byte order mark and a configuration without routes are no faults', async (t) => {
  const file = join(t.testdir(), 'config.json');
  writeFileSync(file, '\uFEFF{"origins":["https://a.example"],"routes":[]}');
  const command = runGateway(['check', file]);
  t.equal(await command.ended, 0, command.output());
  t.match(command.output(), /^0 routes/);
});
