/**
 * npm run simulate: the product's own rules of balancing against what others do, in a simulated world.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { format, resolveConfig } from 'prettier';
import { readCommandLine } from '../command-line.ts';
import { drawStandings } from './picture.ts';
import { POLICIES, SHORT_POLICIES } from './policies.ts';
import { average, runTasks, type Task } from './runner.ts';
import { SCENARIOS, SHORT } from './scenarios.ts';
import { rank, type Results, type Standing } from './standings.ts';

const USAGE = `Usage: npm run simulate -- [options]

  (none)                  a dozen situations, a dozen policies, under a minute on two cores
  --full                  all of them, three seeds
  --scenario A,B          only these situations
  --policy "A;B"          only these policies
  --seeds 1,2,3           which dice
  --random N              N situations drawn by lot, which nothing was tuned for
  --from FILE             shows an earlier run again
  --json FILE, --svg FILE writes the figures, and the picture of them
  --docs                  writes docs/balancing.json, .svg and the tables of docs/balancing.md and README.md`;
const { values } = readCommandLine(USAGE, {
  options: {
    full: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    scenario: { type: 'string' },
    policy: { type: 'string' },
    seeds: { type: 'string' },
    json: { type: 'string' },
    svg: { type: 'string' },
    from: { type: 'string' },
    random: { type: 'string' },
  },
});
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
const chosen = (
  option: string,
  text: string | undefined,
  separator: string,
  known: Record<string, unknown>,
  otherwise: string[],
): string[] => {
  if (text === undefined) return otherwise;
  const names = text.split(separator);
  for (const name of names)
    if (!(name in known))
      refuse(option, `one of\n  ${Object.keys(known).join('\n  ')}\nwith "${separator}" between them`, name);
  return names;
};
function refuse(option: string, must: string, received: string): never {
  console.error(`Cannot simulate: --${option} must be ${must}, received "${received}"`);
  process.exit(2);
}
/** Numbers of 1 to `most` with commas between them. */
function numbersOf(option: string, text: string, most: number): number[] {
  return text.split(',').map((each) => {
    const number = Number(each);
    if (!Number.isInteger(number) || number < 1 || number > most)
      refuse(option, `a whole number from 1 to ${most}`, each);
    return number;
  });
}
const [lots = 0] = values.random === undefined ? [] : numbersOf('random', values.random, 10_000);
const drawn = Array.from({ length: lots }, (_, i) => `random-${i + 1}`);
const scenarios =
  drawn.length > 0
    ? drawn
    : chosen('scenario', values.scenario, ',', SCENARIOS, values.full ? Object.keys(SCENARIOS) : SHORT);
const policies = chosen(
  'policy',
  values.policy,
  ';',
  POLICIES,
  values.full ? Object.keys(POLICIES) : SHORT_POLICIES,
);
const seeds = numbersOf('seeds', values.seeds ?? (values.full ? '1,2,3' : '1'), 2 ** 31);

async function run(): Promise<Results> {
  const tasks: Task[] = scenarios.flatMap((scenario) =>
    policies.flatMap((policy) => seeds.map((seed) => ({ scenario, policy, seed }))),
  );
  const bar = new SingleBar({
    format: '{bar} {value}/{total} runs, {duration_formatted}',
    clearOnComplete: true,
  });
  if (process.stderr.isTTY) bar.start(tasks.length, 0);
  const summaries = await runTasks(tasks, (done) => bar.update(done));
  bar.stop();
  const made: Results = {};
  for (const [s, scenario] of scenarios.entries())
    for (const [p, policy] of policies.entries()) {
      const first = (s * policies.length + p) * seeds.length;
      (made[scenario] ??= {})[policy] = average(summaries.slice(first, first + seeds.length));
    }
  return made;
}
/** A figure that means nothing in a situation is null in the file. */
function read(file: string): Results {
  try {
    const text = readFileSync(file, 'utf8');
    return (JSON.parse(text, (_key, value: unknown) => value ?? NaN) as { results: Results }).results;
  } catch {
    return refuse('from', 'a file that --json wrote', file);
  }
}

const results = values.from === undefined ? await run() : read(values.from);
const standings = rank(results);

const plain = { head: [], border: [] };
const figure = (value: number, digits = 0): string => (Number.isFinite(value) ? value.toFixed(digits) : '-');
const percent = (value: number, digits = 2): string =>
  Number.isFinite(value) ? `${(100 * value).toFixed(digits)}%` : '-';
for (const [scenario, row] of Object.entries(results)) {
  const table = new Table({
    style: plain,
    head: [scenario, 'success', 'p50', 'p95', 'p99', 'subrequests', 'extra work', 'divert s', 'return s'],
  });
  for (const [policy, one] of Object.entries(row)) {
    table.push([policy, percent(one.success), figure(one.p50), figure(one.p95), figure(one.p99), figure(one.subrequests, 2), percent(one.extraWork, 1), figure(one.divertMs / 1000, 1), figure(one.returnMs / 1000, 1)]); // prettier-ignore
  }
  console.log(table.toString());
}
const summary = new Table({ style: plain, head: ['all situations', 'success', 'subrequests', 'extra work', 'regret, mean', 'worst', 'where', 'p99 regret'] }); // prettier-ignore
for (const one of standings)
  summary.push([one.policy, percent(one.success), figure(one.subrequests, 3), percent(one.extraWork, 1), figure(one.meanRegret, 2), figure(one.worstRegret, 2), one.worstWhere, figure(one.meanP99Regret, 2)]); // prettier-ignore
console.log(summary.toString());
console.log(
  'Times in ms of successful requests. Regret: mean latency, a failure counted as 10 s, relative to the best policy of the situation.',
);

const json = values.json ?? (values.docs ? 'docs/balancing.json' : null);
const svg = values.svg ?? (values.docs ? 'docs/balancing.svg' : null);
if (json) writeFileSync(json, `${JSON.stringify({ seeds, results: rounded(results) })}\n`);
if (svg) writeFileSync(svg, await drawStandings(standings, Object.keys(results)));
if (values.docs) {
  await writeTable('docs/balancing.md', standings);
  await writeTable(
    'README.md',
    standings.filter(({ policy }) => IN_README.includes(policy)),
  );
}

function rounded(value: Results): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, one: unknown) =>
      typeof one === 'number' ? Number(one.toPrecision(4)) : one,
    ),
  );
}

/** Between the two marks in the page stands what the run found, and nothing else. */
async function writeTable(file: string, list: readonly Standing[]): Promise<void> {
  const lines = list.map((one) => `| ${one.policy} | ${percent(one.success)} | ${figure(one.subrequests, 2)} | ${percent(one.extraWork, 1)} | ${figure(one.meanRegret, 2)} | ${figure(one.worstRegret, 2)} (${one.worstWhere}) | ${figure(one.meanP99Regret, 2)} |`); // prettier-ignore
  const table = ['| policy | success | subrequests per request | extra work at the origins | mean regret | worst regret | p99 regret |', '|---|---|---|---|---|---|---|', ...lines].join('\n'); // prettier-ignore
  if (!existsSync(file)) return;
  const page = readFileSync(file, 'utf8');
  const text = page.replace(/(<!-- figures -->\n)[^]*(<!-- end of figures -->)/, `$1\n${table}\n\n$2`);
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}
