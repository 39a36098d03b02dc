/** Load: the contestants under six workloads, each in rounds beside the floor. */
import { differences, median, ratios, spread, takeTurns } from './figures.ts';
import { sendBurst, type Burst, type BurstResult } from './load.ts';
import { startOrigins, type Running } from './processes.ts';
import { startContestant, type Contestant } from './contestants.ts';
import type { Part, Scale, Table } from './part.ts';

interface Workload {
  readonly name: string;
  readonly burst: Burst;
  readonly rounds: number;
  /** Needs streamed or large responses. */
  readonly streams?: boolean;
  /**
   * The delay of the origins' responses; 0 shows the cost of the script only, other values what a caller notices of it.
   */
  readonly originMs?: number;
}

export const NEAR = 'GET small JSON';
/**
 * The latency for a caller: the round trip is most of a request, and a script that makes three calls in sequence takes
 * three.
 */
export const FAR = 'GET small JSON, origins 20 ms away';

const MANY = { connections: 32, seconds: 1 } as const;
const WORKLOADS: readonly Workload[] = [
  { name: NEAR, burst: MANY, rounds: 7 },
  { name: FAR, burst: MANY, rounds: 3, originMs: 20 },
  { name: 'GET small JSON, 4 connections', burst: { connections: 4, seconds: 1 }, rounds: 3 },
  {
    name: 'POST 10 KB',
    burst: { ...MANY, path: '/echo', method: 'POST', body: 'x'.repeat(10_000) },
    rounds: 3,
  },
  { name: 'GET 1 MB', burst: { connections: 8, seconds: 1, path: '/mega' }, rounds: 3, streams: true },
  {
    name: '1,000 slow streams',
    burst: { connections: 1000, seconds: 3, path: '/slow' },
    rounds: 2,
    streams: true,
  },
];

/** A contestant and its running process. */
interface Entrant {
  readonly contestant: Contestant;
  readonly running: Running;
}

const NOTE =
  'Medians of interleaved rounds, the middle half in brackets; ratios and differences are taken within a round. Above 1 is better than the floor.';
const COLUMNS = [
  ...['', 'throughput / floor', 'CPU: floor / it', 'CPU µs a request', 'requests/s'],
  ...['p50 ms', 'p99 ms', 'added p50 ms', 'added p99 ms', 'failures'],
];

/** One contestant's figures; ratios and differences are against the floor of the same rounds. */
function rowOf(name: string, samples: readonly BurstResult[], floor: readonly BurstResult[]) {
  const pair = (figure: keyof BurstResult): [number[], number[]] => [
    samples.map((one) => one[figure]),
    floor.map((one) => one[figure]),
  ];
  const typical = (figure: keyof BurstResult): number => median(pair(figure)[0]);
  const added = (figure: keyof BurstResult): number => median(differences(...pair(figure)));
  const [cpu, floorCpu] = pair('cpu');
  return [
    name,
    spread(ratios(...pair('perSecond'))),
    spread(ratios(floorCpu, cpu)),
    typical('cpu').toFixed(0),
    typical('perSecond').toFixed(0),
    ...[typical('p50'), typical('p99'), added('p50'), added('p99')].map((ms) => ms.toFixed(2)),
    samples.reduce((sum, { failures }) => sum + failures, 0),
  ];
}

async function runWorkload(
  entrants: readonly Entrant[],
  { name, burst, rounds, streams = false }: Workload,
  warm: boolean,
): Promise<Table> {
  const taking = entrants.filter(({ contestant }) => contestant.streams || !streams);
  const samples = await takeTurns(
    taking,
    rounds,
    ({ contestant: { headers }, running }) => sendBurst(running, { ...burst, headers }),
    warm,
  );
  const rows = taking.map(({ contestant }, i) => rowOf(contestant.name, samples[i]!, samples[0]!));
  return { title: name, note: NOTE, columns: COLUMNS, rows };
}

function workloadsFor({ full, smoke }: Scale): readonly Workload[] {
  if (!smoke) return WORKLOADS.map((one) => ({ ...one, rounds: one.rounds * (full ? 3 : 1) }));
  return WORKLOADS.slice(0, 2).map((one) => ({ ...one, rounds: 1, burst: { ...one.burst, amount: 64 } }));
}

export const load: Part = {
  name: 'load',
  run: async (scale) => {
    const tables: Table[] = [];
    // Workloads with equally distant origins share processes, so that all but the first find them warm.
    const workloads = Map.groupBy(workloadsFor(scale), ({ originMs = 0 }) => originMs);
    for (const [originMs, list] of workloads) {
      const origins = await startOrigins(originMs);
      const entrants: Entrant[] = [];
      for (const contestant of scale.contestants)
        entrants.push({ contestant, running: await startContestant(contestant, origins) });
      for (const workload of list) {
        scale.report(`${workload.name}: ${workload.rounds} rounds`);
        tables.push(await runWorkload(entrants, workload, workload === list[0]));
      }
      await Promise.all([...entrants.map(({ running }) => running.stop()), origins.stop()]);
    }
    return tables;
  },
};
