/** The published package in an empty folder: it needs only the dependencies in its package.json. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';
import { runCommand, runShell } from '../support/command.ts';
import { originFor } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

t.setTimeout(120_000);

const PASTED = readFileSync(`${ROOT}/dist/worker.js`, 'utf8');
/** Valid and invalid configurations, as users would write them. */
const TYPED = {
  'gateway.config.ts': `import { defineConfig, type Config } from 'edge-gateway';
export default defineConfig({
  origins: ['https://a.example', { url: 'https://b.example', location: [52, 4] }],
  auth: { verify: { url: 'https://keys.example/{key}' } },
  // @ts-expect-error: an unknown word
  log: 'error',
});
const route = { paths: ['/'], rateLimit: { minute: 60 }, cors: false } satisfies NonNullable<Config['routes']>[number];
export const other: Config = {
  routes: [route],
  // @ts-expect-error: a setting of a pool
  hedge: false,
};
export const third: Config = {
  // @ts-expect-error: the verifier is an object
  auth: { verify: 'https://keys.example/{key}' },
};
`,
  // The head of the pasted file, and one with an error.
  'pasted.js': `${PASTED.slice(0, PASTED.indexOf('\n// worker.ts'))}\nCONFIG.log = 'all';\nexport {};\n`,
  'slip.js': `/** @type {import('edge-gateway').Config} */
const CONFIG = {
  // @ts-expect-error: a list
  origins: 'https://a.example',
};
export { CONFIG };
`,
};

/** Runs commands of the package one after another; each is loaded from its own bundle. */
const CALLS = `import { programFor } from './node_modules/edge-gateway/dist/cli/main.js';
for (const line of process.argv.slice(2)) {
  console.log('$ ' + line);
  const program = await programFor(line.split(' '));
  for (const one of [program, ...program.commands]) one.exitOverride();
  await program.parseAsync(line.split(' '), { from: 'user' }).catch(() => {});
}
`;
/** The scripts above are also configurations, with errors. */
const CALLED: Readonly<Record<string, RegExp>> = {
  'check gateway.yaml': /^1 route/,
  'check gateway.config.ts': /^gateway\.config\.ts:6:3: log must be "off"/,
  'check slip.js': /^slip\.js:4:3: origins must be a list, such as/,
  'build --config gateway.yaml': /^gateway\.worker\.js: /,
  'import-kong --help': /^Usage: edge-gateway import-kong/,
  'parity --help': /^Usage: edge-gateway parity/,
  'simulate --help': /^Usage: edge-gateway simulate/,
  'hash-key --help': /^Usage: edge-gateway hash-key/,
};

t.test('a clone with only the packages of the command needs no test runner', async (t) => {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
    scripts: { prepare: string };
  };
  const { code, output } = await runShell(scripts['prepare'], t.testdir());
  t.equal(code, 0, output);
});

t.test('the packed package serves, checks and builds a configuration in an empty folder', async (t) => {
  // Outside the clone, where an import missing from package.json would resolve.
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const packed = await runShell(`npm pack --workspace edge-gateway --pack-destination ${folder} 2>&1`);
  t.equal(packed.code, 0, packed.output);
  const home = join(folder, 'node_modules/edge-gateway');
  mkdirSync(home, { recursive: true });
  await runShell(`tar -xzf ${folder}/edge-gateway-*.tgz -C ${home} --strip-components=1`);
  const { dependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  t.same(Object.keys(dependencies), ['esbuild', 'oxc-parser', 'oxfmt', 'workerd']);
  const { resolve } = createRequire(join(ROOT, 'cli/package.json'));
  for (const name of Object.keys(dependencies))
    symlinkSync(dirname(resolve(`${name}/package.json`)), join(folder, 'node_modules', name));

  writeFileSync(join(folder, 'calls.mjs'), CALLS);
  for (const [name, text] of Object.entries(TYPED)) writeFileSync(join(folder, name), text);
  const options = '--noEmit --strict --checkJs --module nodenext --target es2022 --types ""';
  const types = await runShell(
    `${ROOT}/node_modules/.bin/tsc ${options} ${Object.keys(TYPED).join(' ')}`,
    folder,
  );
  t.equal(types.code, 0, types.output);
  const { properties } = JSON.parse(readFileSync(`${ROOT}/schema.json`, 'utf8')) as { properties: object };
  const declared = readFileSync(join(home, 'index.d.ts'), 'utf8');
  for (const name of Object.keys(properties)) t.match(declared, `\n  ${name}?: `, 'every setting has a type');

  const origin = await originFor(t, { body: 'hello' });
  const config = join(folder, 'gateway.yaml');
  // `shared`, so that its companion is needed too.
  writeFileSync(config, `origins:\n  - ${origin.url}\nshared: {}\n`);
  const lines = Object.keys(CALLED);
  const { output } = await runShell(
    `node calls.mjs ${lines.map((line) => `'${line}'`).join(' ')} 2>&1`,
    folder,
  );
  const outputs = new Map(output.split(/^\$ /m).map((part) => part.split(/\n([^]*)/, 2) as [string, string]));
  for (const [line, expected] of Object.entries(CALLED)) t.match(outputs.get(line), expected, line);
  const args = ['serve', '--config', config, '--address', '127.0.0.1:0'];
  const serve = runCommand('node', ['node_modules/edge-gateway/edge-gateway.js', ...args], {}, folder);
  t.teardown(() => serve.end('SIGKILL'));
  const port = Number(/listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(await serve.says('Ctrl-C ends it'))?.[1]);
  const answer = await rawRequest(port, { path: '/' });
  t.equal(answer.status, 200);
  t.equal(answer.body.toString(), 'hello');
  t.equal(await serve.end('SIGTERM'), 0);
});
