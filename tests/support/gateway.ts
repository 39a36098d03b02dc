/**
 * Boots the built script on a real runtime: plain workerd (25 ms, exact on the wire) or Miniflare (closer to
 * Cloudflare: fake request.cf, Accept-Encoding rewritten). The configuration arrives as the GATEWAY_CONFIG binding,
 * as most deployments do it; origins on loopback are allowed.
 *
 *   const gateway = await startGateway({ origins: [origin.url] });
 *   t.teardown(gateway.stop);
 */
import { readFileSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
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
import { edgeWorker } from './edge-worker.ts';

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
  /** Compatibility date; default that of wrangler.toml. */
  readonly date?: string;
  /** The binding as JSON text instead of an object, as an environment variable brings it. */
  readonly text?: boolean;
  /** Variables and secrets of the Worker beside its configuration. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Plays Cloudflare's edge on workerd, by a Worker in front: CF-Connecting-IP and CF-IPCountry are set whatever the
   * caller sent, request.cf is what is given here, the scheme is https unless said otherwise. A request changes it for
   * itself with the headers Test-Client-IP, Test-Country and Test-Scheme, which go no further.
   */
  readonly cloudflare?: {
    readonly clientIp?: string;
    readonly country?: string;
    readonly scheme?: 'http' | 'https';
    readonly cf?: Record<string, unknown>;
  };
  /**
   * A loopback port that stands for the whole internet: every request, https too, goes there with its real Host;
   * X-Test-CF has its `cf`.
   */
  readonly internet?: number;
  /** The script; default the built dist/worker-full.js, built afresh in memory where a source is newer. */
  readonly script?: string;
  /** The script as an ES module, in which bindings are no globals; on workerd only. */
  readonly asModule?: boolean;
  /** What the Worker's clock shows for ever, in seconds since 1970. */
  readonly clock?: number;
  /** Milliseconds until the start counts as failed; default 60000: the machine may be busy. */
  readonly startMs?: number;
}
export interface Gateway {
  readonly url: string;
  readonly port: number;
  /** What the Worker and the runtime have written so far, as the runtime words it. */
  readonly log: () => string;
  /** What the Worker has logged so far, one text a console.log; on workerd only. */
  readonly lines: () => string[];
  readonly stop: () => Promise<void>;
}

/** Rejects with what the runtime wrote where the script refuses to start. `config` null leaves the script's own. */
export async function startGateway(config: Config | null, options: GatewayOptions = {}): Promise<Gateway> {
  const given = options.script ?? (await currentScript());
  const script = options.clock === undefined ? given : `Date.now = () => ${options.clock * 1000};\n${given}`;
  const source = options.asModule ? { modules: { 'worker.js': script } } : inForm(script);
  return options.runtime === 'miniflare'
    ? startMiniflare(config, options, source)
    : startPlain(config, options, source);
}

/** As `build --format module` writes it where GATEWAY_FORM is "module"; other scripts than the gateway's stay. */
export function inForm(script: string): WorkerSource {
  const isModule = process.env['GATEWAY_FORM'] === 'module' && hasListener(script);
  return isModule ? { modules: { 'worker.js': asModule(script) } } : { script };
}

let script: Promise<string> | null = null;

/** dist/worker-full.js, or where a source is newer than it what it would be. Looked up once: tests start hundreds. */
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
  // The builder takes a second to load, which most test files need not spend.
  const { build } = await import('../../cli/build/build.ts');
  const fresh = await build({ carries: 'worker-full', write: false });
  // A checkout writes files in any order: what proves to be fresh says so to the next test.
  if (fresh === text) utimesSync(file, new Date(), new Date());
  return fresh;
}

