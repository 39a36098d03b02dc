import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runShell } from '../support/command.ts';

const COMMANDS = [
  'examples/demo/start.ts',
  'cli/serve/command.ts',
  'cli/import-kong/command.ts',
  'cli/check/plan.ts',
  'cli/simulate/command.ts',
  'docs/generate/docs.ts',
  'docs/generate/costs.ts',
  'bench/run.ts',
  'cli/build/command.ts',
];

t.test('a command that cannot be understood is one line, the usage and exit code 2', async (t) => {
  for (const command of COMMANDS) {
    const { code, output } = await runShell(`node ${command} --nonsense 2>&1`);
    t.equal(code, 2, command);
    const [first, second] = output.split('\n');
    t.equal(first, "Cannot understand the command: Unknown option '--nonsense'", command);
    t.match(second, /^Usage: np[mx] /, command);
  }
});

t.test('--help is the usage, exit code 0, and nothing is done', async (t) => {
  for (const command of COMMANDS) {
    const { code, output } = await runShell(`node ${command} --help`);
    t.equal(code, 0, command);
    t.match(output, /^Usage: np[mx] /, command);
  }
});

t.test('a word that means nothing is refused with what it may be', async (t) => {
  const refusals: [command: string, said: string][] = [
    [
      'cli/simulate/command.ts --random many',
      '--random must be a whole number from 1 to 10000, received "many"',
    ],
    [
      'cli/simulate/command.ts --seeds 1,x',
      '--seeds must be a whole number from 1 to 2147483648, received "x"',
    ],
    ['cli/simulate/command.ts --policy adaptiv', '--policy must be one of\n  adaptive\n'],
    [
      'cli/simulate/command.ts --from nowhere.json',
      '--from must be a file that --json wrote, received "nowhere.json"',
    ],
    [
      'bench/run.ts --only laod',
      '--only must be of load, scripts, memory, keys, routes, faults, received "laod"',
    ],
    ['cli/import-kong/command.ts', 'FILE must be one file, received none'],
    ['cli/import-kong/command.ts --profile 2017 a', '--profile must be 3 or 2018, received "2017"'],
    ['cli/check/plan.ts a b', 'FILE must be one file, received 2'],
  ];
  for (const [command, said] of refusals) {
    const { code, output } = await runShell(`node ${command} 2>&1`);
    t.equal(code, 2, command);
    t.ok(output.includes(said), `${command}: ${output}`);
  }
});

t.test('a build of a faulty configuration, or to where nothing can be written, says so', async (t) => {
  const folder = t.testdir({ 'typo.json': '{"orgins":[]}' });
  const typo = await runShell(
    `node cli/build/command.ts --config ${join(folder, 'typo.json')} --out ${join(folder, 'o.js')} 2>&1`,
  );
  t.equal(typo.code, 1);
  t.match(typo.output, 'Cannot use the configuration:\n  orgins: unknown key, did you mean "origins"?');
  mkdirSync(join(folder, 'taken'));
  writeFileSync(join(folder, 'good.json'), '{"origins":["http://a.example"],"cors":false}');
  const taken = await runShell(
    `node cli/build/command.ts --config ${join(folder, 'good.json')} --out ${join(folder, 'taken')} 2>&1`,
  );
  t.equal(taken.code, 1);
  t.match(taken.output, `Cannot write ${join(folder, 'taken')}: EISDIR`);
});
