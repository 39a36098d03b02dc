/**
 * Boots the built script on a real runtime: plain workerd (exact on the wire) or Miniflare (closer to Cloudflare: fake
 * request.cf, Accept-Encoding rewritten). The configuration is passed as the GATEWAY_CONFIG binding, as in most
 * deployments; origins on loopback are allowed.
 *
 *   const gateway = await gatewayFor(t, { origins: [origin.url] });
 *
 * Gateways that are started at the same time share a process of workerd, each with its own port and memory: a process
 * needs more CPU time than a script in it.
 */
import { readFileSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Miniflare, MiniflareOptions } from 'miniflare';
import type { Config } from '../../lib/config/types.ts';
import { ROOT } from '../../cli/paths.ts';
import { asModule, hasListener } from '../../cli/build/module.ts';
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS, workerdPath } from '../../cli/workerd.ts';
import type { Tap } from './origin.ts';
import { startOnWorkerd, unavailable, type Plan, type WorkerSource } from './processes.ts';

export interface GatewayOptions {
  /** Default "workerd". */
  readonly runtime?: 'workerd' | 'miniflare';
  /**
   * Which of the two workerd releases: the newest, or the older one of Miniflare 4. Default: GATEWAY_WORKERD, else
   * "nov" on workerd and "jul" on Miniflare.
   */
  readonly workerd?: 'nov' | 'jul' | undefined;
  /** Where it listens, on workerd only; default a port of 127.0.0.1. */
  readonly address?: string;
  /** Compatibility date, on workerd only; default GATEWAY_DATE, else that of wrangler.toml. */
  readonly date?: string | undefined;
  /** The binding as JSON text instead of an object, as from an environment variable. */
  readonly text?: boolean;
  /** Other variables and secrets of the Worker. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Simulates Cloudflare's edge on workerd with a Worker in front: CF-Connecting-IP and CF-IPCountry are set whatever
   * the caller sent, request.cf has the country, the scheme is https by default. A request overrides these with the
   * headers Test-Client-IP, Test-Country and Test-Scheme, which are not forwarded.
   */
  readonly cloudflare?: {
    readonly clientIp?: string;
    readonly country?: string;
    readonly scheme?: 'http' | 'https';
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
  /**
   * What it shares with gateways that are started at the same time. Default "process". "nothing" where the log is read,
   * or the script may refuse to start. "isolate" for hundreds of configurations, or for a `clock`: see one-isolate.ts.
   */
  readonly shares?: 'process' | 'isolate' | 'nothing';
  /** In a shared isolate: the clock is stopped at this time, in seconds since 1970. */
  readonly clock?: number;
}
export interface Gateway {
  readonly url: string;
  readonly port: number;
  /** The output of the Worker and the runtime so far, in the runtime's format; only if it shares nothing. */
  readonly log: () => string;
  /** What the Worker has logged so far, one string per console.log; on workerd, unless it shares a process. */
  readonly lines: () => string[];
  /** Moves the clock, in a shared isolate. Timers that run are not affected. */
  readonly advance: (ms: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}
/** Rejects with the runtime's output if the script refuses to start. `config` null is the script's own. */
export async function startGateway(config: Config | null, options: GatewayOptions = {}): Promise<Gateway> {
  const given = options.script ?? (await currentScript());
  // In a shared isolate the script is part of another module.
  const inFunction = options.shares === 'isolate';
  const source = options.asModule || inFunction ? { script: given, isModule: !inFunction } : inForm(given);
  const plan: Plan = { config, source, options: { ...fromEnvironment(), ...options } };
  return options.runtime === 'miniflare' ? startMiniflare(plan) : startOnWorkerd(plan);
}

/** What runs unless a test says otherwise. */
export function fromEnvironment(): Pick<GatewayOptions, 'workerd' | 'date'> {
  const { GATEWAY_DATE: date, GATEWAY_WORKERD: workerd } = process.env;
  return { date, workerd: workerd as 'nov' | 'jul' | undefined };
}

/** One that stops with the test. */
export async function gatewayFor(t: Tap, config: Config | null, options?: GatewayOptions): Promise<Gateway> {
  const gateway = await startGateway(config, options);
  t.teardown(gateway.stop);
  return gateway;
}

/** Why the script refuses to start with that configuration. */
export function refusalOf(config: unknown, options: GatewayOptions = {}): Promise<string> {
  return startGateway(config as Config, { ...options, shares: 'nothing' }).then(
    (gateway) => gateway.stop().then(() => 'it started'),
    (error: Error) => error.message,
  );
}

/** As `build --format module` writes it if GATEWAY_FORM is "module"; scripts other than the gateway's are unchanged. */
export function inForm(script: string): WorkerSource {
  const isModule = process.env['GATEWAY_FORM'] === 'module' && hasListener(script);
  return { script: isModule ? asModule(script) : script, isModule };
}

const built = new Map<string, Promise<string>>();

/**
 * The source of dist/NAME.js, or of a fresh build if a source is newer. Read once: tests start hundreds of gateways.
 */
export function currentScript(name: 'worker' | 'worker-full' | 'shared' = 'worker-full'): Promise<string> {
  const known = built.get(name) ?? findScript(name);
  built.set(name, known);
  return known;
}

async function findScript(name: 'worker' | 'worker-full' | 'shared'): Promise<string> {
  const file = join(ROOT, `dist/${name}.js`);
  const text = readFileSync(file, 'utf8');
  const builtAt = statSync(file).mtimeMs;
  const names = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' });
  const sources = ['worker.ts', ...names.map((source) => join('lib', source))];
  if (sources.every((source) => statSync(join(ROOT, source)).mtimeMs <= builtAt)) return text;
  // The builder takes a second to load, which most test files do not need.
  const { build, buildCompanion } = await import('../../cli/build/build.ts');
  const fresh = await (name === 'shared' ? buildCompanion() : build(name));
  // A checkout writes files in any order: if the file proves current, its time is updated for the next test.
  if (fresh === text) utimesSync(file, new Date(), new Date());
  return fresh;
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

/** A list of modules is not searched for imports, of which Miniflare refuses those of a name that is computed. */
export const inMiniflare = ({ script: contents, isModule }: WorkerSource) =>
  isModule ? { modules: [{ type: 'ESModule' as const, path: 'worker.js', contents }] } : { script: contents };

async function startMiniflare({ config, options, source }: Plan): Promise<Gateway> {
  const { miniflare, url, log } = await createMiniflare(options.workerd ?? 'jul', {
    ...inMiniflare(source),
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags: [...COMPATIBILITY_FLAGS],
    bindings: {
      ...options.variables,
      ...(config && { GATEWAY_CONFIG: options.text ? JSON.stringify(config) : (config as never) }),
    },
  });
  return {
    url: url.origin,
    port: Number(url.port),
    log,
    lines: unavailable,
    advance: unavailable,
    stop: () => miniflare.dispose(),
  };
}
