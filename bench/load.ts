/**
 * Generates load for a bench: a bounded burst against one address, with autocannon. Its CPU time is this process's, not
 * that of the contestant.
 *
 * A closed loop: N connections, each with one request in flight. Such a loop measures throughput and CPU per request
 * accurately but hides queueing; latencies are therefore measured with few connections, where nothing queues.
 */
import { createRequire } from 'node:module';
import autocannon from 'autocannon';
import { cpuMicros } from './machine.ts';
import type { Running } from './processes.ts';

export interface Burst {
  readonly connections: number;
  readonly seconds: number;
  /** So many requests instead, however long they take. */
  readonly amount?: number;
  readonly path?: string;
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
export type BurstResult = Awaited<ReturnType<typeof sendBurst>>;

const manifest = createRequire(import.meta.url)('autocannon/package.json') as { version: string };
export const GENERATOR = `autocannon ${manifest.version}`;

export async function sendBurst({ url, pid }: Pick<Running, 'url' | 'pid'>, burst: Burst) {
  const { path = '/json', seconds, connections, ...request } = burst;
  const before = cpuMicros(pid);
  const result = await autocannon({
    url: url + path,
    duration: seconds,
    connections,
    timeout: 20,
    sampleInt: 100,
    ...request,
  });
  const requests = result.requests.total;
  return {
    requests,
    perSecond: requests / result.duration,
    // In ms.
    p50: result.latency.p50,
    p99: result.latency.p99,
    /** Responses other than 2xx, and requests without a response. */
    failures: result.non2xx + result.errors + result.timeouts,
    /** The server's CPU time per request, in microseconds. */
    cpu: (cpuMicros(pid) - before) / Math.max(1, requests),
  };
}
