/**
 * `npm run bench`: what the gateway costs, in ratios against a three-line passthrough and beside its peers.
 *
 *   npm run bench                 about six minutes; writes docs/bench.md, .json and .svg, and the README's section
 *   npm run bench -- --full       a million requests, a million keys, three times the rounds
 *   npm run bench -- --only keys  one part: load, scripts, memory, or a bench of its own by name
 *   npm run bench -- --out DIR    writes there instead, and nothing into the README
 *
 * Talks to loopback only and ends by itself.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { readCommandLine } from '../tools/command-line.ts';
import { freshReadme } from '../tools/docs.ts';
import { bench as keys } from './keys.ts';
import { findContestants, workerdVersion, type Contestant } from './contestants.ts';
import { bench as faults } from './faults.ts';
import { findGenerator } from './load.ts';
import { describeMachine, loadAverage } from './machine.ts';
import { measureMemory } from './memory.ts';
import { startOrigins, type Origins } from './processes.ts';
import { drawThroughput, fillReadme, markdownTable, readmeSection, workloadTable } from './report.ts';
import { bench as routes } from './routes.ts';
import { measureScripts } from './script.ts';
import type { SubBench, Table } from './sub-bench.ts';
import { listWorkloads, runWorkload, type Entrant, type Figures } from './workloads.ts';

/** Benches that bring their own contestants; each joins by standing here. */
const SUB_BENCHES: readonly SubBench[] = [keys, routes, faults];

interface Options {
  readonly full: boolean;
  readonly smoke: boolean;
  readonly only: string | undefined;
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

async function measureLoad(
  options: Options,
  contestants: readonly Contestant[],
  origins: Origins,
): Promise<{ name: string; figures: Figures[] }[]> {
  const generator = findGenerator().name;
  const entrants = await enter(contestants, origins);
  const workloads = listWorkloads(options.full ? 3 : options.smoke ? 0.1 : 1).slice(
    0,
    options.smoke ? 1 : undefined,
  );
  const results: { name: string; figures: Figures[] }[] = [];
  for (const workload of workloads) {
    tell(`${workload.name}: ${workload.rounds} rounds`);
    results.push({
      name: workload.name,
      figures: await runWorkload(generator, entrants, workload, results.length === 0),
    });
  }
  await Promise.all(entrants.map(({ running }) => running.end()));
  return results;
}

export interface Results {
  readonly machine: string;
  readonly versions: string;
  readonly load: readonly { name: string; figures: Figures[] }[];
  readonly tables: readonly Table[];
}

/** Runs the parts that are asked for. */
export async function runBench(
  options: Options,
  contestants: readonly Contestant[] = findContestants(),
): Promise<Results> {
  const wants = (part: string): boolean => options.only === undefined || options.only === part;
  const origins = await startOrigins();
  const load = wants('load') ? await measureLoad(options, contestants, origins) : [];
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
    // Faults take two minutes to come and go: only on request, and in the full run.
    if (!wants(bench.name) || (bench === faults && !options.full && options.only === undefined)) continue;
    tell(bench.name);
    tables.push(...(await bench.run({ seconds: 12, full: options.full, smoke: options.smoke, tell })));
  }
  const versions = `workerd ${workerdVersion()}, ${findGenerator().version}, load average ${loadAverage()} at the end`;
  return { machine: describeMachine(), versions, load, tables };
}

/** Counted once, under callgrind; instructions are the same on a busy machine. */
const WHERE_IT_GOES = `## Where it goes

User-land instructions a request, counted under valgrind's callgrind with 8 connections on workerd 1.20261117.1 and repeatable to about 1 %:
the passthrough takes 492,000, and the kernel about a quarter more for everybody. What a script adds to them, in thousands:

| added | thousands |
| --- | --- |
| one request header set, sent and freed | 12 |
| one response header | 9 |
| one \`headers.get\`, \`has\` or \`delete\` | 3 |
| a copy of the request's headers | 30 |
| \`new Response(body, response)\` | 32 |
| an AbortController whose signal goes along | 37 |
| a timer set and cleared | 12 |
| \`request.cf\` parsed, on plain workerd | 13 |
| one SHA-256 | 26 |
| \`waitUntil\` | 16 |

The gateway's own code is 2 % of its profile. It copies headers once a side, sets no timer but one, gives a signal to second attempts alone, and
reads a header only where a setting asks for it. With all defaults it adds three X-Forwarded headers and a request id towards the origin, and
CORS, Origin, Version, Cache-Control and the request id towards the caller: \`stamp: false\` and \`cors: false\` give back some 50,000 of them.
`;

function markdown({ machine, versions, tables }: Results, contestants: readonly Contestant[]): string {
  const who = contestants.map(({ name, note }) => `* **${name}** ${note}`).join('\n');
  return `# What the gateway costs

Written by \`npm run bench\`; everything ran side by side on one machine, so read ratios, not absolute figures.

Machine: ${machine}
Versions: ${versions}

${who}

![Requests per second of CPU relative to a passthrough](bench.svg)

${tables.map(markdownTable).join('\n')}
${WHERE_IT_GOES}`;
}

/** Writes docs/bench.* and the README's section, in the house's format. */
async function write(
  results: Results,
  contestants: readonly Contestant[],
  out: string | undefined,
): Promise<void> {
  const docs = out ?? join(import.meta.dirname, '../docs');
  mkdirSync(docs, { recursive: true });
  const style = await resolveConfig(import.meta.filename);
  const put = async (path: string, text: string, parser: 'json' | 'markdown'): Promise<void> =>
    writeFileSync(path, await format(text, { ...style, parser }));
  const figures = results.load[0]?.figures ?? [];
  await put(join(docs, 'bench.json'), JSON.stringify(results), 'json');
  await put(join(docs, 'bench.md'), markdown(results, contestants), 'markdown');
  writeFileSync(join(docs, 'bench.svg'), await drawThroughput('GET of a small JSON', figures));
  if (out !== undefined) return;
  const readme = join(docs, '../README.md');
  const filled = fillReadme(readFileSync(readme, 'utf8'), readmeSection(results.machine, figures));
  await put(readme, filled, 'markdown');
  writeFileSync(readme, await freshReadme());
}

if (process.argv[1]?.endsWith('run.ts') === true) {
  const { values } = readCommandLine({
    options: {
      full: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      only: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const contestants = findContestants();
  const results = await runBench({ full: values.full, smoke: values.smoke, only: values.only }, contestants);
  if (values.only === undefined) await write(results, contestants, values.out);
  console.log(results.tables.map(markdownTable).join('\n'));
}
