/**
 * `edge-gateway simulate`: compares the product's balancing rules with those of others in a simulated world.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import Table from 'cli-table3';
import { createCommand, InvalidArgumentError, numberFrom, run } from '../program.ts';
import { createProgress } from '../progress.ts';
import { BOARD_POLICIES, POLICIES, SHORT_POLICIES } from './policies.ts';
import type { Summary } from './figures.ts';
import { average, runTasks, type Task } from './runner.ts';
import { SCENARIOS, SHORT } from './scenarios.ts';
import { rank, type Results, type Standing } from './standings.ts';

interface Options {
  readonly full: boolean;
  readonly scenario?: string[];
  readonly policy?: string[];
  readonly board: boolean;
  readonly seeds?: number[];
  readonly random?: number;
  readonly from?: Results;
  readonly json?: string;
  readonly svg?: string;
  readonly docs: boolean;
}

export const simulateCommand = createCommand('simulate')
  .description(
    "compares this gateway's policies of balancing with others in a simulated world: without options a dozen situations and policies, " +
      'under a minute on two cores',
  )
  .option('--full', 'all of them, three seeds', false)
  .option('--scenario <a,b>', 'only these situations', (text) => chosen(text, ',', SCENARIOS))
  .option('--policy <a;b>', 'only these policies', (text) => chosen(text, ';', POLICIES))
  .option('--board', 'and `adaptive` with a board of each data centre (`shared.board`)', false)
  .option('--seeds <1,2,3>', 'which dice', (text: string) => text.split(',').map(numberFrom(1, 2 ** 31)))
  .option(
    '--random <n>',
    'so many situations drawn by lot, which nothing was tuned for',
    numberFrom(1, 10_000),
  )
  .option('--from <file>', 'shows an earlier run again', read)
  .option('--json <file>', 'writes the figures; "-" is standard output, instead of the tables')
  .option('--svg <file>', 'writes the picture of them')
  .option(
    '--docs',
    'writes docs/balancing.json, .svg and the tables of docs/balancing.md and README.md',
    false,
  )
  .action((options: Options) => run(() => main(options)));

const IN_README = [
  'adaptive',
  'adaptive, lean',
  'best of proxies',
  'like Linkerd',
  'like Envoy',
  'Prequal, 3 probes',
  'tutorial',
  'load average asked',
];

/** Parses a list of names. */
function chosen(text: string, separator: string, known: Readonly<Record<string, unknown>>): string[] {
  const names = text.split(separator);
  if (names.every((name) => Object.hasOwn(known, name))) return names;
  throw new InvalidArgumentError(
    `It must be of\n  ${Object.keys(known).join('\n  ')}\nwith "${separator}" between them.`,
  );
}

interface Plan {
  readonly scenarios: readonly string[];
  readonly policies: readonly string[];
  readonly seeds: readonly number[];
}

function planOf({ full, scenario, policy, board, seeds, random = 0 }: Options): Plan {
  const drawn = Array.from({ length: random }, (_, i) => `random-${i + 1}`);
  return {
    scenarios: drawn.length > 0 ? drawn : (scenario ?? (full ? Object.keys(SCENARIOS) : SHORT)),
    policies: [
      ...(policy ?? (full ? Object.keys(POLICIES) : SHORT_POLICIES)),
      ...(board ? Object.keys(BOARD_POLICIES) : []),
    ],
    seeds: seeds ?? (full ? [1, 2, 3] : [1]),
  };
}

async function simulateAll({ scenarios, policies, seeds }: Plan): Promise<Results> {
  const tasks: Task[] = scenarios.flatMap((scenario) =>
    policies.flatMap((policy) => seeds.map((seed) => ({ scenario, policy, seed }))),
  );
  const progress = createProgress(tasks.length, 'runs');
  const summaries = await runTasks(tasks, progress.update);
  progress.end();
  const made: Results = {};
  for (const [s, scenario] of scenarios.entries())
    for (const [p, policy] of policies.entries()) {
      const first = (s * policies.length + p) * seeds.length;
      (made[scenario] ??= {})[policy] = average(summaries.slice(first, first + seeds.length));
    }
  return made;
}
/** Figures that do not apply to a scenario are null in the file. */
function read(file: string): Results {
  try {
    const text = readFileSync(file, 'utf8');
    return (JSON.parse(text, (_key, value: unknown) => value ?? NaN) as { results: Results }).results;
  } catch {
    throw new InvalidArgumentError('It must be a file that --json wrote.');
  }
}

