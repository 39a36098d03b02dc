/**
 * Several isolates of the gateway and the companion: in one process of workerd or Miniflare, or the companion in its
 * own process, which can be killed and restarted. The header X-Isolate selects the isolate of a process for a request.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asModule } from '../../cli/build/module.ts';
import { COMPANION_OBJECTS, companionAt, companionServices } from '../../cli/serve/companion.ts';
import {
  COMPATIBILITY_DATE,
  COMPATIBILITY_FLAGS,
  INTERNET,
  capnpConfig,
  gatewayOf,
  moduleOf,
  socketOf,
  startWorkerd,
  workerOf,
  type Fields,
  type Workerd,
} from '../../cli/workerd.ts';
import type { Config } from '../../lib/config/types.ts';
import { createMiniflare, currentScript, fromEnvironment, inForm, inMiniflare } from './gateway.ts';
import type { Tap } from './origin.ts';
import { rawRequest } from './raw.ts';
import { START_MS, sourceOf, type WorkerSource } from './processes.ts';

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
export interface Isolates {
  /** Sends one request to the isolate with this index. */
  readonly ask: (isolate: number, path?: string, asked?: Asked) => Promise<Response>;
}
export interface CompanionProcess {
  /** For the binding SHARED in another process. */
  readonly service: Fields;
  /** SIGKILL: nothing more is persisted. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}

/** Like any Worker of a zone, it can put something into the cache. */
const ROUTER = `export default { async fetch(request, env) {
  const name = request.headers.get('x-cache-put');
  if (name) {
    const headers = { 'cache-control': 'max-age=60' };
    await caches.default.put(name, new Response(await request.text(), { headers }));
    return new Response(null, { status: 204 });
  }
  const isolate = request.headers.get('x-isolate') ?? '0';
  return env['GATEWAY_' + isolate].fetch(request);
} };`;
const TOKEN = 'a-token-between-them';

const built = async (): Promise<{ gateway: WorkerSource; companion: string }> => ({
  gateway: inForm(await currentScript()),
  companion: await currentScript('shared'),
});

/** A folder that is removed after the test. */
function newDisk(t: Tap): string {
  const disk = mkdtempSync(join(tmpdir(), 'gateway-shared-'));
  t.teardown(() => rmSync(disk, { recursive: true, force: true }));
  return disk;
}

/** `of` has further properties of an isolate's Worker, and its binding to the companion. */
function gatewayServices(
  config: Config,
  count: number,
  source: WorkerSource,
  of: (isolate: number) => { more?: Fields; binding: Fields } = () => ({
    binding: { name: 'SHARED', service: 'shared' },
  }),
): Fields[] {
  const names = Array.from({ length: count }, (_, i) => `gateway${i}`);
  const settings = { name: 'GATEWAY_CONFIG', json: JSON.stringify(config) };
  return [
    { name: 'internet', ...INTERNET },
    ...names.map((name, i) => {
      const { more, binding } = of(i);
      const parts = { bindings: [settings, binding], ...more };
      return gatewayOf(name, sourceOf(source), parts, fromEnvironment().date);
    }),
    workerOf('router', moduleOf('router.js'), {
      bindings: names.map((service, i) => ({ name: `GATEWAY_${i}`, service })),
    }),
  ];
}

/** Each request has a connection of its own: an idle one may be closed at the very time at which it is used again. */
const isolatesAt = (port: number): Isolates => ({
  ask: async (isolate, path = '/', { method = 'GET', headers = {}, body = '' } = {}) => {
    const marked = { ...headers, 'X-Isolate': String(isolate), Connection: 'close' };
    const answer = await rawRequest(port, { method, path, headers: Object.entries(marked), body });
    return new Response(answer.body.length === 0 ? null : new Uint8Array(answer.body), answer);
  },
});

/** One process of plain workerd that serves the router. */
async function startRouter(
  t: Tap,
  services: readonly Fields[],
  files: Readonly<Record<string, string>>,
): Promise<Isolates> {
  const config = capnpConfig({ services, sockets: [socketOf(0, 'router')] });
  const { port, stop } = await startWorkerd(
    { ...files, 'router.js': ROUTER, 'config.capnp': config },
    { startMs: START_MS, which: fromEnvironment().workerd },
  );
  t.teardown(stop);
  return isolatesAt(port);
}

/** `count` isolates and a companion. Storage in memory would not support SQL. */
export async function startIsolates(t: Tap, config: Config, count = 3): Promise<Isolates> {
  const { gateway, companion } = await built();
  const services = [...companionServices(newDisk(t)), ...gatewayServices(config, count, gateway)];
  return startRouter(t, services, { 'worker.js': gateway.script, 'shared.js': companion });
}

/** The same, each isolate one module that includes the companion; the objects are those of the first. */
export async function startWholeIsolates(t: Tap, config: Config, count = 2): Promise<Isolates> {
  const script = asModule(await currentScript(), await currentScript('shared'));
  const services = gatewayServices(config, count, { script, isModule: true }, (i) => ({
    binding: {
      name: 'SHARED_STATE',
      durableObjectNamespace: i === 0 ? 'Shared' : { className: 'Shared', serviceName: 'gateway0' },
    },
    ...(i === 0 ? { more: COMPANION_OBJECTS } : {}),
  }));
  const disk = { name: 'disk', disk: { path: newDisk(t), writable: true } };
  return startRouter(t, [...services, disk], { 'worker.js': script });
}

/** One process with one isolate that uses that companion. */
export async function startGatewayProcess(
  t: Tap,
  config: Config,
  { service }: CompanionProcess,
): Promise<Isolates> {
  const { gateway } = await built();
  return startRouter(t, [service, ...gatewayServices(config, 1, gateway)], {
    'worker.js': gateway.script,
  });
}

/** The same under Miniflare. */
export async function startMiniflareIsolates(t: Tap, config: Config, count = 3): Promise<Isolates> {
  const { gateway, companion } = await built();
  const names = Array.from({ length: count }, (_, i) => `gateway${i}`);
  const { miniflare, url } = await createMiniflare('jul', {
    workers: [
      {
        name: 'router',
        modules: true,
        script: ROUTER,
        compatibilityDate: COMPATIBILITY_DATE,
        serviceBindings: Object.fromEntries(names.map((name, i) => [`GATEWAY_${i}`, name])),
      },
      {
        name: 'shared',
        modules: true,
        script: companion,
        compatibilityDate: COMPATIBILITY_DATE,
        durableObjects: { SHARED_STATE: { className: 'Shared', useSQLite: true } },
      },
      ...names.map((name) => ({
        name,
        ...inMiniflare(gateway),
        compatibilityDate: COMPATIBILITY_DATE,
        compatibilityFlags: [...COMPATIBILITY_FLAGS],
        bindings: { GATEWAY_CONFIG: config as never },
        serviceBindings: { SHARED: 'shared' },
      })),
    ],
  });
  t.teardown(() => miniflare.dispose());
  return isolatesAt(Number(url.port));
}

/** The companion only, with the same port and disk after each start, protected by a token. */
export async function startCompanionProcess(t: Tap): Promise<CompanionProcess> {
  const { companion } = await built();
  const disk = newDisk(t);
  let port = 0;
  let running: Workerd | null = null;
  const kill = async (): Promise<void> => running?.stop();
  const start = async (): Promise<void> => {
    const config = capnpConfig({
      services: companionServices(disk, TOKEN),
      sockets: [socketOf(0, 'shared', `127.0.0.1:${port}`)],
    });
    running = await startWorkerd({ 'shared.js': companion, 'config.capnp': config }, { startMs: START_MS });
    ({ port } = running);
  };
  t.teardown(kill);
  await start();
  return { service: companionAt({ address: `127.0.0.1:${port}`, token: TOKEN }), kill, start };
}

/** The outcomes of `count` requests, each to the next isolate, a few concurrently: responses by status. */
export async function statusesOf(
  count: number,
  send: (i: number) => Promise<Response>,
  atATime = 10,
): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {};
  let next = 0;
  const sendRest = async (): Promise<void> => {
    while (next < count) {
      const response = await send(next++);
      await response.arrayBuffer();
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atATime }, sendRest));
  return statuses;
}
