/**
 * Starts and ends the processes of a bench: plain workerd with a script, the origin server, native proxies.
 *
 * Every process listens on loopback, on a port chosen by the kernel, and is ended by `end()`, or else by the `exit`
 * hook, so that a failing bench leaves nothing behind. Miniflare is not used: it puts a Node proxy and its own headers
 * between the caller and the Worker, which would be measured too.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWorkerd, workerdConfig, type Workerd } from '../cli/workerd.ts';

export interface Running {
  readonly url: string;
  readonly pid: number;
  /** Its standard error output so far. */
  readonly complaints: () => string;
  readonly end: () => Promise<void>;
}

const CHILDREN = new Set<ChildProcess>();
const SERVED = new Set<Workerd>();
const ROOM = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
let count = 0;
process.on('exit', () => {
  for (const child of CHILDREN) child.kill('SIGKILL');
  for (const { pid } of SERVED) process.kill(pid, 'SIGKILL');
  rmSync(ROOM, { recursive: true, force: true });
});

/** Creates a file in the bench's own directory, which is removed when the bench ends; returns its path. */
export function scratchFile(name: string, text: string): string {
  const path = join(ROOM, `${count++}-${name}`);
  writeFileSync(path, text);
  return path;
}

function launch(
  command: string,
  args: readonly string[],
  stdio: ('pipe' | 'ignore')[],
): { child: ChildProcess; complaints: () => string } {
  const child = spawn(command, args, { stdio });
  CHILDREN.add(child);
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => (text = (text + String(chunk)).slice(-20_000)));
  child.on('exit', () => CHILDREN.delete(child));
  child.on('error', (error) => (text += String(error)));
  return { child, complaints: () => text };
}

function ender(child: ChildProcess): () => Promise<void> {
  return () =>
    new Promise((done) => {
      if (child.exitCode !== null || child.signalCode !== null) return done();
      child.once('exit', () => done());
      child.kill('SIGKILL'); // workerd's SIGTERM waits for open requests, for ever if one hangs
    });
}

async function firstLine(
  child: ChildProcess,
  stream: NodeJS.ReadableStream,
  complaints: () => string,
): Promise<string> {
  let text = '';
  return new Promise((done, fail) => {
    const give = (error: string): void =>
      fail(new Error(`Cannot start ${child.spawnfile}: ${error}\n${complaints()}`));
    const timer = setTimeout(() => give('it said nothing for 10 s'), 10_000);
    child.once('exit', (code) => give(`it ended with ${code}`));
    stream.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (!text.includes('\n')) return;
      clearTimeout(timer);
      done(text.slice(0, text.indexOf('\n')));
    });
  });
}

/**
 * Serves a script on plain workerd: in the service-worker format, or as an ES module. `config` is the GATEWAY_CONFIG
 * binding; flags default to those of wrangler.toml, so that all run with the same.
 */
export async function startWorker(
  script: string,
  format: 'script' | 'module',
  config: unknown = null,
): Promise<Running> {
  const module =
    format === 'module' ? 'modules = [(name = "worker.js", esModule = embed "worker.js")]' : undefined;
  return startConfigured(script, workerdConfig({ config, worker: module }));
}

/** The same with a given config.capnp. */
export async function startConfigured(script: string, capnp: string): Promise<Running> {
  const served = await startWorkerd({ 'worker.js': script, 'config.capnp': capnp });
  SERVED.add(served);
  const end = async (): Promise<void> => {
    SERVED.delete(served);
    await served.stop();
  };
  return { url: served.url, pid: served.pid, complaints: served.log, end };
}

export interface Origins extends Running {
  /** Two addresses of the same server: a pool needs two. */
  readonly urls: readonly [string, string];
}

/** Starts the origin server in its own process; each of its responses is delayed by `delayMs`. */
export async function startOrigins(delayMs = 0): Promise<Origins> {
  const { child, complaints } = launch(
    process.execPath,
    [join(import.meta.dirname, 'origin.ts'), String(delayMs)],
    ['pipe', 'pipe', 'pipe'],
  );
  const urls = JSON.parse(await firstLine(child, child.stdout!, complaints)) as [string, string];
  return { url: urls[0], urls, pid: child.pid!, complaints, end: ender(child) };
}

/** Starts a native proxy, which gets its port through `args`; ready when the port accepts a request. */
export async function startNative(
  command: string,
  args: (port: number) => readonly string[],
): Promise<Running> {
  const port = await freePort();
  const { child, complaints } = launch(command, args(port), ['ignore', 'ignore', 'pipe']);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries++) {
    const answered = await fetch(`${url}/json`).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return { url, pid: child.pid!, complaints, end: ender(child) };
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`Cannot start ${command}: it does not answer\n${complaints()}`);
}

/** A currently unused port. */
export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    }),
  );
}
