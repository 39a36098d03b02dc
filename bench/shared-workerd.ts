/**
 * What limits over all isolates cost on workerd: the same gateway that counts alone, and one that counts by lease with a
 * companion in a process of its own, by turns. docs/shared.md has the figures.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bindCompanion, startCompanion } from '../cli/serve/companion.ts';
import type { OwnCompanion } from '../cli/serve/companion.ts';
import { workerdConfig } from '../cli/workerd.ts';
import { readGateway } from './contestants.ts';
import { paired, spreadOf, turned } from './figures.ts';
import { countInstructions } from './instructions.ts';
import { findGenerator, sendBurst } from './load.ts';
import { cpuMicros } from './machine.ts';
import { startConfigured, startOrigins } from './processes.ts';
import type { Origins, Running } from './processes.ts';
import type { SubBench, Table } from './sub-bench.ts';

/** Never used up: a refusal is cheaper than an answer. A second's limit is leased most often. */
const PERIODS = ['second', 'minute', 'hour'] as const;
const NAMES = ['counted alone', ...PERIODS.map((period) => `by lease, by the ${period}`)];

interface Measured {
  readonly perSecond: number;
  readonly micros: number;
  readonly p50: number;
  readonly p99: number;
}

function configOf({ urls }: Origins, period: (typeof PERIODS)[number], isShared: boolean): unknown {
  return {
    origins: [...urls],
    rateLimit: { [period]: 1_000_000, by: 'ip' },
    ...(isShared && { shared: { timeoutMs: 2000, revocations: false } }),
  };
}

/** A gateway that counts alone, and one for each period that asks the companion. */
async function startAll(origins: Origins, companion: OwnCompanion): Promise<Running[]> {
  const script = readGateway('worker-full');
  const start = (period: (typeof PERIODS)[number], isShared: boolean): Promise<Running> => {
    const config = workerdConfig({ config: configOf(origins, period, isShared) });
    return startConfigured(script, isShared ? bindCompanion(config, companion) : config);
  };
  return Promise.all([start('minute', false), ...PERIODS.map((period) => start(period, true))]);
}

/** Bursts by turns: many connections for throughput and CPU time, one for latency, where nothing queues. */
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

/** Messages a request, at full speed: a proxy counts them, so nothing else is measured here. */
async function callsPerRequest(
  origins: Origins,
  companion: OwnCompanion,
  period: (typeof PERIODS)[number],
  seconds: number,
): Promise<number> {
  let calls = 0;
  const server = createServer(async (request, response) => {
    calls++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await fetch(`http://${companion.address}${request.url}`, {
      method: 'POST',
      body: Buffer.concat(chunks),
      headers: { 'x-token': companion.token },
    });
    response.writeHead(answer.status).end(await answer.text());
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  const config = workerdConfig({ config: configOf(origins, period, true) });
  const counted = bindCompanion(config, { ...companion, address: `127.0.0.1:${port}` });
  const running = await startConfigured(readGateway('worker-full'), counted);
  const { requests } = await sendBurst(findGenerator().name, `${running.url}/json`, {
    connections: 32,
    seconds,
  });
  await running.end();
  server.closeAllConnections();
  server.close();
  return calls / requests;
}

function loadTable(results: readonly Measured[][], calls: readonly number[]): Table {
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
    rows: NAMES.slice(1).map((name, i) => [
      name,
      cell(i + 1, 'perSecond', 'ratio', 2),
      cell(i + 1, 'micros', 'ratio', 2),
      (calls[i] ?? 0).toFixed(4),
      cell(i + 1, 'p50', 'difference', 2),
      cell(i + 1, 'p99', 'difference', 2),
    ]),
  };
}

/** Under callgrind: the gateway's own process, without the companion's. */
async function instructionTable(origins: Origins, companion: OwnCompanion, requests: number): Promise<Table> {
  const script = readGateway('worker-full');
  const bind = (capnp: string): string => bindCompanion(capnp, companion);
  const rows: [string, number][] = [];
  for (const [i, name] of NAMES.entries()) {
    const config = configOf(origins, PERIODS[i - 1] ?? 'minute', i > 0);
    rows.push([name, await countInstructions({ name, script, config, ...(i > 0 && { bind }) }, requests)]);
  }
  const [[, alone] = ['', NaN]] = rows;
  return {
    title: 'Instructions of a limit over all isolates',
    note: 'Of the gateway, user land, in thousands a request under callgrind; the ratio is to the gateway that counts alone.',
    columns: ['', 'thousands', 'alone / it'],
    rows: rows.map(([name, thousands]) => [name, thousands.toFixed(0), (alone / thousands).toFixed(3)]),
  };
}

export const bench: SubBench = {
  name: 'shared-workerd',
  run: async ({ full, smoke, tell }) => {
    const [origins, companion] = [await startOrigins(), await startCompanion(null)];
    const running = await startAll(origins, companion);
    const [rounds, seconds] = smoke ? [1, 0.2] : [full ? 15 : 7, 2];
    const results = await measure(running, rounds, seconds);
    const calls: number[] = [];
    for (const period of PERIODS) calls.push(await callsPerRequest(origins, companion, period, 2 * seconds));
    await Promise.all(running.map(({ end }) => end()));
    tell('shared-workerd: instructions');
    const tables = [loadTable(results, calls)];
    if (full) tables.push(await instructionTable(origins, companion, 1000));
    await Promise.all([origins.end(), companion.stop()]);
    return tables;
  },
};
