/**
 * The companion for `serve`: its own workerd process on loopback, for configurations with `shared`. It requires a token
 * that only this run knows.
 */
import { randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ROOT } from '../paths.ts';
import { capnpConfig, capnpText, moduleOf, socketOf, startWorkerd, workerOf } from '../workerd.ts';
import type { Fields } from '../workerd.ts';

/** Where a companion listens, and the token that it requires. */
export interface Companion {
  readonly address: string;
  readonly token: string;
}
interface OwnCompanion extends Companion {
  /** What the runtime has written. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
  readonly ended: Promise<void>;
}

/** `state`: the folder that persists windows of an hour and more; null for one that is removed with the process. */
export async function startCompanion(state: string | null): Promise<OwnCompanion> {
  const folder = state === null ? mkdtempSync(join(tmpdir(), 'gateway-shared-')) : resolve(state);
  if (state !== null) makeStateFolder(folder);
  const token = randomUUID();
  const script = readFileSync(`${ROOT}/dist/shared.js`, 'utf8');
  const { port, log, stop, ended } = await startWorkerd({
    'shared.js': script,
    'config.capnp': capnpConfig({
      services: companionServices(folder, token),
      sockets: [socketOf(0, 'shared')],
    }),
  });
  const remove = (): void => {
    if (state === null) rmSync(folder, { recursive: true, force: true });
  };
  return { address: `127.0.0.1:${port}`, token, log, stop: () => stop().then(remove), ended };
}

function makeStateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new Error(`Cannot keep the state in ${folder}: ${(error as Error).message}`);
  }
}

/** The objects of a Worker that has the companion in it; their state is on the service `disk`. */
export const COMPANION_OBJECTS = {
  durableObjectNamespaces: [{ className: 'Shared', uniqueKey: 'gateway-shared', enableSql: true }],
  durableObjectStorage: { localDisk: 'disk' },
} as const;

/** The companion as a service, and the folder of its state. */
export const companionServices = (path: string, token?: string): Fields[] => [
  workerOf('shared', moduleOf('shared.js'), {
    bindings: [
      { name: 'SHARED_STATE', durableObjectNamespace: 'Shared' },
      ...(token === undefined ? [] : [{ name: 'SHARED_TOKEN', text: token }]),
    ],
    ...COMPANION_OBJECTS,
  }),
  { name: 'disk', disk: { path, writable: true } },
];

/** A companion in another process, as a service. */
export const companionAt = ({ address, token }: Companion): Fields => ({
  name: 'shared',
  external: { address, http: { injectRequestHeaders: [{ name: 'x-token', value: token }] } },
});

/** workerd.capnp with the service binding SHARED to that companion. */
export function bindCompanion(capnp: string, companion: Companion): string {
  return capnp
    .replace('services = [', `services = [\n    ${capnpText(companionAt(companion))},`)
    .replace('bindings = [', 'bindings = [(name = "SHARED", service = "shared"), ');
}
