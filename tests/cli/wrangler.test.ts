import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { ROOT } from '../../cli/paths.ts';
import { runCommand } from '../support/command.ts';
import { originFor } from '../support/origin.ts';
import { call } from './call.ts';

const OFFLINE = { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: 'true' };

/** A folder with the files that wrangler needs, so that it writes nothing into the repository. */
function project(dir: string): string {
  mkdirSync(join(dir, 'dist'));
  for (const file of ['wrangler.toml', 'dist/worker.js']) copyFileSync(join(ROOT, file), join(dir, file));
  return dir;
}

/** Runs a dry-run deployment, and asserts that `file` would be uploaded unchanged. */
async function dryRun(t: Test, dir: string, file: string, ...args: string[]): Promise<string> {
  const deploy = runCommand('wrangler', ['deploy', '--dry-run', '--outdir', 'out', ...args], OFFLINE, dir);
  t.equal(await deploy.ended, 0, deploy.output());
  t.ok(readFileSync(join(dir, 'out', basename(file))).equals(readFileSync(join(dir, file))), file);
  return deploy.output();
}

t.test('wrangler deploy uploads the built file byte for byte, with every option uncommented', async (t) => {
  const dir = project(t.testdir());
  const file = join(dir, 'wrangler.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^# (?=\[|[\w]+ = )/gm, ''));
  // With the options from the runbook.
  const runbook = readFileSync(join(ROOT, 'docs/migration.md'), 'utf8');
  const lines = [...runbook.matchAll(/wrangler deploy (-.*)$/gm)].map(([, options = '']) => options);
  const options = lines.toSorted((a, b) => b.length - a.length)[0]!.split(' ');
  t.ok(options.includes('--no-bundle'));
  for (const line of lines)
    for (const [option] of line.matchAll(/--[a-z-]+/g)) t.ok(options.includes(option), option);
  const output = await dryRun(t, dir, 'dist/worker.js', ...options);
  t.match(output, /env\.GATEWAY_CONFIG.*origins/);
  t.notMatch(output, /warning|deprecated|unexpected/i);
});

t.test('wrangler accepts the companion with its Durable Object, byte for byte', async (t) => {
  const dir = project(t.testdir());
  for (const file of ['wrangler.shared.toml', 'dist/shared.js'])
    copyFileSync(join(ROOT, file), join(dir, file));
  t.match(await dryRun(t, dir, 'dist/shared.js', '-c', 'wrangler.shared.toml'), /SHARED_STATE/);
});

t.test('wrangler accepts the module that contains the companion, byte for byte', async (t) => {
  const dir = t.testdir({
    'gateway.json': JSON.stringify({
      origins: ['https://a.example.com'],
      rateLimit: { minute: 60 },
      shared: { board: {} },
    }),
    deploy: { module: {} },
  });
  copyFileSync(join(ROOT, 'deploy/module/wrangler.toml'), join(dir, 'deploy/module/wrangler.toml'));
  const files = ['--config', join(dir, 'gateway.json'), '--out', join(dir, 'gateway.mjs')];
  t.match(await call('build', ...files, '--format', 'module', '--with-companion'), { code: 0 });
  t.match(await dryRun(t, dir, 'gateway.mjs', '-c', 'deploy/module/wrangler.toml'), /SHARED_STATE/);
});

t.test('wrangler dev serves it offline', async (t) => {
  const origin = await originFor(t, { body: 'from the origin' });
  const dir = project(t.testdir());
  const config = JSON.stringify({ origins: [origin.url], responseHeaders: { origin: 'Origin' } });
  const ports = ['--ip', '127.0.0.1', '--port', '0', '--inspector-port', '0'];
  const args = ['dev', ...ports, '--var', `GATEWAY_CONFIG:${config}`];
  const dev = runCommand('wrangler', args, OFFLINE, dir);
  t.teardown(() => dev.end('SIGTERM'));
  const output = await dev.says('Ready on', 60_000);
  t.notMatch(output, /warning|deprecated/i, 'of the unchanged file');
  const url = /Ready on (http:\/\/\S+)/.exec(output)?.[1] ?? '';
  const answer = await fetch(url);
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('origin'), origin.url);
  t.equal(await answer.text(), 'from the origin');
});
