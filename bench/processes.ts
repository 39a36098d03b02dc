/**
 * Starts and ends the processes of a bench: plain workerd with a script, and the origin server. All listen on loopback.
 *
 * Miniflare is not used: it puts a Node proxy and its own headers between the caller and the Worker, which would be
 * measured too.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { moduleOf, scriptOf, startWorkerd, workerdConfig, type Workerd } from '../cli/workerd.ts';

export type Running = Pick<Workerd, 'url' | 'pid' | 'stop'>;

/**
 * Serves a script on plain workerd: in the service-worker format, or as an ES module. `config` is the GATEWAY_CONFIG
 * binding; flags default to those of wrangler.toml, so that all run with the same.
 */
export function startWorker(script: string, format: 'script' | 'module', config: unknown): Promise<Running> {
  const source = (format === 'module' ? moduleOf : scriptOf)('worker.js');
  return startWorkerd({ 'worker.js': script, 'config.capnp': workerdConfig({ config, source }) });
}

export interface Origins extends Running {
  /** Two addresses of the same server: a pool needs two. */
  readonly urls: readonly [string, string];
}

/** Starts the origin server in its own process; each of its responses is delayed by `delayMs`. */
export async function startOrigins(delayMs = 0): Promise<Origins> {
  const child = fork(join(import.meta.dirname, 'origin.ts'), [String(delayMs)], { execArgv: [] });
  const [urls] = (await once(child, 'message')) as [[string, string]];
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  };
  return { url: urls[0], urls, pid: child.pid ?? 0, stop };
}

/** A currently unused port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
