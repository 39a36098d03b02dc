import t from 'tap';
import { runShell } from '../support/command.ts';

const COMMANDS = [
  'cli/edge-gateway.js',
  ...['serve', 'check', 'build', 'import-kong', 'parity', 'simulate', 'hash-key'].map(
    (name) => `cli/edge-gateway.js ${name}`,
  ),
  'examples/demo/start.ts',
  'docs/generate/costs.ts',
  'bench/run.ts',
];
const run = (command: string) => runShell(`node ${command} 2>&1`);

t.test(
  'a command that cannot be understood says why in its first line, and ends with exit code 2',
  async (t) => {
    const refused: readonly (readonly [command: string, said: RegExp])[] = [
      // What is required is asked for first.
      ...COMMANDS.map(
        (command) => [`${command} --nonsense`, /unknown option '--nonsense'|required option/] as const,
      ),
      ['cli/edge-gateway.js', /^Usage: edge-gateway /],
      ['cli/edge-gateway.js serv', /unknown command 'serv'\n\(Did you mean serve\?\)/],
      ['cli/edge-gateway.js serve --adress a', /unknown option '--adress'\n\(Did you mean --address\?\)/],
      ['cli/edge-gateway.js serve --address nonsense', /It must be HOST:PORT with a port from 0 to 65535/],
      ['cli/edge-gateway.js serve --processes 0', /It must be a whole number from 1 to 64/],
      [
        'cli/edge-gateway.js simulate --random many',
        /--random <n>.* It must be a whole number from 1 to 10000/,
      ],
      [
        'cli/edge-gateway.js simulate --seeds 1,x',
        /--seeds <1,2,3>.* It must be a whole number from 1 to 2147483648/,
      ],
      ['cli/edge-gateway.js simulate --policy adaptiv', /--policy <a;b>.* It must be of\n {2}adaptive\n/],
      [
        'cli/edge-gateway.js simulate --from nowhere.json',
        /--from <file>.* It must be a file that --json wrote/,
      ],
      ['cli/edge-gateway.js import-kong', /missing required argument 'file'/],
      ['cli/edge-gateway.js import-kong --profile 2017 a', /--profile <name>.* Allowed choices are 3, 2018/],
      ['cli/edge-gateway.js import-kong --host a b', /It must be NAME=URL, such as users=https:/],
      ['cli/edge-gateway.js check a b', /too many arguments/],
      [
        'bench/run.ts --only laod',
        /It must be of load, scripts, memory, instructions, keys, routes, faults, shared-limits/,
      ],
    ];
    for (const [command, said] of refused) {
      const { code, output } = await run(command);
      t.equal(code, 2, command);
      t.match(output, said, command);
      t.notMatch(output, /\n\s+at /);
    }
  },
);

t.test('--help is the usage, exit code 0, and nothing is done', async (t) => {
  for (const command of COMMANDS) {
    const { code, output } = await run(`${command} --help`);
    t.equal(code, 0, command);
    t.match(output, /^Usage: (?:edge-gateway|np[mx]|node) /, command);
    if (command.startsWith('cli/')) t.match(output, /\n\nExit codes: 0 [^]*1 [^]*2 /, command);
  }
});

t.test('a build says what is wrong with a configuration, or with the place where it goes', async (t) => {
  const folder = t.testdir({
    'typo.json': '{"orgins":[]}',
    'good.json': '{"origins":["http://a.example"]}',
    taken: {},
  });
  const typo = await run(`cli/edge-gateway.js build --config ${folder}/typo.json`);
  t.equal(typo.code, 1);
  t.match(typo.output, 'orgins: unknown key, did you mean "origins"?');
  const taken = await run(`cli/edge-gateway.js build --config ${folder}/good.json --out ${folder}/taken`);
  t.equal(taken.code, 1);
  t.match(taken.output, /^Cannot write \S+taken: EISDIR/);
  const built = await run(`cli/edge-gateway.js build --json --config ${folder}/good.json`);
  const [{ file, bytes, gzippedBytes }] = JSON.parse(built.output) as [Record<string, number | string>];
  t.match(file, /good\.worker\.js$/, 'beside the configuration');
  t.ok(Number(bytes) > Number(gzippedBytes));
  const tracked = await run('cli/edge-gateway.js build --config dist/worker.js --out dist/worker.js --check');
  t.equal(tracked.code, 1, 'what is not what the sources make is said');
});
