import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { ROOT } from '../../cli/paths.ts';
import { freshPages } from '../../docs/generate/docs.ts';
import { call } from '../cli/call.ts';
import { runGateway, runShell } from '../support/command.ts';
import { gatewayFor } from '../support/gateway.ts';
import { act, originFor } from '../support/origin.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const pagesIn = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true })
    .map((name) => `${folder}/${String(name)}`)
    .filter((file) => file.endsWith('.md'));
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...pagesIn('docs'),
  ...pagesIn('examples'),
];
const README = read('README.md');

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    (hit) => hit[1] ?? '',
  );
}

t.test('what is generated is current', async (t) => {
  for (const [file, text] of Object.entries(await freshPages()))
    t.ok(text === read(file), `${file}: run \`npm run docs\` and commit what it writes`);
});

t.test('every file that a page links to or names exists', async (t) => {
  for (const page of PAGES) {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(
      (hit) => hit[1] ?? '',
    );
    const tests = [...read(page).matchAll(/`(tests\/[\w/-]+\.test\.ts)`/g)].map((hit) => hit[1] ?? '');
    for (const link of [...links, ...tests]) {
      if (link === 'tests/unit/x.test.ts') continue;
      t.ok(existsSync(resolve(ROOT, dirname(page), link)), `${page} names ${link}`);
    }
  }
});

t.test('the Worker has no dependencies, and each workspace imports all of its packages', async (t) => {
  const manifestOf = (folder: string) =>
    JSON.parse(read(join(folder, 'package.json'))) as Record<string, Record<string, string> | undefined>;
  t.equal(manifestOf('.')['dependencies'], undefined);
  for (const folder of ['cli', 'tests', 'bench']) {
    const sources = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /^(?!dist|node_modules).*\.[tj]s$/.test(file))
      .map((file) => read(join(folder, file)))
      .join('\n');
    const { dependencies = {}, devDependencies = {} } = manifestOf(folder);
    const unused = Object.keys({ ...dependencies, ...devDependencies }).filter(
      (name) => !name.startsWith('@types/') && !new RegExp(`['"\`]${name}['"\`/]`).test(sources),
    );
    t.same(unused, [], folder);
  }
});

/** What builds, runs and tests the Worker. The commands, the tests and the bench have manifests of their own. */
const TOOLING = [
  ...['@cloudflare/workers-types', 'esbuild', 'miniflare', 'node', 'oxfmt', 'oxlint', 'oxlint-tsgolint'],
  ...['tap', 'ts-morph', 'typescript', 'wrangler'],
];

