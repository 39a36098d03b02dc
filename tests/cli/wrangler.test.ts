import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';
import { runCommand } from '../support/command.ts';
import { startOrigin } from '../support/origin.ts';
import { call } from './call.ts';

const OFFLINE = { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: 'true' };

/** A folder with what wrangler needs, so that it writes nothing into the repository. */
function project(dir: string): string {
  mkdirSync(join(dir, 'dist'));
  for (const file of ['wrangler.toml', 'dist/worker.js']) copyFileSync(join(ROOT, file), join(dir, file));
  return dir;
}

t.test(
  'wrangler deploy uploads the built file byte for byte, with what its file has to be struck in',
  async (t) => {
    const dir = project(t.testdir());
    const file = join(dir, 'wrangler.toml');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^# (?=\[|[\w]+ = )/gm, ''));
    const deploy = runCommand('wrangler', ['deploy', '--dry-run', '--outdir', 'out'], OFFLINE, dir);
    t.equal(await deploy.ended, 0, deploy.output());
    t.ok(readFileSync(join(dir, 'out/worker.js')).equals(readFileSync(join(ROOT, 'dist/worker.js'))));
    t.match(deploy.output(), /env\.GATEWAY_CONFIG.*origins/);
    t.notMatch(deploy.output(), /warning|deprecated|unexpected/i);
  },
);

t.test('wrangler takes the companion with its Durable Object, byte for byte', async (t) => {
  const dir = project(t.testdir());
  for (const file of ['wrangler.shared.toml', 'dist/shared.js'])
    copyFileSync(join(ROOT, file), join(dir, file));
  const args = ['deploy', '--dry-run', '-c', 'wrangler.shared.toml', '--outdir', 'out'];
  const deploy = runCommand('wrangler', args, OFFLINE, dir);
  t.equal(await deploy.ended, 0, deploy.output());
  t.ok(readFileSync(join(dir, 'out/shared.js')).equals(readFileSync(join(ROOT, 'dist/shared.js'))));
  t.match(deploy.output(), /SHARED_STATE/);
});

t.test('wrangler takes the module that carries the companion, byte for byte', async (t) => {
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
  const args = ['deploy', '--dry-run', '-c', 'deploy/module/wrangler.toml', '--outdir', 'out'];
  const deploy = runCommand('wrangler', args, OFFLINE, dir);
  t.equal(await deploy.ended, 0, deploy.output());
  t.ok(readFileSync(join(dir, 'out/gateway.mjs')).equals(readFileSync(join(dir, 'gateway.mjs'))));
  t.match(deploy.output(), /SHARED_STATE/);
});

t.test('wrangler dev serves it offline', async (t) => {
  const origin = await startOrigin({ body: 'from the origin' });
  t.teardown(origin.stop);
  const dir = project(t.testdir());
  const config = JSON.stringify({ origins: [origin.url], responseHeaders: { origin: 'Origin' } });
  const ports = ['--ip', '127.0.0.1', '--port', '0', '--inspector-port', '0'];
  const args = ['dev', ...ports, '--var', `GATEWAY_CONFIG:${config}`];
  const dev = runCommand('wrangler', args, OFFLINE, dir);
  t.teardown(() => dev.end('SIGTERM'));
  const said = await dev.says('Ready on', 60_000);
  t.notMatch(said, /warning|deprecated/i, 'of the file as it stands too');
  const url = /Ready on (http:\/\/\S+)/.exec(said)?.[1] ?? '';
  const answer = await fetch(url);
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('origin'), origin.url);
  t.equal(await answer.text(), 'from the origin');
});
