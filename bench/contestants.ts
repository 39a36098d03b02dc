/**
 * The contestants: the floor, two forms of this gateway, its peers.
 *
 * All Worker peers are bundled by esbuild at run time from bench/peers and run on the same workerd with the same
 * compatibility date, so that only the script differs. Native proxies take part if they are installed; they are not
 * Workers and show the cost of the runtime itself.
 */
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { scratchFile, startNative, startWorker, type Origins, type Running } from './processes.ts';
import { versionOf } from './machine.ts';

export interface Contestant {
  readonly name: string;
  /** A description for the table. */
  readonly note: string;
  readonly kind: 'floor' | 'gateway' | 'worker' | 'native';
  /** Sent with every request to it. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Whether the contestant streams. The tutorial forwards to the root only and reads responses into a string, so large
   * and slow ones say nothing about it.
   */
  readonly streams: boolean;
  readonly start: (origins: Origins) => Promise<Running>;
  /** What `start` serves, for benches that serve it differently; otherwise null. */
  readonly source: ((origins: Origins) => Promise<{ script: string; config: unknown }>) | null;
}

const ROOT = join(import.meta.dirname, '..');

/** The script of a peer, with its packages and the origins' addresses inlined. */
export async function bundlePeer(name: string, origins: readonly string[]): Promise<string> {
  const built = await build({
    entryPoints: [join(import.meta.dirname, 'peers', `${name}.js`)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['worker', 'browser'],
    define: { ORIGINS: JSON.stringify(origins) },
    logLevel: 'silent',
  });
  return built.outputFiles[0]!.text;
}

/** A built file. The environment variable GATEWAY names another one. */
export function readGateway(carries: 'worker' | 'worker-full' = 'worker'): string {
  return readFileSync(process.env['GATEWAY'] ?? join(ROOT, `dist/${carries}.js`), 'utf8');
}

/** Serves the gateway with this configuration. */
export function startGateway(config: unknown): Promise<Running> {
  return startWorker(readGateway(), 'script', config);
}

/** 100 routes, keys verified by a remote service, a rate limit that is never reached. */
export function fullConfig(origins: readonly string[]): unknown {
  const routes = Array.from({ length: 99 }, (_, index) => ({
    name: `r${index}`,
    paths: [`/api/v${index}/things`],
    pool: 'default',
  }));
  return {
    pools: { default: { origins } },
    routes: [...routes, { name: 'all', paths: ['/'], pool: 'default' }],
    auth: {
      keyNames: ['x-key'],
      verify: { url: `${origins[0]}/verify`, keyHeader: 'x-key' },
      cache: { ttlSeconds: 3600 },
    },
    rateLimit: { minute: 1_000_000_000, by: 'credential' },
  };
}

function peer(name: string, note: string, format: 'script' | 'module', streams = true): Contestant {
  const start = async ({ urls }: Origins): Promise<Running> =>
    startWorker(await bundlePeer(name, urls), format);
  const kind = name === 'passthrough' || name === 'headers' ? 'floor' : 'worker';
  const source = async ({ urls }: Origins) => ({ script: await bundlePeer(name, urls), config: null });
  return {
    ...{ name, note, kind, headers: {}, streams, start },
    source: name === 'passthrough' ? source : null,
  };
}

function gateway(
  name: string,
  note: string,
  headers: Contestant['headers'],
  configFor: (urls: readonly string[]) => unknown,
): Contestant {
  const source = async ({ urls }: Origins) => ({ script: readGateway(), config: configFor(urls) });
  const start = ({ urls }: Origins): Promise<Running> => startGateway(configFor(urls));
  return { name, note, kind: 'gateway', headers, streams: true, start, source };
}

function packageNote(name: string, note: string): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return `${name} ${version}: ${note}`;
}

function native(
  name: string,
  version: string,
  args: (port: number, origins: Origins) => readonly string[],
): Contestant {
  return {
    name,
    note: `${version.replace(/^(nginx|HAProxy) version:? /i, '')}, one process, one thread`,
    kind: 'native',
    headers: {},
    streams: true,
    source: null,
    start: (origins) => startNative(name, (port) => args(port, origins)),
  };
}

function nginxConfig(port: number, { urls }: Origins): string {
  const servers = urls.map((url) => `server ${new URL(url).host};`).join(' ');
  const cache = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((part) => `${part}_temp_path /tmp;`)
    .join(' ');
  return `daemon off; master_process off; pid /dev/null; error_log /dev/null; events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000; ${cache}
  upstream pool { ${servers} keepalive 64; }
  server { listen 127.0.0.1:${port} backlog=4096; location / { proxy_pass http://pool; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`;
}

function haproxyConfig(port: number, { urls }: Origins): string {
  const servers = urls.map((url, index) => `  server s${index} ${new URL(url).host}`).join('\n');
  return `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  http-reuse always
frontend f
  bind 127.0.0.1:${port}
  default_backend b
backend b
  balance roundrobin
${servers}
`;
}

/** All contestants available on this machine, the floor first. */
export function findContestants(): Contestant[] {
  const key = { 'x-key': 'good-key-of-the-bench' };
  const list: Contestant[] = [
    peer('passthrough', 'three lines: fetch(origin + path, request)', 'script'),
    peer('headers', 'the passthrough, and the nine headers that the gateway adds by default', 'script'),
    gateway('gateway', 'two origins, all defaults', {}, (origins) => ({ origins })),
    gateway('gateway, all on', '100 routes, remotely verified keys (warm), a rate limit', key, fullConfig),
    peer('tutorial', "the tutorial's algorithm, two origins", 'script', false),
    peer('reflare', packageNote('reflare', 'two origins, random'), 'module'),
    peer('hono', packageNote('hono', 'proxy() and cors(), one origin'), 'module'),
    peer('itty-router', packageNote('itty-router', 'Router and fetch, one origin'), 'module'),
  ];
  const nginx = versionOf('nginx', '-v');
  if (nginx)
    list.push(
      native('nginx', nginx, (port, origins) => [
        '-e',
        '/dev/null',
        '-c',
        scratchFile('nginx.conf', nginxConfig(port, origins)),
      ]),
    );
  const haproxy = versionOf('haproxy', '-v');
  if (haproxy)
    list.push(
      native('haproxy', haproxy.replace(/ - .*/, ''), (port, origins) => [
        '-f',
        scratchFile('haproxy.cfg', haproxyConfig(port, origins)),
      ]),
    );
  return list;
}

/** workerd's own version, as package.json pins it. */
export function workerdVersion(): string {
  return (createRequire(import.meta.url)('workerd/package.json') as { version: string }).version;
}
