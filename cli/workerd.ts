/**
 * Starts plain workerd with a generated configuration, for `npm start`, the tests and the benchmarks. It listens on a
 * port chosen by the system and reports it on a control descriptor.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './paths.ts';
import { consoleLines } from './serve/runtime-log.ts';

export interface Workerd {
  readonly url: string;
  readonly port: number;
  /** The port of each Worker, in order; the first is `port`. */
  readonly ports: readonly number[];
  readonly pid: number;
  /** What the Worker and the runtime have written so far, in the runtime's format; of a very long log the end. */
  readonly log: () => string;
  /** What the Worker has logged so far, one string per console.log. */
  readonly lines: () => string[];
  readonly stop: () => Promise<void>;
  /** Resolves when the process has ended, for any reason. */
  readonly ended: Promise<void>;
}

const WRANGLER = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
/** From wrangler.toml, so that tests and `npm start` run what is deployed. */
export const COMPATIBILITY_DATE = /^compatibility_date = "(.*)"/m.exec(WRANGLER)?.[1] ?? '';
export const COMPATIBILITY_FLAGS = JSON.parse(
  /^compatibility_flags = (\[.*\])/m.exec(WRANGLER)?.[1] ?? '[]',
) as string[];

export interface ConfigParts {
  /** GATEWAY_CONFIG; null if absent. */
  readonly config: unknown;
  /** The binding as JSON text instead of an object. */
  readonly text?: boolean | undefined;
  /** Other environment variables, by name. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** Default "127.0.0.1:0", a port chosen by the system. */
  readonly address?: string | undefined;
  /** Default: the script worker.js. */
  readonly source?: Fields;
  readonly date?: string | undefined;
  /** Where requests to origins go; default: anywhere, loopback included. */
  readonly internet?: Fields | undefined;
  /** Flags for V8. */
  readonly v8Flags?: readonly string[] | undefined;
  /** Options of the listening socket: workerd.capnp's HttpOptions. */
  readonly http?: Capnp;
  /** The file of a module in front of the Worker, which is bound to it as GATEWAY. */
  readonly front?: string | undefined;
}

/** The text of config.capnp for Workers on loopback, each on its own port. */
export function workerdConfig(...workers: readonly ConfigParts[]): string {
  const made = workers.map(partsOf);
  return capnpConfig({
    v8Flags: workers[0]?.v8Flags,
    services: made.flatMap(({ services }) => services),
    sockets: made.map(({ socket }) => socket),
  });
}

function partsOf(parts: ConfigParts, index: number): { services: Capnp[]; socket: Capnp } {
  const { source = scriptOf('worker.js'), front } = parts;
  const end = index === 0 ? '' : `-${index}`;
  const config = JSON.stringify(parts.config);
  const bindings = [
    ...(parts.config === null ? [] : [{ name: 'GATEWAY_CONFIG', [parts.text ? 'text' : 'json']: config }]),
    ...Object.entries(parts.variables ?? {}).map(([name, text]) => ({ name, text })),
  ];
  const services = [
    gatewayOf(`main${end}`, source, { bindings, globalOutbound: `internet${end}` }, parts.date),
    { name: `internet${end}`, ...(parts.internet ?? INTERNET) },
  ];
  if (front !== undefined) services.push(frontOf(`front${end}`, front, `main${end}`));
  const service = `${front === undefined ? 'main' : 'front'}${end}`;
  return { services, socket: socketOf(index, service, parts.address, parts.http) };
}

/** Anywhere, loopback included. */
export const INTERNET: Fields = {
  network: { allow: ['public', 'private', 'local'], tlsOptions: { trustBrowserCas: true } },
};
export const scriptOf = (file: string): Fields => ({ serviceWorkerScript: { embed: file } });
export const moduleOf = (file: string): Fields => ({ modules: [{ name: file, esModule: { embed: file } }] });
/** A Worker as a service; `more` are its bindings and further properties. */
export const workerOf = (name: string, source: Fields, more: Fields): Fields => ({
  name,
  worker: { ...source, compatibilityDate: COMPATIBILITY_DATE, ...more },
});
/** The same with the flags of wrangler.toml. */
export const gatewayOf = (name: string, source: Fields, more: Fields, date = COMPATIBILITY_DATE): Fields =>
  workerOf(name, source, { compatibilityDate: date, compatibilityFlags: COMPATIBILITY_FLAGS, ...more });
/** A module in front of a Worker, which is bound to it as GATEWAY. */
export const frontOf = (name: string, file: string, gateway: Capnp): Fields =>
  workerOf(name, moduleOf(file), { bindings: [{ name: 'GATEWAY', service: gateway }] });
