/**
 * Generates load for a bench: a bounded burst against one address, with wrk if it is installed (it uses the least CPU),
 * else with autocannon in its own process, so that its CPU time is counted separately.
 *
 * Both are closed loops: N connections, each with one request in flight. Such a loop measures throughput and CPU per
 * request accurately but hides queueing; latencies are therefore measured with few connections, where nothing queues.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { scratchFile } from './processes.ts';
import { versionOf } from './machine.ts';

export interface Burst {
  readonly connections: number;
  readonly seconds: number;
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface BurstResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Responses other than 2xx, and requests without a response. */
  readonly failures: number;
}
export type Generator = 'wrk' | 'autocannon';

const run = promisify(execFile);

/** The generator available on this machine. */
export function findGenerator(): { name: Generator; version: string } {
  const version = versionOf('wrk', '-v');
  if (version) return { name: 'wrk', version: version.replace(/ Copyright.*/, '') };
  const { version: own } = createRequire(import.meta.url)('autocannon/package.json') as { version: string };
  return { name: 'autocannon', version: `autocannon ${own}` };
}

const QUOTE = (text: string): string =>
  `"${[...Buffer.from(text)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;

/** One bounded burst. */
export async function sendBurst(generator: Generator, url: string, burst: Burst): Promise<BurstResult> {
  return generator === 'wrk' ? withWrk(url, burst) : withAutocannon(url, burst);
}

async function withWrk(url: string, burst: Burst): Promise<BurstResult> {
  const script = scratchFile(
    'burst.lua',
    `wrk.method = ${QUOTE(burst.method ?? 'GET')}
${burst.body === undefined ? '' : `wrk.body = ${QUOTE(burst.body)}`}
${Object.entries(burst.headers ?? {})
  .map(([name, value]) => `wrk.headers[${QUOTE(name)}] = ${QUOTE(value)}`)
  .join('\n')}
done = function(summary, latency)
  local errors = summary.errors
  print(string.format('RESULT {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"failures":%d}', summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end`,
  );
  const args = [
    '-t1',
    `-c${burst.connections}`,
    `-d${Math.max(1, Math.round(burst.seconds))}s`,
    '--timeout',
    '20s',
    '-s',
    script,
    url,
  ];
  const { stdout } = await run('wrk', args, { timeout: burst.seconds * 1000 + 30_000 });
  return JSON.parse(/RESULT (.*)/.exec(stdout)![1]!) as BurstResult;
}

async function withAutocannon(url: string, burst: Burst): Promise<BurstResult> {
  const cli = createRequire(import.meta.url).resolve('autocannon');
  const args = [
    cli,
    '-j',
    '-n',
    '-c',
    String(burst.connections),
    '-d',
    String(burst.seconds),
    '-m',
    burst.method ?? 'GET',
    '-t',
    '20',
  ];
  for (const [name, value] of Object.entries(burst.headers ?? {})) args.push('-H', `${name}=${value}`);
  if (burst.body !== undefined) args.push('-i', scratchFile('body', burst.body));
  const { stdout } = await run(process.execPath, [...args, url], {
    timeout: burst.seconds * 1000 + 30_000,
    maxBuffer: 1e7,
  });
  const told = JSON.parse(stdout) as {
    requests: { total: number };
    duration: number;
    latency: { p50: number; p99: number };
    non2xx: number;
    errors: number;
    timeouts: number;
  };
  return {
    requests: told.requests.total,
    seconds: told.duration,
    p50: told.latency.p50,
    p99: told.latency.p99,
    failures: told.non2xx + told.errors + told.timeouts,
  };
}