export interface WorkerSource {
  /** A plain script, or `modules` for the coverage run. */
  readonly script?: string;
  readonly modules?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

/**
 * Many on one workerd, each with its own port and memory: a process costs more than a script in it. They end with the first that stops,
 * and what they log is nobody's.
 */
export async function startGateways(
  plans: readonly { readonly config: Config; readonly options: GatewayOptions }[],
): Promise<Gateway[]> {
  const parts = plans.map(({ config, options }, index) =>
    partsFor(config, { ...options, front: `edge-${index}.js` }, {}),
  );
  const files: Record<string, string> = {
    'config.capnp': workerdConfig(...parts),
    'worker.js': await currentScript(),
  };
  for (const [index, { options }] of plans.entries())
    if (options.cloudflare) files[`edge-${index}.js`] = edgeWorker(options.cloudflare);
  const { ports, stop } = await startWorkerd(files, { startMs: 60_000, sockets: plans.length });
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
    ...(source.modules ? flatten(source.modules) : { 'worker.js': source.script ?? '' }),
    ...(options.cloudflare ? { 'edge.js': edgeWorker(options.cloudflare) } : {}),
  };
  const which = options.workerd ?? (process.env['GATEWAY_WORKERD'] === 'jul' ? 'jul' : 'nov');
  return startWorkerd(files, { which, startMs: options.startMs ?? 60_000 });
}

function flatten(modules: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(modules).map(([name, text]) => [flat(name), text]));
}

function flat(name: string): string {
  return name.replaceAll('/', '_');
}

function partsFor(
  config: Config | null,
  options: GatewayOptions & { readonly front: string },
  source: WorkerSource,
): ConfigParts {
  const modules = Object.keys(source.modules ?? {}).map(
    (name) => `(name = "${name}", esModule = embed "${flat(name)}")`,
  );
  const internet = `external = (address = "127.0.0.1:${options.internet}", http = (cfBlobHeader = "X-Test-CF"))`;
  return {
    config,
    text: options.text,
    variables: options.variables,
    worker: source.modules && `modules = [${modules.join(', ')}]`,
    date: options.date,
    flags: [...(options.flags ?? COMPATIBILITY_FLAGS), ...(source.flags ?? [])],
    internet: options.internet ? internet : undefined,
    front: options.cloudflare && options.front,
  };
}

/** Miniflare's options for the same. */
export function miniflareSource({ script = '', modules }: WorkerSource) {
  if (!modules) return { script, modules: false as const };
  return {
    modules: Object.entries(modules).map(([path, contents]) => ({
      type: 'ESModule' as const,
      path,
      contents,
    })),
  };
}

async function startMiniflare(
  config: Config | null,
  options: GatewayOptions,
  source: WorkerSource,
): Promise<Gateway> {
  // Read by Miniflare when it starts a runtime; every gateway of a process has the release asked for last.
  const which = options.workerd ?? (process.env['GATEWAY_WORKERD'] === 'nov' ? 'nov' : 'jul');
  process.env['MINIFLARE_WORKERD_PATH'] = workerdPath(which);
  // Half a second to load, which most test files need not spend.
  const { Miniflare } = await import('miniflare');
  let log = '';
  const miniflare = new Miniflare({
    ...miniflareSource(source),
    host: '127.0.0.1',
    port: 0,
    cf: false,
    compatibilityDate: options.date ?? COMPATIBILITY_DATE,
    compatibilityFlags: [...(options.flags ?? COMPATIBILITY_FLAGS)],
    bindings: {
      ...options.variables,
      ...(config && { GATEWAY_CONFIG: options.text ? JSON.stringify(config) : (config as never) }),
    },
    handleRuntimeStdio: (out: Readable, error: Readable) => {
      out.on('data', (chunk: Buffer) => void (log += String(chunk)));
      error.on('data', (chunk: Buffer) => void (log += String(chunk)));
    },
  });
  try {
    const url = (await miniflare.ready).origin;
    return {
      url,
      port: Number(new URL(url).port),
      log: () => log,
      lines: () => [],
      stop: () => miniflare.dispose(),
    };
  } catch (error) {
    await miniflare.dispose().catch(() => undefined);
    throw new Error(`${(error as Error).message}\n${log}`);
  }
}
