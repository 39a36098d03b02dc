/**
 * The cost of limits shared by all isolates on workerd: alternates between a gateway that counts locally and the same
 * gateway with leases from a companion in its own process. docs/shared.md has the figures.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { bindCompanion, startCompanion } from '../cli/serve/companion.ts';
import type { Companion, OwnCompanion } from '../cli/serve/companion.ts';
import { workerdConfig } from '../cli/workerd.ts';
import { readGateway } from './contestants.ts';
import { paired, spreadOf, turned } from './figures.ts';
import { countInstructions } from './instructions.ts';
import { findGenerator, sendBurst } from './load.ts';
import { cpuMicros } from './machine.ts';
import { startConfigured, startOrigins } from './processes.ts';
import type { Origins, Running } from './processes.ts';
import type { SubBench, Table } from './sub-bench.ts';

/** Never exhausted: a rejection is cheaper than a response. A limit by the second is leased most often. */
const PERIODS = ['second', 'minute', 'hour'] as const;
type Period = (typeof PERIODS)[number];
const nameOf = (period: Period): string => `by lease, by the ${period}`;

interface Measured {
  readonly perSecond: number;
  readonly micros: number;
  readonly p50: number;
  readonly p99: number;
}

function configOf({ urls }: Origins, period: Period, isShared: boolean): unknown {
  return {
    origins: [...urls],
    rateLimit: { [period]: 1_000_000, by: 'ip' },
    ...(isShared && { shared: { timeoutMs: 2000, revocations: false } }),
  };
}

/** A gateway that counts locally, and one per period that uses the companion. */
async function startAll(
  origins: Origins,
  companion: OwnCompanion,
  periods: readonly Period[],
): Promise<Running[]> {
  const script = readGateway('worker-full');
  const start = (period: Period, isShared: boolean): Promise<Running> => {
    const config = workerdConfig({ config: configOf(origins, period, isShared) });
    return startConfigured(script, isShared ? bindCompanion(config, companion) : config);
  };
  return Promise.all([start('minute', false), ...periods.map((period) => start(period, true))]);
}

/** Alternating bursts: many connections for throughput and CPU time, one for latency, where nothing queues. */
async function measure(running: readonly Running[], rounds: number, seconds: number): Promise<Measured[][]> {
  const generator = findGenerator().name;
  const results = running.map((): Measured[] => []);
  for (let round = -1; round < rounds; round++)
    for (const which of turned([...running.keys()], round + 1)) {
      const { url, pid } = running[which]!;
      const before = cpuMicros(pid);
      const burst = await sendBurst(generator, `${url}/json`, { connections: 32, seconds });
      const micros = (cpuMicros(pid) - before) / burst.requests;
      const quiet = await sendBurst(generator, `${url}/json`, { connections: 1, seconds });
      if (burst.failures + quiet.failures > 0)
        throw new Error('Cannot measure limits: every answer must be 200');
      const { p50, p99 } = quiet;
      if (round >= 0) results[which]!.push({ perSecond: burst.requests / burst.seconds, micros, p50, p99 });
    }
  return results;
}

interface Counted extends Companion {
  readonly calls: () => number;
  readonly close: () => void;
}

/** A proxy in front of the companion that counts its messages. */
async function countCalls({ address, token }: OwnCompanion): Promise<Counted> {
  let calls = 0;
  const handOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    calls++;
    const init = { method: 'POST', body: await text(request), headers: { 'x-token': token } };
    const answer = await fetch(`http://${address}${request.url}`, init);
    response.writeHead(answer.status, { 'x-shared': answer.headers.get('x-shared') ?? '' });
    response.end(await answer.text());
  };
  const server = createServer((request, response) => void handOn(request, response)).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `127.0.0.1:${port}`, token, calls: () => calls, close };
}

/** Messages per request at full speed; nothing else is measured here. */
async function callsPerRequest(
  origins: Origins,
  companion: OwnCompanion,
  period: Period,
  seconds: number,
): Promise<number> {
  const counted = await countCalls(companion);
  const config = bindCompanion(workerdConfig({ config: configOf(origins, period, true) }), counted);
  const running = await startConfigured(readGateway('worker-full'), config);
  const burst = { connections: 32, seconds };
  const { requests } = await sendBurst(findGenerator().name, `${running.url}/json`, burst);
  await running.end();
  counted.close();
  return counted.calls() / requests;
}

function loadTable(
  periods: readonly Period[],
  results: readonly Measured[][],
  calls: readonly number[],
): Table {
  const cell = (
    which: number,
    figure: keyof Measured,
    how: 'ratio' | 'difference',
    digits: number,
  ): string => {
    const [all, alone] = [which, 0].map((i) => results[i]!.map((one) => one[figure]));
    const { median, low, high } = spreadOf(paired(all!, alone!, how));
    return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
  };
  return {
    title: 'Limits over all isolates, on workerd',
    note: 'Beside the same gateway that counts alone, in the same round; medians, the middle half in brackets. Throughput and CPU time of the gateway with 32 connections, latency in ms with one.',
    columns: ['', 'throughput', 'CPU time', 'calls a request', 'added p50', 'added p99'],
    rows: periods.map((period, i) => [
      nameOf(period),
      cell(i + 1, 'perSecond', 'ratio', 2),
      cell(i + 1, 'micros', 'ratio', 2),
      (calls[i] ?? 0).toFixed(4),
      cell(i + 1, 'p50', 'difference', 2),
      cell(i + 1, 'p99', 'difference', 2),
    ]),
  };
}

/**
 * Under callgrind: the gateway's own process, without the companion's. Requests are about fifty times slower there, so
 * that far more of them cause a message than at full speed.
 */
async function instructionTable(origins: Origins, companion: OwnCompanion, requests: number): Promise<Table> {
  const script = readGateway('worker-full');
  const rows: (string | number)[][] = [];
  for (const period of [null, ...PERIODS]) {
    const name = period === null ? 'counted alone' : nameOf(period);
    const counted = await countCalls(companion);
    const config = configOf(origins, period ?? 'minute', period !== null);
    const bind = (capnp: string): string => (period === null ? capnp : bindCompanion(capnp, counted));
    const thousands = await countInstructions({ name, script, config, bind }, requests);
    // In addition to the counted requests, three times as many warm it up and 100 more follow.
    rows.push([name, thousands.toFixed(0), (counted.calls() / (4 * requests + 100)).toFixed(3)]);
    counted.close();
  }
  return {
    title: 'Instructions of a limit over all isolates',
    note: 'Of the gateway, user land, in thousands a request under callgrind, where requests are slow and messages many.',
    columns: ['', 'thousands', 'calls a request'],
    rows,
  };
}

export const bench: SubBench = {
  name: 'shared-workerd',
  run: async ({ full, smoke, tell }) => {
    const [origins, companion] = [await startOrigins(), await startCompanion(null)];
    const periods = smoke ? PERIODS.slice(1, 2) : PERIODS;
    const running = await startAll(origins, companion, periods);
    const [rounds, seconds] = smoke ? [1, 0.2] : [full ? 15 : 7, 2];
    const results = await measure(running, rounds, seconds);
    const calls: number[] = [];
    for (const period of periods) calls.push(await callsPerRequest(origins, companion, period, 2 * seconds));
    await Promise.all(running.map(({ end }) => end()));
    const tables = [loadTable(periods, results, calls)];
    if (full) {
      tell('shared-workerd: instructions');
      tables.push(await instructionTable(origins, companion, 400));
    }
    await Promise.all([origins.end(), companion.stop()]);
    return tables;
  },
};