t.test('the root has only tooling, and the Worker imports no package', async (t) => {
  const manifest = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
  t.same(Object.keys(manifest.devDependencies).sort(), TOOLING);
  const sources = [
    'worker.ts',
    ...readdirSync(join(ROOT, 'lib'), { recursive: true }).map((name) => `lib/${String(name)}`),
  ];
  for (const file of sources.filter((name) => name.endsWith('.ts')))
    for (const [, from = ''] of read(file).matchAll(/^(?:import|export)\b[^;']*\bfrom '([^']+)'/gm))
      t.match(from, /^\.{1,2}\//, `${file} imports ${from}`);
});

t.test('git ignores the files that the README tells users to write', async (t) => {
  for (const file of ['gateway.json', 'gateway.yaml', 'gateway.worker.js'])
    t.equal((await runShell(`git check-ignore ${file}`)).code, 0, file);
});

t.test('every npm script and every program that a page names exists', async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  // That page describes earlier releases.
  for (const page of PAGES.filter((file) => file !== 'docs/upgrading.md')) {
    for (const [, name = ''] of read(page).matchAll(/npm (?:run (?:--silent )?|(?=start|test))([a-z-]+)/g))
      t.ok(scripts[name], `${page}: npm ${name}`);
    for (const [, file = ''] of read(page).matchAll(/node ((?:docs|examples|cli|bench)\/[\w/-]+\.ts)/g))
      t.ok(existsSync(join(ROOT, file)), `${page}: node ${file}`);
  }
});

t.test('each promise in SECURITY.md names an existing test by its title', async (t) => {
  const promises = [...read('SECURITY.md').matchAll(/^\| (?!promised|---)(.+?) +\|.*\|(.*)\|$/gm)];
  t.ok(promises.length >= 10);
  for (const [, promise = '', proof = ''] of promises) {
    const tests = [...proof.matchAll(/`(tests\/[\w/.-]+)` "([^"]+)"/g)];
    t.ok(tests.length > 0, promise);
    for (const [, file = '', title = ''] of tests) t.ok(read(file).includes(title), `${file}: ${title}`);
  }
});

t.test('the configuration in the README starts and does what the README says', async (t) => {
  const [text = ''] = blocks(README, 'js');
  const origin = await originFor(t, ({ url }, _request, response) =>
    act({ status: url === '/keys/bad' ? 404 : 200 }, response),
  );
  const here = text.replaceAll(/https:\/\/api2?\.example\.com/g, origin.url);
  const config = runInNewContext(`(${/CONFIG = ([\s\S]*);/.exec(here)?.[1]})`) as Config;
  const gateway = await gatewayFor(t, config);
  const ask = (path: string, apikey?: string) =>
    fetch(gateway.url + path, { headers: { origin: 'https://app.example.com', ...(apikey && { apikey }) } });
  const limited = await ask('/anything', 'good');
  t.equal(limited.status, 200);
  t.equal(limited.headers.get('ratelimit-limit'), '60');
  for (const [path, key, status] of [
    ['/anything', undefined, 401],
    ['/anything', 'bad', 401],
    ['/status', undefined, 200],
  ] as const) {
    const answer = await ask(path, key);
    t.equal(answer.status, status, `${path} with ${key ?? 'no key'}`);
    t.equal(answer.headers.get('access-control-allow-origin'), 'https://app.example.com');
    if (status === 200) t.equal(answer.headers.get('ratelimit-limit'), null, 'the public route has no limit');
  }
});

/** Commands that have a test of their own: its file, and a string in it. */
const ELSEWHERE: Record<string, [file: string, text: string]> = {
  // It takes minutes: only the step that once failed is tested.
  'npm ci --workspace edge-gateway': ['tests/cli/package.test.ts', "scripts['prepare']"],
  'npm ci && npm start': ['tests/cli/start.test.ts', 'examples/demo/start.ts'],
  // There is no account to log in to.
  'npx wrangler login': ['README.md', 'wrangler login'],
  'npx wrangler deploy': ['tests/cli/wrangler.test.ts', "'deploy'"],
  // It runs this file among others; CI runs it in full.
  'npm ci && npm test': ['.ci/run', 'npm ci && npm test'],
};

/** They require an account. */
const NEEDS_AN_ACCOUNT = ['npx wrangler login', 'npx wrangler secret put GATEWAY_CONFIG'];

t.test('every command in the README runs', async (t) => {
  const [text = ''] = blocks(README, 'js');
  const folder = t.testdir({ 'gateway.js': text });
  const config = join(folder, 'gateway.js');
  const inline = [...README.matchAll(/`(np[mx] [^`\n]+)`/g)].map((hit) => hit[1] ?? '');
  const lines = [...blocks(README, 'sh').flatMap((block) => block.trim().split('\n')), ...inline].map(
    (line) => line.replace(/ +#.*/, ''),
  );
  t.ok(lines.length >= 7, 'the README has commands');
  for (const line of lines.filter((one) => !NEEDS_AN_ACCOUNT.includes(one))) {
    const covered = ELSEWHERE[line];
    const [, words = ''] = /^npx edge-gateway (.*)$/.exec(line) ?? [];
    const args = words
      .replace('gateway.json', config)
      .replace('kong.yml', 'examples/kong/kong.yml')
      .split(' ');
    if (covered) t.ok(read(covered[0]).includes(covered[1]), `${line} is run by ${covered[0]}`);
    else if (args[0] === 'serve') {
      const serve = runGateway([...args, '--address', '127.0.0.1:0']);
      await serve.says('Ctrl-C ends it');
      t.equal(await serve.end('SIGTERM'), 0, line);
    } else {
      const out = args[0] === 'build' ? ['--out', join(folder, 'out.js')] : [];
      const { code, err } = await call(...args, ...out);
      t.equal(code, 0, `${line}\n${err}`);
    }
  }
});