/** The socket whose port `startWorkerd` reports at this index. */
export const socketOf = (
  index: number,
  service: Capnp,
  address = '127.0.0.1:0',
  http: Capnp = {},
): Fields => ({ name: index === 0 ? 'http' : `http-${index}`, address, http, service });

/** A value in capnp's text format: of a record, fields that are undefined are left out. */
export type Capnp = string | boolean | undefined | readonly Capnp[] | Fields;
/** `{ embed: FILE }` is the content of that file. */
export type Fields = { readonly [name: string]: Capnp };

export function capnpText(value: Capnp): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(capnpText).join(', ')}]`;
  if ('embed' in value) return `embed ${capnpText(value['embed'])}`;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `(${fields.map(([name, field]) => `${name} = ${capnpText(field)}`).join(', ')})`;
}
const isList = (value: Fields | readonly Capnp[]): value is readonly Capnp[] => Array.isArray(value);

export const capnpConfig = (config: Fields): string =>
  `using Workerd = import "/workerd/workerd.capnp";\nconst config :Workerd.Config = ${capnpText(config)};\n`;

/** Of a longer log only the end is held. */
const LONGEST_LOG = 20_000_000;

/** Kills the runtimes when this process exits, for any reason that it can still handle. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Runs `workerd serve` on config.capnp in a new folder that holds `files`; further arguments for workerd may be given.
 * Rejects with the runtime's output if it refuses to start.
 */
export async function startWorkerd(
  files: Readonly<Record<string, string>>,
  {
    which = 'nov',
    args = [],
    startMs = 10_000,
    sockets = 1,
  }: { which?: 'nov' | 'jul' | undefined; args?: readonly string[]; startMs?: number; sockets?: number } = {},
): Promise<Workerd> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const child = spawn(
    workerdPath(which),
    ['serve', 'config.capnp', '--control-fd=3', '--experimental', '--verbose', ...args],
    {
      cwd: folder,
      env: { ...process.env, PWD: folder },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  );
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      running.delete(child);
      resolve();
    });
  });
  let log = '';
  let plain = '';
  // A companion runs for months.
  const last = (text: string): string => (text.length > LONGEST_LOG ? text.slice(-LONGEST_LOG / 2) : text);
  child.stdout?.on('data', (chunk) => {
    log = last(log + String(chunk));
    plain = last(plain + String(chunk));
  });
  child.stderr?.on('data', (chunk) => void (log = last(log + String(chunk))));
  let stopped: Promise<void> | undefined;
  const stop = () =>
    (stopped ??= stopChild(child).then(() => rmSync(folder, { recursive: true, force: true })));
  try {
    const ports = await listeningPorts(child, sockets, startMs);
    return {
      url: `http://127.0.0.1:${ports[0]}`,
      port: ports[0]!,
      ports,
      pid: child.pid ?? 0,
      log: () => log,
      // A module's logs go to standard output unchanged.
      lines: () => [...consoleLines(log), ...plain.split('\n').filter((line) => line !== '')],
      stop,
      ended,
    };
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}\n${log}`);
  }
}

/** The path of a workerd binary: the newest release, or the older one of Miniflare 4. */
export function workerdPath(which: 'nov' | 'jul'): string {
  const here = createRequire(import.meta.url);
  const from = which === 'nov' ? here : createRequire(here.resolve('miniflare'));
  const folder = join(from.resolve('workerd/package.json'), '..');
  return join(folder, 'bin', 'workerd');
}

/** workerd reports its ports on the control descriptor, including the inspector's if there is one. */
function listeningPorts(child: ChildProcess, sockets: number, ms: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`workerd did not listen within ${ms} ms`)), ms);
    let text = '';
    child.stdio[3]?.on('data', (chunk) => {
      text += String(chunk);
      const ports: number[] = [];
      for (const [, index = '0', port] of text.matchAll(/"socket":"http(?:-(\d+))?"[^}]*"port":(\d+)/g))
        ports[Number(index)] = Number(port);
      if (Object.keys(ports).length < sockets) return;
      clearTimeout(timer);
      resolve(ports);
    });
    // "close" follows the last output, so that the log is complete.
    child.on('close', (code) => {
      clearTimeout(timer);
      reject(new Error(`workerd ended with ${code}`));
    });
    child.on('error', reject);
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('close', resolve));
  // A hanging request would delay SIGTERM forever.
  child.kill('SIGKILL');
  await gone;
}
