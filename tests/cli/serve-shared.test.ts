import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import { programFor } from '../../cli/main.ts';
import { workerdPath } from '../../cli/workerd.ts';
import { runCommand } from '../support/command.ts';
import type { Tap } from '../support/origin.ts';
import { freePort } from '../../bench/processes.ts';
import { statusesOf } from '../support/shared-gateways.ts';
import { callProgram } from './call.ts';
import { startServe } from './listening.ts';
import { treeOf } from './processes.ts';

const CONFIG = JSON.stringify({
  routes: [{ paths: ['/'], respondWith: { status: 204 } }],
  rateLimit: { year: 20, by: 'service' },
  shared: { timeoutMs: 10_000 },
});

async function startTwo(t: Tap, args: string[], env = {}) {
  const { serve, port } = await startServe(t, ['--processes', '2', ...args], {
    GATEWAY_CONFIG: CONFIG,
    ...env,
  });
  const send = (): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
  return { serve, send };
}

t.test('processes share limits through a companion of serve, keep its state, and end with it', async (t) => {
  const state = t.testdir();
  const first = await startTwo(t, ['--state', state]);
  t.same(await statusesOf(15, first.send), { 204: 15 });
  t.equal(await first.serve.end('SIGTERM'), 0);
  const second = await startTwo(t, ['--state', state]);
  const statuses = await statusesOf(40, second.send);
  // Tokens that the first run held when it ended are lost.
  t.ok((statuses[204] ?? 0) <= 5, JSON.stringify(statuses));
  t.equal((statuses[204] ?? 0) + (statuses[429] ?? 0), 40);
  const companion = treeOf(second.serve.pid).find(({ command }) => command.includes('config.capnp'));
  process.kill(companion!.pid, 'SIGKILL');
  t.equal(await second.serve.ended, 1);
  t.match(second.serve.output(), /The companion has ended, and the gateway with it/);
});

t.test('reports a state folder that cannot be used, and options without effect', async (t) => {
  const folder = t.testdir({ file: '' });
  // The address is not this machine's, so that no gateway starts.
  const run = async (config: string, ...options: string[]) => {
    const args = ['serve', '--address', '192.0.2.1:0', ...options];
    return callProgram(await programFor(args), args, { env: { GATEWAY_CONFIG: config } });
  };
  t.match(await run(CONFIG, '--state', `${folder}/file`), {
    code: 1,
    err: /^Cannot keep the state in \S+\/file: EEXIST.*\n$/,
  });
  t.match(await run('{"origins":["http://a.example"]}', '--state', folder, '--companion', '127.0.0.1:1'), {
    code: 1,
    err: /^Note: --state does nothing.*\nNote: --companion does nothing.*\nCannot serve: listen EADDRNOTAVAIL/,
  });
});

t.test('a companion on another machine: companion.capnp and serve --companion, with a token', async (t) => {
  const SHARED_TOKEN = 'a-token-between-them';
  const port = await freePort();
  const options = ['--socket-addr', `http=127.0.0.1:${port}`, '--directory-path', `disk=${t.testdir()}`];
  const companion = runCommand(workerdPath('nov'), ['serve', 'deploy/companion.capnp', ...options], {
    SHARED_TOKEN,
  });
  t.teardown(() => companion.end('SIGKILL'));
  const changes = (headers: Record<string, string>): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/changes?since=0`, { headers });
  while ((await changes({}).catch(() => null)) === null) await sleep(50);
  t.equal((await changes({})).status, 403);
  t.equal((await changes({ 'x-token': SHARED_TOKEN })).status, 200);
  const { send } = await startTwo(t, ['--companion', `127.0.0.1:${port}`], { SHARED_TOKEN });
  t.same(await statusesOf(50, send), { 204: 20, 429: 30 });
});
