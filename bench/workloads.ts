/**
 * The workloads of the contestants, and the rounds in which they run.
 */
import type { Contestant } from './contestants.ts';
import { sendBurst, type Burst, type BurstResult, type Generator } from './load.ts';
import { paired, spreadOf, turned, type Spread } from './figures.ts';
import { cpuMicros } from './machine.ts';
import type { Running } from './processes.ts';

export interface Workload {
  readonly name: string;
  readonly path: string;
  readonly burst: Burst;
  /** Needs streamed or large responses. */
  readonly streams: boolean;
  readonly rounds: number;
  /**
   * The delay of the origins' responses; 0 shows the cost of the script only, other values what a caller notices of it.
   */
  readonly originMs: number;
}

/** A contestant and its running process. */
export interface Entrant {
  readonly contestant: Contestant;
  readonly running: Running;
}

/** One contestant's figures in one workload; ratios and differences are against the floor of the same rounds. */
export interface Figures {
  readonly name: string;
  readonly requestsPerSecond: Spread;
  readonly throughput: Spread;
  /** Microseconds of CPU time per request. */
  readonly cpu: Spread;
  /** The floor's CPU time divided by this one's: 1 equals the floor, less is more expensive. */
  readonly cpuRatio: Spread;
  readonly p50: Spread;
  readonly p99: Spread;
  readonly addedP50: Spread;
  readonly addedP99: Spread;
  readonly failures: number;
}

/**
 * The latency for a caller: the round trip is most of a request, and a script that makes three calls in sequence takes
 * three.
 */
export const FAR = 'GET small JSON, origins 20 ms away';

/** The default run's workloads; `scale` multiplies the rounds. */
export function listWorkloads(scale: number): Workload[] {
  const rounds = (count: number): number => Math.max(1, Math.round(count * scale));
  const many = { connections: 32, seconds: 1 };
  const post = { ...many, method: 'POST', body: 'x'.repeat(10_000) } as const;
  const small = { path: '/json', burst: many, streams: false, originMs: 0 };
  return [
    { ...small, name: 'GET small JSON', rounds: rounds(7) },
    { ...small, name: FAR, rounds: rounds(3), originMs: 20 },
    {
      ...small,
      name: 'GET small JSON, 4 connections',
      burst: { connections: 4, seconds: 1 },
      rounds: rounds(3),
    },
    { ...small, name: 'POST 10 KB', path: '/echo', burst: post, rounds: rounds(3) },
    {
      ...small,
      name: 'GET 1 MB',
      path: '/mega',
      burst: { connections: 8, seconds: 1 },
      streams: true,
      rounds: rounds(3),
    },
    {
      ...small,
      name: '1,000 slow streams',
      path: '/slow',
      burst: { connections: 1000, seconds: 3 },
      streams: true,
      rounds: rounds(2),
    },
  ];
}

interface Sample extends BurstResult {
  readonly cpu: number;
}

async function sample(
  generator: Generator,
  { contestant, running }: Entrant,
  workload: Workload,
): Promise<Sample> {
  const before = cpuMicros(running.pid);
  const result = await sendBurst(generator, running.url + workload.path, {
    ...workload.burst,
    headers: contestant.headers,
  });
  return { ...result, cpu: (cpuMicros(running.pid) - before) / Math.max(1, result.requests) };
}

/** Runs the workload's rounds for all entrants, the floor first among them; with `warm`, after one uncounted round. */
export async function runWorkload(
  generator: Generator,
  entrants: readonly Entrant[],
  workload: Workload,
  warm: boolean,
): Promise<Figures[]> {
  const taking = entrants.filter(({ contestant }) => contestant.streams || !workload.streams);
  const samples = new Map<Entrant, Sample[]>(taking.map((entrant) => [entrant, []]));
  for (let round = warm ? -1 : 0; round < workload.rounds; round++)
    for (const entrant of turned(taking, round + 1)) {
      const taken = await sample(generator, entrant, workload);
      if (round >= 0) samples.get(entrant)!.push(taken);
    }
  const floor = samples.get(taking[0]!)!;
  return taking.map((entrant) => figuresOf(entrant.contestant.name, samples.get(entrant)!, floor));
}

function figuresOf(name: string, samples: readonly Sample[], floor: readonly Sample[]): Figures {
  const of = (pick: (sample: Sample) => number): number[] => samples.map(pick);
  const over = (pick: (sample: Sample) => number, how: 'ratio' | 'difference'): Spread =>
    spreadOf(paired(of(pick), floor.map(pick), how));
  return {
    name,
    requestsPerSecond: spreadOf(of((sample) => sample.requests / sample.seconds)),
    throughput: over((sample) => sample.requests / sample.seconds, 'ratio'),
    cpu: spreadOf(of((sample) => sample.cpu)),
    cpuRatio: over((sample) => 1 / sample.cpu, 'ratio'),
    p50: spreadOf(of((sample) => sample.p50)),
    p99: spreadOf(of((sample) => sample.p99)),
    addedP50: over((sample) => sample.p50, 'difference'),
    addedP99: over((sample) => sample.p99, 'difference'),
    failures: samples.reduce((sum, { failures }) => sum + failures, 0),
  };
}
