import t from 'tap';
import { benchCommand } from '../../bench/run.ts';
import { programFor } from '../../cli/main.ts';
import { costsCommand } from '../../docs/generate/costs.ts';
import { startCommand } from '../../examples/demo/start.ts';
import { runShell } from '../support/command.ts';
import { call, callProgram } from './call.ts';

const COMMANDS = ['', 'serve', 'check', 'build', 'import-kong', 'parity', 'simulate', 'hash-key'];
/** Separate programs. */
const OTHERS = {
  'npm run bench --': benchCommand,
  'npm start --': startCommand,
  'node docs/generate/costs.ts': costsCommand,
};
const runLine = (line: string) => call(...line.split(' ').filter((word) => word !== ''));

t.test('an invalid command line is explained in the first line, with exit code 2', async (t) => {
  const INVALID: readonly (readonly [command: string, message: RegExp])[] = [
    // A missing required option is reported first.
    ...COMMANDS.map((name) => [`${name} --nonsense`, /unknown option '--nonsense'|required option/] as const),
    ['', /^Usage: edge-gateway /],
    ['serv', /unknown command 'serv'\n\(Did you mean serve\?\)/],
    ['serve --adress a', /unknown option '--adress'\n\(Did you mean --address\?\)/],
    ['serve --address nonsense', /It must be HOST:PORT with a port from 0 to 65535/],
    ['serve --companion nonsense', /It must be HOST:PORT with a port from 0 to 65535/],
    ['serve --processes 0', /It must be a whole number from 1 to 64/],
    ['simulate --random many', /--random <n>.* It must be a whole number from 1 to 10000/],
    ['simulate --seeds 1,x', /--seeds <1,2,3>.* It must be a whole number from 1 to 2147483648/],
    ['simulate --policy adaptiv', /--policy <a;b>.* It must be of\n {2}adaptive\n/],
    ['simulate --from nowhere.json', /--from <file>.* It must be a file that --json wrote/],
    ['import-kong', /missing required argument 'file'/],
    ['import-kong --profile 2017 a', /--profile <name>.* Allowed choices are 3, 2018/],
    ['import-kong --host a b', /It must be NAME=URL, such as users=https:/],
    ['check a b', /too many arguments/],
  ];
  for (const [line, message] of INVALID) {
    const { code, err } = await runLine(line);
    t.equal(code, 2, line);
    t.match(err, message, line);
  }
  for (const command of Object.values(OTHERS))
    t.match(await callProgram(command, ['--nonsense']), { code: 2, err: "unknown option '--nonsense'" });
  t.match(await callProgram(benchCommand, ['--only', 'laod']), {
    code: 2,
    err: /It must be of load, scripts, memory, instructions, keys, routes, faults/,
  });
  // As a process, so that the start script is tested too.
  const { code, output } = await runShell('node cli/edge-gateway.js check --nonsense 2>&1');
  t.equal(code, 2);
  t.match(output, "unknown option '--nonsense'");
  t.notMatch(output, /\n\s+at /);
});

t.test('--help prints the usage with exit code 0, and does nothing else', async (t) => {
  for (const name of COMMANDS) {
    const { code, out } = await runLine(`${name} --help`);
    t.equal(code, 0, name);
    t.match(out, new RegExp(`^Usage: edge-gateway ${name}`), name);
  }
  for (const [name, command] of Object.entries(OTHERS))
    t.match(await callProgram(command, ['--help']), { code: 0, out: `Usage: ${name}` });
  t.match(await call('--help'), { out: /^Usage: edge-gateway [^]*\n\nExit codes: 0 [^]*1 [^]*2 / });
});

t.test('a build reports an invalid configuration or output path', async (t) => {
  const folder = t.testdir({
    'typo.json': '{"orgins":[]}',
    'good.json': '{"origins":["http://a.example"]}',
    taken: {},
  });
  t.match(await call('build', '--config', `${folder}/typo.json`), {
    code: 1,
    err: 'orgins: unknown key, did you mean "origins"?',
  });
  const good = ['build', '--config', `${folder}/good.json`];
  t.match(await call(...good, '--out', `${folder}/taken`), {
    code: 1,
    err: /^Cannot write \S+taken: EISDIR/,
  });
  const built = await call(...good, '--json');
  const [{ file, bytes, gzippedBytes }] = JSON.parse(built.out) as [Record<string, number | string>];
  t.match(file, /good\.worker\.js$/, 'next to the configuration');
  t.ok(Number(bytes) > Number(gzippedBytes));
  const other = [...good, '--out', `${folder}/typo.json`, '--check'];
  t.equal((await call(...other)).code, 1, '--check fails for a file that differs from a fresh build');
});

t.test('rejects an option without effect, and errors name the file', async (t) => {
  const folder = t.testdir({ 'text.json': '"origins"', 'names.ts': 'export default { origins: [HOST] };' });
  const cases: readonly (readonly [command: string, message: RegExp])[] = [
    [`build --out ${folder}/x.js`, /^Cannot build: --out and --format module need --config\n$/],
    ['build --format module', /^Cannot build: --out and --format module need --config\n$/],
    ['serve --watch', /^Cannot serve: --watch needs --config\n$/],
    [`check ${folder}/text.json`, /text\.json:1:1: the configuration must be an object, received text\n$/],
    [`check ${folder}/names.ts`, /names\.ts:1:16: the configuration is read alone.*HOST is not defined\n$/],
  ];
  for (const [command, message] of cases) {
    const { code, err } = await runLine(command);
    t.equal(code, 1, command);
    t.match(err, message, command);
  }
  const env = { GATEWAY_CONFIG: '{bad' };
  const { err } = await callProgram(await programFor(['serve']), ['serve'], { env });
  t.match(err, /^Cannot use the configuration:\n {2}GATEWAY_CONFIG must be JSON: .*\n$/);
});
