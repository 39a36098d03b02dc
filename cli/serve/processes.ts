/**
 * workerd processes behind one listening socket. A process has one JavaScript thread and shares only the socket with
 * the others; the socket is opened here and passed on, as a service manager would.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { workerdPath } from '../workerd.ts';

interface Plan {
  readonly host: string;
  readonly port: number;
  readonly processes: number;
  /** Contains workerd.capnp and the files that it embeds. */
  readonly folder: string;
  /** Whether workerd restarts when a file of the folder changes. */
  readonly watch: boolean;
  /** Called with each line that a process writes. */
  readonly onLine: (line: string) => void;
}

/** Resolves once every process accepts requests. */
export async function startProcesses(plan: Plan) {
  const server = await openSocket(plan);
  const { port } = server.address() as { port: number };
  const children = Array.from({ length: plan.processes }, () => startProcess(server, plan));
  // The children hold the socket now; here no one would handle accepted connections.
  server.close();
  const kill = (signal: NodeJS.Signals): void => children.forEach((child) => void child.kill(signal));
  const killNow = (): void => kill('SIGKILL');
  process.once('exit', killNow);
  const exits = children.map((child) => once(child, 'close').then(([code]) => (code as number | null) ?? 1));
  /** The exit code of the first that ended; the others are ended too, so that a supervisor restarts all. */
  const ended = Promise.race(exits).then(async (code) => {
    killNow();
    await Promise.all(exits);
    process.removeListener('exit', killNow);
    return code;
  });
  const started = children.map((child) => once(child.stdio[4] as Readable, 'data'));
  await Promise.race([
    Promise.all(started),
    ended.then(() => Promise.reject(new Error('the runtime ended'))),
  ]);
  /** SIGKILL is for what still runs after `graceMs`: a hanging request would keep a process alive forever. */
  const end = (graceMs: number): void => {
    kill('SIGTERM');
    setTimeout(killNow, graceMs).unref();
  };
  return { port, end, ended };
}

function startProcess(server: Server, { folder, watch, onLine }: Plan): ChildProcess {
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const args = ['serve', 'workerd.capnp', '--socket-fd=http=3', '--control-fd=4', '--verbose'];
  const child = spawn(workerdPath('nov'), watch ? [...args, '--watch'] : args, {
    cwd: folder,
    env: { ...process.env, PWD: folder },
    stdio: ['ignore', 'inherit', 'pipe', fd, 'pipe'],
  });
  createInterface({ input: child.stderr as Readable }).on('line', onLine);
  return child;
}

async function openSocket({ host, port }: Plan): Promise<Server> {
  const server = createServer();
  server.listen(port, host);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? `port ${port} is taken; choose another one with --address` : message;
    throw new Error(`Cannot serve: ${why}`);
  }
}
