/**
 * Boots the built script on a real runtime: plain workerd (25 ms, exact on the wire) or Miniflare (closer to
 * Cloudflare: fake request.cf, Accept-Encoding rewritten). The configuration is passed as the GATEWAY_CONFIG binding,
 * as in most deployments; origins on loopback are allowed.
 *
 *   const gateway = await gatewayFor(t, { origins: [origin.url] });
 */
import { readFileSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Miniflare, MiniflareOptions } from 'miniflare';
import type { Config } from '../../lib/config/types.ts';
import { ROOT } from '../../cli/paths.ts';
import { asModule, hasListener } from '../../cli/build/module.ts';
import {
  COMPATIBILITY_DATE,
  COMPATIBILITY_FLAGS,
  startWorkerd,
  workerdConfig,
  workerdPath,
  type ConfigParts,
} from '../../cli/workerd.ts';
import type { Tap } from './origin.ts';

export interface GatewayOptions {
  /** Default "workerd". */
  readonly runtime?: 'workerd' | 'miniflare';
  /**
   * Which of the two workerd releases: the newest, or the older one of Miniflare 4. Default: GATEWAY_WORKERD, else
   * "nov".
   */
  readonly workerd?: 'nov' | 'jul';
  /** Compatibility flags; default those of wrangler.toml. */
  readonly flags?: readonly string[];
  /** Compatibility date; default GATEWAY_DATE, else that of wrangler.toml. */
  readonly date?: string;
  /** The binding as JSON text instead of an object, as from an environment variable. */
  readonly text?: boolean;
  /** Other variables and secrets of the Worker. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Simulates Cloudflare's edge on workerd with a Worker in front: CF-Connecting-IP and CF-IPCountry are set whatever
   * the caller sent, request.cf is as given here, the scheme is https by default. A request overrides these with the
   * headers Test-Client-IP, Test-Country and Test-Scheme, which are not forwarded.
   */
  readonly cloudflare?: {
    readonly clientIp?: string;
    readonly country?: string;
    readonly scheme?: 'http' | 'https';
    readonly cf?: Record<string, unknown>;
  };
  /**
   * A loopback port that represents the whole internet: every request, including https, goes there with its real Host;
   * X-Test-CF has its `cf`.
   */
  readonly internet?: number;
  /** The script; default the built dist/worker-full.js, rebuilt in memory if a source is newer. */
  readonly script?: string;
  /** The script as an ES module, where bindings are not globals; on workerd only. */
  readonly asModule?: boolean;
  /** Stops the Worker's clock at this time, in seconds since 1970. */
  readonly clock?: number;
  /** Milliseconds after which the start counts as failed; default 60000: the machine may be busy. */
  readonly startMs?: number;
}
export interface Gateway {
  readonly url: string;
  readonly port: number;
  /** What the Worker and the runtime have written so far, in the runtime's format. */
  readonly log: () => string;
  /** What the Worker has logged so far, one string per console.log; on workerd only. */
  readonly lines: () => string[];
  readonly stop: () => Promise<void>;
}

/** Rejects with the runtime's output if the script refuses to start. `config` null is the script's own. */
export async function startGateway(config: Config | null, options: GatewayOptions = {}): Promise<Gateway> {
  const given = options.script ?? (await currentScript());
  const script = options.clock === undefined ? given : `Date.now = () => ${options.clock * 1000};\n${given}`;
  const source = options.asModule ? { script, isModule: true } : inForm(script);
  return options.runtime === 'miniflare'
    ? startMiniflare(config, options, source)
    : startPlain(config, options, source);
}

/** One that stops with the test. */
export async function gatewayFor(t: Tap, config: Config | null, options?: GatewayOptions): Promise<Gateway> {
  const gateway = await startGateway(config, options);
  t.teardown(gateway.stop);
  return gateway;
}

/** As `build --format module` writes it if GATEWAY_FORM is "module"; scripts other than the gateway's are unchanged. */
export function inForm(script: string): WorkerSource {
  const isModule = process.env['GATEWAY_FORM'] === 'module' && hasListener(script);
  return { script: isModule ? asModule(script) : script, isModule };
}

let script: Promise<string> | null = null;

/** dist/worker-full.js, or a fresh build if a source is newer. Determined once: tests start hundreds of gateways. */
export function currentScript(): Promise<string> {
  return (script ??= findScript());
}

async function findScript(): Promise<string> {
  const file = join(ROOT, 'dist/worker-full.js');
  const text = readFileSync(file, 'utf8');
  const built = statSync(file).mtimeMs;
  const names = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' });
  const sources = ['worker.ts', ...names.map((name) => join('lib', name))];
  if (sources.every((source) => statSync(join(ROOT, source)).mtimeMs <= built)) return text;
  // The builder takes a second to load, which most test files do not need.
  const { build } = await import('../../cli/build/build.ts');
  const fresh = await build('worker-full');
  // A checkout writes files in any order: if the file proves current, its time is updated for the next test.
  if (fresh === text) utimesSync(file, new Date(), new Date());
  return fresh;
}

export interface WorkerSource {
  readonly script: string;
  readonly isModule: boolean;
}

/** The source worker.js of a Worker, in capnp's notation. */
export const workerOf = ({ isModule }: WorkerSource): string =>
  isModule
    ? 'modules = [(name = "worker.js", esModule = embed "worker.js")]'
    : 'serviceWorkerScript = embed "worker.js"';

