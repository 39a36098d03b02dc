/**
 * `edge-gateway serve`: runs the built Worker on plain workerd, with workerd.capnp.
 *
 * The gateway's log goes to standard output, one JSON object per line, everything else to standard error.
 */
import { watchFile } from 'node:fs';
import { checkConfig } from '../../lib/config/settings.ts';
import { checkFile } from '../faults.ts';
import { createCommand, InvalidArgumentError, numberFrom, Option, run } from '../program.ts';
import { readConfig } from '../read-config.ts';
import { onEnd } from '../signals.ts';
import { startCompanion } from './companion.ts';
import type { Companion } from './companion.ts';
import { fillIn } from './fill-in.ts';
import { createFolder, type Folder } from './folder.ts';
import { startProcesses } from './processes.ts';
import { createRuntimeLog } from './runtime-log.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}
interface Options {
  readonly config?: string;
  readonly address: Address;
  readonly processes: number;
  readonly grace: number;
  readonly state?: string;
  readonly companion?: string;
  readonly watch?: boolean;
}

export const command = createCommand('serve')
  .description('serves a configuration on this machine, with workerd')
  .option('--config <file>', 'JSON, YAML or a script; "${NAME}" in it is filled in from the environment')
  .addOption(
    new Option('--address <host:port>', 'port 0 is one that is free')
      .argParser(readAddress)
      .default({ host: '127.0.0.1', port: 8080 }, '127.0.0.1:8080'),
  )
  .option(
    '--processes <number>',
    'so many behind one socket; each counts and measures for itself, unless `shared` joins them',
    numberFrom(1, 64),
    1,
  )
  .option('--state <folder>', 'with `shared`: where counts of an hour and more survive; default: nowhere')
  .addOption(
    new Option(
      '--companion <host:port>',
      'with `shared`: one that runs elsewhere; its token is in SHARED_TOKEN',
    ).argParser((text) => (readAddress(text), text)),
  )
  .option('--grace <seconds>', 'how long requests may go on after SIGTERM', numberFrom(0, 3600, 'any'), 0.5)
  .option('--watch', 'starts anew when the configuration changes; a faulty one is reported and not used')
  .addHelpText(
    'after',
    `
Without --config the environment variable GATEWAY_CONFIG holds the configuration, or else the script's own is used.
SIGTERM and Ctrl-C end it with its processes.`,
  )
  .action((options: Options) => run(() => serve(options)));

function readAddress(text: string): Address {
  const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (host === '' || Number(port) > 65535)
    throw new InvalidArgumentError('It must be HOST:PORT with a port from 0 to 65535.');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

async function serve(options: Options): Promise<number> {
  const { config, address, processes, grace, watch = false } = options;
  if (watch && config === undefined) throw new Error('Cannot serve: --watch needs --config');
  // Watched before it is read, so that no change is missed in between.
  let onChange = (): void => undefined;
  if (watch && config !== undefined) watchFile(config, { interval: 300 }, () => onChange()).unref();
  let value = readValue(config);
  for (const note of ineffectiveOptions(value, options)) console.error(note);
  // Before a process is started: otherwise a signal could leave it running after this one has exited.
  const asked = new Promise<'asked'>((resolve) => onEnd(() => resolve('asked')));
  const own = isShared(value) && !options.companion ? await startCompanion(options.state ?? null) : null;
  const companion = own ?? companionElsewhere(options);
  const folder = createFolder(value, companion);
  const onLine = createRuntimeLog(
    () => urlsIn(value),
    (line) => console.log(line),
    (line) => console.error(line),
  );
  try {
    const running = await startProcesses({ ...address, processes, folder: folder.path, watch, onLine });
    // The configuration may hold secrets, and every process has read it by now.
    if (!watch) folder.remove();
    else
      onChange = () => {
        value = readAgain(config ?? '', folder) ?? value;
        if (companion === null && isShared(value))
          console.error('Note: `shared` has no companion until this command is started again');
      };
    const many = processes > 1 ? `, in ${processes} processes` : '';
    console.error(
      `The gateway listens on http://${urlHost(address.host)}:${running.port}${many}. Ctrl-C ends it.`,
    );
    // If the companion ends, end everything: a supervisor restarts it.
    const ofCompanion = own ? [own.ended.then(() => 'companion' as const)] : [];
    const why = await Promise.race([asked, running.ended, ...ofCompanion]);
    if (why === 'companion')
      console.error(`The companion has ended, and the gateway with it.\n${own?.log()}`.trim());
    running.end(why === 'asked' ? grace * 1000 : 0);
    const code = await running.ended;
    return why === 'asked' ? 0 : code || 1;
  } finally {
    folder.remove();
    await own?.stop();
  }
}

const isShared = (value: unknown): boolean => Boolean((value as { shared?: unknown } | null)?.shared);

function ineffectiveOptions(value: unknown, { state, companion }: Options): string[] {
  if (isShared(value))
    return state !== undefined && companion !== undefined
      ? ['Note: --state does nothing, since the companion runs elsewhere']
      : [];
  return Object.entries({ state, companion }).flatMap(([name, given]) =>
    given === undefined ? [] : [`Note: --${name} does nothing, since the configuration has no \`shared\``],
  );
}

function companionElsewhere({ companion }: Options): Companion | null {
  return companion === undefined ? null : { address: companion, token: process.env['SHARED_TOKEN'] ?? '' };
}

/** The configuration, validated here rather than in each process; null to use the script's own. */
function readValue(file: string | undefined): unknown {
  const bound = process.env['GATEWAY_CONFIG'];
  if (file === undefined && bound === undefined) return null;
  if (file === undefined) {
    // Whose message names the variable.
    checkConfig(bound);
    return JSON.parse(bound ?? '') as unknown;
  }
  const config = readConfig(file);
  const value = fillIn(config.value);
  checkFile(config, value);
  return value;
}

/** Null if the changed configuration is invalid. */
function readAgain(file: string, folder: Folder): unknown {
  try {
    const value = readValue(file);
    folder.write(value);
    console.error(`${file} has changed: starting anew`);
    return value;
  } catch (error) {
    console.error(
      `${(error as Error).message}\n${file} has changed, and cannot be used: the former one is kept`,
    );
    return null;
  }
}

/** The URLs of all hosts that the gateway sends requests to; not the origins allowed by CORS. */
function urlsIn(value: unknown): URL[] {
  if (typeof value === 'string')
    return /^https?:\/\//i.test(value) && URL.canParse(value) ? [new URL(value)] : [];
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, one]) => (key === 'cors' || key === '$schema' ? [] : urlsIn(one)))
    : [];
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
