/**
 * `npm run serve`: the built Worker on plain workerd, as workerd.capnp has it.
 *
 *   npm run serve -- [--config FILE] [--address 127.0.0.1:8080] [--processes 1]
 *
 * --config     a configuration in which a text like "${STATUS_TOKEN}" is taken from the environment, so that the file
 *              holds no secrets. Without it the variable GATEWAY_CONFIG is the configuration, or the script's own is.
 * --processes  so many processes share one listening socket. A process has one thread for JavaScript, and shares nothing
 *              with the others: counts, verdicts on keys and measurements are each one's own, so a rate limit of 60
 *              lets up to 60 through in each.
 *
 * What the gateway logs goes to standard output, one JSON line each, everything else to standard error. On SIGTERM and
 * Ctrl-C the processes end their requests, and are killed after 10 seconds, since a request that hangs would hold them.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { createInterface } from 'node:readline';
import { readCommandLine } from '../command-line.ts';
import { checkConfig } from '../../lib/config/settings.ts';
import { ROOT } from '../build/build.ts';
import { readConfig } from '../read-config.ts';
import { consoleLines, workerdPath } from '../workerd.ts';

const GRACE_MS = 10_000;

const USAGE = `Usage: npm run serve -- [--config FILE] [--address HOST:PORT] [--processes N]

  --config FILE         instead of the script's own configuration; "\${NAME}" in it is filled in from the environment
  --address HOST:PORT   default 127.0.0.1:8080; port 0 is one that is free
  --processes N         1 to 64 behind one socket, each with memory of its own; default 1`;

interface Options {
  readonly host: string;
  readonly port: number;
  readonly processes: number;
  /** The binding as JSON text; undefined leaves the script's own configuration. */
  readonly config: string | undefined;
}

function readOptions(): Options {
  const { values } = readCommandLine(USAGE, {
    options: { config: { type: 'string' }, address: { type: 'string' }, processes: { type: 'string' } },
  });
  const address = values.address ?? '127.0.0.1:8080';
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  const processes = Number(values.processes ?? 1);
  if (host === '' || Number(port) > 65535)
    throw new Error(
      `Cannot serve: --address must be HOST:PORT with a port from 0 to 65535, received ${address}`,
    );
  if (!Number.isInteger(processes) || processes < 1 || processes > 64) {
    throw new Error(`Cannot serve: --processes must be 1 to 64, received ${values.processes}`);
  }
  const bound = process.env['GATEWAY_CONFIG'];
  const value = values.config === undefined ? bound : fillIn(readConfig(values.config).value);
  // Here rather than in each process, and in words of its own.
  if (value !== undefined) checkConfig(value);
  const config = typeof value === 'object' ? JSON.stringify(value) : value;
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port),
    processes,
    config: config as string | undefined,
  };
}

/** Replaces "${NAME}" in every text of a configuration; a variable that is not set is a fault. */
export function fillIn(value: unknown, env: NodeJS.ProcessEnv = process.env): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{([A-Z_][A-Z0-9_]*)\}/g, (_, name: string) => {
      const found = env[name];
      if (found === undefined)
        throw new Error(`Cannot serve: the environment must hold ${name}, received nothing`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((one) => fillIn(one, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fillIn(one, env)]));
}

/** Opens the socket that all processes share. */
function openSocket({ host, port }: Options): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? `port ${port} is taken; choose another one with --address`
          : error.message;
      reject(new Error(`Cannot serve: ${why}`));
    });
    server.listen(port, host, () => resolve(server));
  });
}

function startProcess(server: Server, config: string | undefined): ChildProcess {
  // workerd takes an open descriptor, as a service manager would hand it over.
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const child = spawn(workerdPath('nov'), ['serve', 'workerd.capnp', '--socket-fd=http=3', '--verbose'], {
    cwd: ROOT,
    env: { ...process.env, PWD: ROOT, ...(config === undefined ? {} : { GATEWAY_CONFIG: config }) },
    stdio: ['ignore', 'inherit', 'pipe', fd],
  });
  if (child.stderr) createInterface({ input: child.stderr }).on('line', passOn);
  return child;
}

/** The runtime wraps what the Worker logs into a line of its own. */
function passOn(line: string): void {
  const logged = consoleLines(line);
  if (logged.length > 0) console.log(logged.join('\n'));
  else if (!/: info: |^stack: /.test(line)) console.error(line);
}

async function main(): Promise<void> {
  const options = readOptions();
  const server = await openSocket(options);
  const { port } = server.address() as { port: number };
  const children = Array.from({ length: options.processes }, () => startProcess(server, options.config));
  // They hold the socket now; here nobody would answer what it accepts.
  server.close();
  const end = (signal: NodeJS.Signals) => {
    for (const child of children) child.kill(signal);
  };
  let ending = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      ending = true;
      end('SIGTERM');
      setTimeout(() => end('SIGKILL'), GRACE_MS).unref();
    });
  }
  const many = options.processes > 1 ? `, in ${options.processes} processes` : '';
  console.error(`The gateway listens on http://${options.host}:${port}${many}. Ctrl-C ends it.`);
  const codes = children.map(async (child) => {
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    // One that dies by itself takes the others along: whoever supervises this one starts them all again.
    if (!ending) end('SIGKILL');
    return code;
  });
  const worst = (await Promise.all(codes)).find((code) => code !== 0 && code !== null) ?? 0;
  process.exitCode = ending ? 0 : Number(worst) || 1;
}

if (process.argv[1]?.endsWith('serve/command.ts')) {
  try {
    await main();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
