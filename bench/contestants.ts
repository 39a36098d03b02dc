/**
 * The contestants: the floor, two forms of this gateway, its peers.
 *
 * All peers are bundled by esbuild at run time from bench/peers and run on the same workerd with the same compatibility
 * date, so that only the script differs.
 */
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../cli/paths.ts';
import { startWorker, type Origins, type Running } from './processes.ts';

export interface Contestant {
  readonly name: string;
  /** A description for the table. */
  readonly note: string;
  readonly kind: 'floor' | 'gateway' | 'peer';
  /** Sent with every request to it. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Whether the contestant streams. The tutorial forwards to the root only and reads responses into a string, so large
   * and slow ones say nothing about it.
   */
  readonly streams: boolean;
  readonly format: 'script' | 'module';
  readonly script: (origins: Origins) => Promise<string>;
  readonly config: (origins: Origins) => unknown;
}

export async function startContestant(
  { script, format, config }: Contestant,
  origins: Origins,
): Promise<Running> {
  return startWorker(await script(origins), format, config(origins));
}

/** The script of a peer, with its packages and the origins' addresses inlined. */
async function bundlePeer(name: string, { urls }: Origins): Promise<string> {
  const built = await build({
    entryPoints: [join(import.meta.dirname, 'peers', `${name}.js`)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['worker', 'browser'],
    define: { ORIGINS: JSON.stringify(urls) },
    logLevel: 'silent',
  });
  return built.outputFiles[0]!.text;
}

/** A built file. The environment variable GATEWAY names another one. */
export function readGateway(carries: 'worker' | 'worker-full' = 'worker'): string {
  return readFileSync(process.env['GATEWAY'] ?? `${ROOT}/dist/${carries}.js`, 'utf8');
}

/** Serves the gateway with this configuration. */
export function startGateway(config: unknown): Promise<Running> {
  return startWorker(readGateway(), 'script', config);
}

/** 100 routes, keys verified by a remote service, a rate limit that is never reached. */
export function fullConfig({ urls }: Origins): unknown {
  const routes = Array.from({ length: 99 }, (_, index) => ({
    name: `r${index}`,
    paths: [`/api/v${index}/things`],
    pool: 'default',
  }));
  return {
    pools: { default: { origins: urls } },
    routes: [...routes, { name: 'all', paths: ['/'], pool: 'default' }],
    auth: {
      keyNames: ['x-key'],
      verify: { url: `${urls[0]}/verify`, keyHeader: 'x-key' },
      cache: { ttlSeconds: 3600 },
    },
    rateLimit: { minute: 1_000_000_000, by: 'credential' },
  };
}

function peer(
  name: string,
  note: string,
  format: 'script' | 'module',
  more: Partial<Contestant> = {},
): Contestant {
  const script: Contestant['script'] = (origins) => bundlePeer(name, origins);
  const rest = { headers: {}, streams: true, config: () => null, ...more };
  return { name, note, kind: 'peer', format, script, ...rest };
}

function gateway(
  name: string,
  note: string,
  headers: Contestant['headers'],
  config: Contestant['config'],
): Contestant {
  const script = async (): Promise<string> => readGateway();
  return { name, note, kind: 'gateway', headers, streams: true, format: 'script', script, config };
}

/** A peer that is a package of this name. */
function packaged(name: string, note: string): Contestant {
  const manifest = readFileSync(`${ROOT}/node_modules/${name}/package.json`, 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  return peer(name, `${name} ${version}: ${note}`, 'module');
}

/** All contestants, the floor first. */
export const CONTESTANTS: readonly Contestant[] = [
  peer('passthrough', 'three lines: fetch(origin + path, request)', 'script', { kind: 'floor' }),
  peer(
    'headers',
    'the passthrough with nine headers added: four to the origin, five to the caller',
    'script',
    {
      kind: 'floor',
    },
  ),
  gateway('gateway', 'two origins, all defaults', {}, ({ urls }) => ({ origins: urls })),
  gateway(
    'gateway, all on',
    '100 routes, remotely verified keys (warm), a rate limit',
    { 'x-key': 'good-key-of-the-bench' },
    fullConfig,
  ),
  peer('tutorial', "the tutorial's algorithm, two origins", 'script', { streams: false }),
  packaged('reflare', 'two origins, random'),
  packaged('hono', 'proxy() and cors(), one origin'),
  packaged('itty-router', 'Router and fetch, one origin'),
];