const releaseOf = ({ workerd }: GatewayOptions) =>
  workerd ?? (process.env['GATEWAY_WORKERD'] === 'jul' ? 'jul' : 'nov');

/**
 * Many gateways on one workerd, each with its own port and memory: a process costs more than a script in it. All end
 * when the first is stopped, and their logs are not available.
 */
export async function startGateways(
  plans: readonly { readonly config: Config; readonly options: GatewayOptions }[],
): Promise<Gateway[]> {
  const source = inForm(await currentScript());
  const parts = plans.map(({ config, options }, index) =>
    partsFor(config, { ...options, front: `edge-${index}.js` }, source),
  );
  const files: Record<string, string> = {
    'config.capnp': workerdConfig(...parts),
    'worker.js': source.script,
  };
  for (const [index, { options }] of plans.entries())
    if (options.cloudflare) files[`edge-${index}.js`] = edgeWorker(options.cloudflare);
  const { ports, stop } = await startWorkerd(files, {
    which: releaseOf({}),
    startMs: 60_000,
    sockets: plans.length,
  });
  return ports.map((port) => ({
    url: `http://127.0.0.1:${port}`,
    port,
    log: () => '',
    lines: () => [],
    stop,
  }));
}

function startPlain(config: Config | null, options: GatewayOptions, source: WorkerSource): Promise<Gateway> {
  const files = {
    'config.capnp': workerdConfig(partsFor(config, { ...options, front: 'edge.js' }, source)),
    'worker.js': source.script,
    ...(options.cloudflare ? { 'edge.js': edgeWorker(options.cloudflare) } : {}),
  };
  return startWorkerd(files, { which: releaseOf(options), startMs: options.startMs ?? 60_000 });
}

function partsFor(
  config: Config | null,
  options: GatewayOptions & { readonly front: string },
  source: WorkerSource,
): ConfigParts {
  const internet = `external = (address = "127.0.0.1:${options.internet}", http = (cfBlobHeader = "X-Test-CF"))`;
  return {
    config,
    text: options.text,
    variables: options.variables,
    worker: workerOf(source),
    date: options.date ?? process.env['GATEWAY_DATE'],
    flags: options.flags,
    internet: options.internet ? internet : undefined,
    front: options.cloudflare && options.front,
  };
}

/** The script of a Worker in front of the gateway that does to a request what Cloudflare's edge does. */
function edgeWorker({
  clientIp = '192.0.2.1',
  country = 'DE',
  scheme = 'https',
  cf = {},
}: NonNullable<GatewayOptions['cloudflare']>): string {
  return `export default { fetch(request, env) {
  const headers = new Headers(request.headers);
  const take = (name, otherwise) => { const value = headers.get(name); headers.delete(name); return value ?? otherwise; };
  const country = take('test-country', ${JSON.stringify(country)});
  headers.set('cf-connecting-ip', take('test-client-ip', ${JSON.stringify(clientIp)}));
  headers.set('cf-ipcountry', country);
  const url = request.url.replace('http', take('test-scheme', ${JSON.stringify(scheme)}));
  return env.GATEWAY.fetch(new Request(url, new Request(request, { headers, redirect: 'manual', cf: { country, ...${JSON.stringify(cf)} } })));
} };
`;
}

/**
 * Miniflare reads from the environment which workerd it starts, at some time before it is ready: one start at a time.
 * Rejects with the runtime's output.
 */
export function createMiniflare(
  which: 'nov' | 'jul',
  options: Omit<MiniflareOptions, 'host' | 'port' | 'cf'>,
): Promise<{ readonly miniflare: Miniflare; readonly url: URL; readonly log: () => string }> {
  const started = lastStart.then(async () => {
    process.env['MINIFLARE_WORKERD_PATH'] = workerdPath(which);
    // Takes half a second to load, which most test files do not need.
    const { Miniflare } = await import('miniflare');
    let log = '';
    const collect = (chunk: Buffer) => void (log += String(chunk));
    const miniflare = new Miniflare({
      ...(options as MiniflareOptions),
      ...{ host: '127.0.0.1', port: 0, cf: false },
      handleRuntimeStdio: (out: Readable, error: Readable) => {
        out.on('data', collect);
        error.on('data', collect);
      },
    });
    try {
      return { miniflare, url: await miniflare.ready, log: () => log };
    } catch (error) {
      await miniflare.dispose().catch(() => undefined);
      throw new Error(`${(error as Error).message}\n${log}`);
    }
  });
  lastStart = started.catch(() => undefined);
  return started;
}
let lastStart: Promise<unknown> = Promise.resolve();

async function startMiniflare(
  config: Config | null,
  options: GatewayOptions,
  source: WorkerSource,
): Promise<Gateway> {
  const which = options.workerd ?? (process.env['GATEWAY_WORKERD'] === 'nov' ? 'nov' : 'jul');
  const { miniflare, url, log } = await createMiniflare(which, {
    script: source.script,
    modules: source.isModule,
    compatibilityDate: options.date ?? COMPATIBILITY_DATE,
    compatibilityFlags: [...(options.flags ?? COMPATIBILITY_FLAGS)],
    bindings: {
      ...options.variables,
      ...(config && { GATEWAY_CONFIG: options.text ? JSON.stringify(config) : (config as never) }),
    },
  });
  return {
    url: url.origin,
    port: Number(url.port),
    log,
    lines: () => [],
    stop: () => miniflare.dispose(),
  };
}
