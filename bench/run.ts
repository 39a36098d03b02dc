/**
 * `npm run bench`: the cost of the gateway, relative to a three-line passthrough and compared with its peers.
 *
 * Uses loopback only and ends by itself.
 */
import { createCommand, InvalidArgumentError, run } from '../cli/program.ts';
import { bench as keys } from './keys.ts';
import { findContestants, workerdVersion, type Contestant } from './contestants.ts';
import { bench as faults } from './faults.ts';
import { bench as instructions } from './instructions.ts';
import { findGenerator } from './load.ts';
import { describeMachine, loadAverage } from './machine.ts';
import { measureMemory } from './memory.ts';
import { startOrigins, type Origins } from './processes.ts';
import { writePages, type Results } from './pages.ts';
import { markdownTable, workloadTable } from './report.ts';
import { bench as routes } from './routes.ts';
import { measureScripts } from './script.ts';
import { bench as sharedLimits } from './shared-limits.ts';
import { bench as sharedWorkerd } from './shared-workerd.ts';
import type { SubBench } from './sub-bench.ts';
import { listWorkloads, runWorkload, type Entrant, type Figures, type Workload } from './workloads.ts';

/** Benches with their own contestants; register them here. */
const SUB_BENCHES: readonly SubBench[] = [instructions, keys, routes, faults, sharedLimits, sharedWorkerd];

const PARTS = ['load', 'scripts', 'memory', ...SUB_BENCHES.map(({ name }) => name)];

interface Options {
  readonly full: boolean;
  readonly smoke: boolean;
  readonly only: readonly string[] | undefined;
}

const tell = (line: string): void => console.error(line);

async function enter(contestants: readonly Contestant[], origins: Origins): Promise<Entrant[]> {
  const entrants: Entrant[] = [];
  for (const contestant of contestants)
    entrants.push({ contestant, running: await contestant.start(origins) });
  return entrants;
}

const LOAD_NOTE =
  'Medians of interleaved rounds, the middle half in brackets; ratios and differences are taken within a round. Above 1 is better than the floor.';

interface Load {
  readonly name: string;
  readonly figures: Figures[];
}

/** Workloads with equally distant origins share processes, so that all but the first find them warm. */
async function measureLoad(options: Options, contestants: readonly Contestant[]): Promise<Load[]> {
  const all = listWorkloads(options.full ? 3 : options.smoke ? 0.1 : 1);
  const workloads = options.smoke ? all.slice(0, 2) : all;
  const results = new Map<Workload, Load>();
  for (const originMs of new Set(workloads.map((workload) => workload.originMs))) {
    const origins = await startOrigins(originMs);
    const entrants = await enter(contestants, origins);
    let warm = true;
    for (const workload of workloads.filter((one) => one.originMs === originMs)) {
      tell(`${workload.name}: ${workload.rounds} rounds`);
      const figures = await runWorkload(findGenerator().name, entrants, workload, warm);
      results.set(workload, { name: workload.name, figures });
      warm = false;
    }
    await Promise.all([...entrants.map(({ running }) => running.end()), origins.end()]);
  }
  return workloads.map((workload) => results.get(workload)!);
}

/** Runs the requested parts. */
export async function runBench(
  options: Options,
  contestants: readonly Contestant[] = findContestants(),
): Promise<Results> {
  const wants = (part: string): boolean => options.only?.includes(part) ?? true;
  const origins = await startOrigins();
  const load = wants('load') ? await measureLoad(options, contestants) : [];
  const tables = load.map(({ name, figures }) => workloadTable(name, LOAD_NOTE, figures));
  if (wants('scripts')) {
    tell('start-up, size, subrequests');
    tables.push(await measureScripts(origins, contestants, options.smoke ? 1 : 5));
  }
  if (wants('memory') && !options.smoke) {
    tell('memory');
    const [requests, keys] = options.full ? [1_000_000, 1_000_000] : [40_000, 10_000];
    tables.push(await measureMemory(findGenerator().name, origins, contestants, requests, keys));
  }
  await origins.end();
  for (const bench of SUB_BENCHES) {
    // These take minutes: only on request, and in the full run.
    const long = [faults, instructions, sharedWorkerd].includes(bench);
    if (!wants(bench.name) || (long && !options.full && options.only === undefined)) continue;
    tell(bench.name);
    tables.push(...(await bench.run({ seconds: 12, full: options.full, smoke: options.smoke, tell })));
  }
  const versions = `workerd ${workerdVersion()}, ${findGenerator().version}, load average ${loadAverage()} at the end`;
  return { machine: describeMachine(), versions, load, tables };
}

function readParts(text: string): string[] {
  const parts = text.split(',');
  for (const part of parts)
    if (!PARTS.includes(part)) throw new InvalidArgumentError(`It must be of ${PARTS.join(', ')}.`);
  return parts;
}

async function measure({ out, ...options }: Options & { readonly out?: string }): Promise<number> {
  const contestants = findContestants();
  const results = await runBench(options, contestants);
  await writePages(results, contestants, out, options.only !== undefined);
  console.log(results.tables.map(markdownTable).join('\n'));
  return 0;
}

if (process.argv[1]?.endsWith('run.ts') === true)
  await createCommand('npm run bench --')
    .description("six minutes of measuring; writes docs/bench.md, .json and .svg, and the README's section")
    .option('--full', 'a million requests, a million keys, three times the rounds', false)
    .option('--smoke', 'no figures worth reading, in seconds', false)
    .option('--only <part,part>', `of ${PARTS.join(', ')}; the others' figures stay`, readParts)
    .option('--out <dir>', 'writes there instead, and nothing into the README')
    .action((options: Options & { readonly out?: string }) => run(() => measure(options)))
    .parseAsync();
