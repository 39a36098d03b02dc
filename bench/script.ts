/**
 * The cost of the script itself: CPU time to start, bytes, subrequests per request.
 */
import { minify, smallestSize } from '../cli/build/build.ts';
import { bundlePeer, readGateway, type Contestant } from './contestants.ts';
import { quantile, turned } from './figures.ts';
import { cpuMicros } from './machine.ts';
import { startWorker, type Origins } from './processes.ts';
import type { Table } from './sub-bench.ts';

/** The smallest script that workerd accepts: its start costs only the runtime's own time. */
const EMPTY = "addEventListener('fetch', (event) => event.respondWith(new Response(null)));";

/** CPU milliseconds until the process listens. */
async function startOnce(start: () => Promise<{ pid: number; end: () => Promise<void> }>): Promise<number> {
  const running = await start();
  const used = cpuMicros(running.pid) / 1000;
  await running.end();
  return used;
}

async function startTimes(
  origins: Origins,
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Map<string, number>> {
  const starters = [
    { name: 'empty', start: () => startWorker(EMPTY, 'script') },
    ...contestants.map(({ name, start }) => ({ name, start: () => start(origins) })),
  ];
  const taken = new Map<string, number[]>(starters.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const { name, start } of turned(starters, round)) taken.get(name)!.push(await startOnce(start));
  const empty = taken.get('empty')!;
  return new Map(
    contestants.map(({ name }) => [
      name,
      quantile(
        taken.get(name)!.map((ms, round) => ms - empty[round]!),
        0.5,
      ),
    ]),
  );
}

async function bytesOf(
  contestant: Contestant,
  origins: Origins,
): Promise<[raw: number, minified: number, gzipped: number]> {
  const text =
    contestant.kind === 'gateway' ? readGateway() : await bundlePeer(contestant.name, origins.urls);
  return [Buffer.byteLength(text), Buffer.byteLength(await minify(text)), await smallestSize(text)];
}

/** Requests at the origin per request of the caller, once everything is warm. */
async function subrequests(contestant: Contestant, origins: Origins): Promise<number> {
  const running = await contestant.start(origins);
  const ask = (): Promise<unknown> =>
    fetch(`${running.url}/json`, { headers: contestant.headers }).then((response) => response.text());
  for (let sent = 0; sent < 20; sent++) await ask();
  await fetch(`${origins.url}/count`);
  for (let sent = 0; sent < 100; sent++) await ask();
  const seen = Number(await (await fetch(`${origins.url}/count`)).text());
  await running.end();
  return seen / 100;
}

/** Start-up, size and subrequests of every Worker among the contestants. */
export async function measureScripts(
  origins: Origins,
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Table> {
  const workers = contestants.filter(({ kind }) => kind !== 'native');
  const starts = await startTimes(origins, workers, rounds);
  const rows: (string | number)[][] = [];
  for (const worker of workers) {
    const [raw, minified, gzipped] = await bytesOf(worker, origins);
    rows.push([
      worker.name,
      starts.get(worker.name)!.toFixed(1),
      raw,
      minified,
      gzipped,
      (await subrequests(worker, origins)).toFixed(2),
    ]);
  }
  return {
    title: 'The script itself',
    note: 'Start-up is CPU time of the process until it listens, above that of an empty script. Subrequests are counted at the origin after 20 requests of warming up.',
    columns: ['', 'start-up, CPU ms', 'bytes', 'minified', 'minified and gzipped', 'subrequests a request'],
    rows,
  };
}
