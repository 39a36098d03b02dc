/**
 * `edge-gateway simulate`: compares the product's balancing rules with those of others in a simulated world.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import Table from 'cli-table3';
import { markdownTable, writeBetween } from '../markdown.ts';
import { createCommand, InvalidArgumentError, numberFrom, run } from '../program.ts';
import { createProgress } from '../progress.ts';
import { ALONE, POLICIES, SHORT_POLICIES } from './policies.ts';
import type { Summary } from './figures.ts';
import { average, runTasks, type Task } from './runner.ts';
import { SCENARIOS, SHORT } from './scenarios.ts';
import { rank, type Results, type Standing } from './standings.ts';

interface Options {
  readonly full: boolean;
  readonly scenario?: string[];
  readonly policy?: string[];
  readonly seeds?: number[];
  readonly random?: number;
  readonly from?: Results;
  readonly json?: string;
  readonly docs: boolean;
}

export const command = createCommand('simulate')
  .description(
    "compares this gateway's policies of balancing with others in a simulated world: without options a dozen situations and policies, " +
      'under a minute on two cores',
  )
  .option('--full', 'all of them, three seeds', false)
  .option('--scenario <a,b>', 'only these situations', (text) => chosen(text, ',', SCENARIOS))
  .option('--policy <a;b>', 'only these policies', (text) => chosen(text, ';', POLICIES))
  .option('--seeds <1,2,3>', 'which dice', (text: string) => text.split(',').map(numberFrom(1, 2 ** 31)))
  .option(
    '--random <n>',
    'so many situations drawn by lot, which nothing was tuned for',
    numberFrom(1, 10_000),
  )
  .option('--from <file>', 'shows an earlier run again', read)
  .option('--json <file>', 'writes the figures; "-" is standard output, instead of the tables')
  .option('--docs', 'writes docs/balancing.json, its picture, and the table of docs/balancing.md', false)
  .action((options: Options) => run(() => main(options)));

/** Parses a list of names. */
function chosen(text: string, separator: string, known: Readonly<Record<string, unknown>>): string[] {
  const names = text.split(separator);
  if (names.every((name) => Object.hasOwn(known, name))) return names;
  throw new InvalidArgumentError(
    `It must be of\n  ${Object.keys(known).join('\n  ')}\nwith "${separator}" between them.`,
  );
}

async function simulateAll({ full, scenario, policy, seeds, random = 0 }: Options): Promise<Results> {
  const drawn = Array.from({ length: random }, (_, i) => `random-${i + 1}`);
  const some = scenario ?? (full ? Object.keys(SCENARIOS) : SHORT);
  const scenarios = drawn.length > 0 ? drawn : some;
  const policies = policy ?? (full ? ALONE : SHORT_POLICIES);
  const dice = seeds ?? (full ? [1, 2, 3] : [1]);
  const tasks: Task[] = scenarios.flatMap((one) =>
    policies.flatMap((other) => dice.map((seed) => ({ scenario: one, policy: other, seed }))),
  );
  const progress = createProgress(tasks.length, 'runs');
  const summaries = await runTasks(tasks, progress.update);
  progress.end();
  // Each takes its seeds from the summaries, which are in the order of the tasks.
  const averageOf = (): Summary => average(summaries.splice(0, dice.length));
  return Object.fromEntries(
    scenarios.map((one) => [one, Object.fromEntries(policies.map((other) => [other, averageOf()]))]),
  );
}

/** Figures that do not apply to a scenario are null in the file. */
function read(file: string): Results {
  try {
    return JSON.parse(readFileSync(file, 'utf8'), (_key, value: unknown) => value ?? NaN) as Results;
  } catch {
    throw new InvalidArgumentError('It must be a file that --json wrote.');
  }
}

async function main(options: Options): Promise<number> {
  const results = options.from ?? (await simulateAll(options));
  const standings = rank(results);
  const json = options.json ?? (options.docs ? 'docs/balancing.json' : undefined);
  const rounded = (_: string, one: unknown): unknown =>
    typeof one === 'number' ? Number(one.toPrecision(4)) : one;
  const text = `${JSON.stringify(results, rounded)}\n`;
  if (json === '-') process.stdout.write(text);
  else showTables(results, standings);
  if (json !== undefined && json !== '-') writeFileSync(json, text);
  if (options.docs) {
    // Loaded only on request: Vega takes a second.
    const { drawStandings } = await import('./picture.ts');
    writeFileSync('docs/balancing.svg', await drawStandings(standings, Object.keys(results)));
    const rows = standings.map((one) => rowOf(OF_ALL, one));
    await writeBetween('docs/balancing.md', 'figures', markdownTable(headOf(OF_ALL), rows));
  }
  return 0;
}

const figure = (value: number, digits = 0): string => (Number.isFinite(value) ? value.toFixed(digits) : '-');
const percent = (value: number, digits = 2): string =>
  Number.isFinite(value) ? `${(100 * value).toFixed(digits)}%` : '-';

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
  const show = (head: string[], rows: string[][]): void => {
    const table = new Table({ style: { head: [], border: [] }, head });
    table.push(...rows);
    console.log(table.toString());
  };
  for (const [scenario, policies] of Object.entries(results)) {
    const rows = Object.entries(policies).map(([policy, one]) => [policy, ...rowOf(OF_SITUATION, one)]);
    show([scenario, ...headOf(OF_SITUATION)], rows);
  }
  show(
    headOf(OF_ALL),
    standings.map((one) => rowOf(OF_ALL, one)),
  );
  console.log(
    'Times in ms of successful requests. Regret: mean latency, a failure counted as 10 s, relative to the best policy of the situation.',
  );
}