const plain = { head: [], border: [] };
const figure = (value: number, digits = 0): string => (Number.isFinite(value) ? value.toFixed(digits) : '-');
const percent = (value: number, digits = 2): string =>
  Number.isFinite(value) ? `${(100 * value).toFixed(digits)}%` : '-';
async function main(options: Options): Promise<number> {
  const plan = planOf(options);
  const results = options.from ?? (await simulateAll(plan));
  const standings = rank(results);
  const {
    docs,
    json = docs ? 'docs/balancing.json' : null,
    svg = docs ? 'docs/balancing.svg' : null,
  } = options;
  const text = `${JSON.stringify({ seeds: plan.seeds, results: rounded(results) })}\n`;
  if (json === '-') process.stdout.write(text);
  else {
    showTables(results, standings);
    if (json !== null) writeFileSync(json, text);
  }
  // Loaded only on request: Vega takes a second.
  if (svg !== null) {
    const { drawStandings } = await import('./picture.ts');
    writeFileSync(svg, await drawStandings(standings, Object.keys(results)));
  }
  if (docs) {
    await writeTable('docs/balancing.md', standings);
    const few = standings.filter(({ policy }) => IN_README.includes(policy));
    await writeTable('README.md', few);
  }
  return 0;
}

type Columns<T> = readonly (readonly [title: string, cell: (one: T) => string])[];

const OF_SITUATION: Columns<Summary> = [
  ['success', (one) => percent(one.success)],
  ['p50', (one) => figure(one.p50)],
  ['p95', (one) => figure(one.p95)],
  ['p99', (one) => figure(one.p99)],
  ['subrequests', (one) => figure(one.subrequests, 2)],
  ['extra work', (one) => percent(one.extraWork, 1)],
  ['divert s', (one) => figure(one.divertMs / 1000, 1)],
  ['return s', (one) => figure(one.returnMs / 1000, 1)],
];
const OF_ALL: Columns<Standing> = [
  ['policy', (one) => one.policy],
  ['success', (one) => percent(one.success)],
  ['subrequests per request', (one) => figure(one.subrequests, 2)],
  ['extra work at the origins', (one) => percent(one.extraWork, 1)],
  ['mean regret', (one) => figure(one.meanRegret, 2)],
  ['worst regret', (one) => `${figure(one.worstRegret, 2)} (${one.worstWhere})`],
  ['p99 regret', (one) => figure(one.meanP99Regret, 2)],
];
const headOf = <T>(columns: Columns<T>): string[] => columns.map(([title]) => title);
const rowOf = <T>(columns: Columns<T>, one: T): string[] => columns.map(([, cell]) => cell(one));

function showTables(results: Results, standings: readonly Standing[]): void {
  for (const [scenario, policies] of Object.entries(results)) {
    const table = new Table({ style: plain, head: [scenario, ...headOf(OF_SITUATION)] });
    for (const [policy, one] of Object.entries(policies)) table.push([policy, ...rowOf(OF_SITUATION, one)]);
    console.log(table.toString());
  }
  const summary = new Table({ style: plain, head: headOf(OF_ALL) });
  summary.push(...standings.map((one) => rowOf(OF_ALL, one)));
  console.log(summary.toString());
  console.log(
    'Times in ms of successful requests. Regret: mean latency, a failure counted as 10 s, relative to the best policy of the situation.',
  );
}

function rounded(value: Results): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, one: unknown) =>
      typeof one === 'number' ? Number(one.toPrecision(4)) : one,
    ),
  );
}

/** Replaces the content between the page's two markers by the results. */
async function writeTable(file: string, list: readonly Standing[]): Promise<void> {
  const rows = [headOf(OF_ALL), OF_ALL.map(() => '---'), ...list.map((one) => rowOf(OF_ALL, one))];
  const table = rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  if (!existsSync(file)) return;
  const { format, resolveConfig } = await import('prettier');
  const page = readFileSync(file, 'utf8');
  const text = page.replace(/(<!-- figures -->\n)[^]*(<!-- end of figures -->)/, `$1\n${table}\n\n$2`);
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}
