/**
 * The companion for `serve`: its own workerd process on loopback, for configurations with `shared`. It requires a token
 * that only this run knows.
 */
import { randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ROOT } from '../paths.ts';
import { COMPATIBILITY_DATE, startWorkerd } from '../workerd.ts';

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
    'config.capnp': companionConfig(folder, token),
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

function companionConfig(folder: string, token: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "shared", worker = (
      modules = [(name = "shared.js", esModule = embed "shared.js")],
      compatibilityDate = "${COMPATIBILITY_DATE}",
      durableObjectNamespaces = [(className = "Shared", uniqueKey = "gateway-shared", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [(name = "SHARED_STATE", durableObjectNamespace = "Shared"),
                  (name = "SHARED_TOKEN", text = "${token}")],
    )),
    (name = "disk", disk = (path = ${JSON.stringify(folder)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "shared")]
);
`;
}

/** workerd.capnp with the service binding SHARED to that companion. */
export function bindCompanion(capnp: string, { address, token }: Companion): string {
  const header = `(name = "x-token", value = ${JSON.stringify(token)})`;
  const external = `(address = ${JSON.stringify(address)}, http = (injectRequestHeaders = [${header}]))`;
  return capnp
    .replace('services = [', `services = [\n    (name = "shared", external = ${external}),`)
    .replace('bindings = [', 'bindings = [(name = "SHARED", service = "shared"), ');
}
