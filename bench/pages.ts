/**
 * Writes a run's figures: all into docs/bench.json, the tables into docs/bench.md, and the one of instructions into the
 * README, since those are the only figures that a busy machine does not distort.
 *
 * A run of some parts replaces their tables and leaves the others: a million requests take half an hour, and do not
 * depend on the parts that take minutes. Only figures of the same machine are combined; the ratios of one table are
 * always from one run.
 */
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from '../cli/format.ts';
import { markdownTable, writeBetween } from '../cli/markdown.ts';
import { ROOT } from '../cli/paths.ts';
import { CONTESTANTS } from './contestants.ts';
import { INSTRUCTIONS } from './instructions.ts';
import { GENERATOR } from './load.ts';
import { describeMachine, loadAverage } from './machine.ts';
import type { Table } from './part.ts';

export interface Results {
  readonly machine: string;
  readonly versions: string;
  readonly tables: readonly Table[];
}

/**
 * The combined results: new tables replace their old versions, and additional ones follow the table that they came
 * after. The versions are those of the last whole run.
 * @throws Error if the earlier figures are from another machine.
 */
export function joinResults(earlier: Results, fresh: Results): Results {
  if (earlier.machine !== fresh.machine)
    throw new Error(
      `Cannot put figures together: docs/bench.json must be of this machine, ${fresh.machine}, received ${earlier.machine}; run all parts`,
    );
  const tables = [...earlier.tables];
  let last = tables.length - 1;
  for (const table of fresh.tables) {
    const known = tables.findIndex(({ title }) => title === table.title);
    if (known >= 0) tables[(last = known)] = table;
    else tables.splice(++last, 0, table);
  }
  return { ...earlier, tables };
}

export const tableText = ({ title, note, columns, rows }: Table): string =>
  `## ${title}\n\n${note}\n\n${markdownTable(columns, rows)}\n`;

function pageText({ machine, versions, tables }: Results): string {
  const who = CONTESTANTS.map(({ name, note }) => `* **${name}** ${note}`).join('\n');
  return `Machine: ${machine}\nVersions: ${versions}\n\n${who}\n\n${tables.map(tableText).join('\n')}`;
}

/** Writes into docs and the README, or copies of them in `out`; `partly` keeps what the run did not measure. */
export async function writePages(tables: readonly Table[], partly: boolean, out?: string): Promise<string> {
  const { version } = createRequire(import.meta.url)('workerd/package.json') as { version: string };
  const versions = `workerd ${version}, ${GENERATOR}, load average ${loadAverage()} at the end`;
  const fresh = { machine: describeMachine(), versions, tables };
  const docs = `${ROOT}/docs`;
  const kept = JSON.parse(readFileSync(`${docs}/bench.json`, 'utf8')) as Results;
  const results = partly ? joinResults(kept, fresh) : fresh;
  const text = pageText(results);
  const json = await format('bench.json', JSON.stringify(results));
  writeFileSync(join(out ?? docs, 'bench.json'), json);
  await writeBetween(`${docs}/bench.md`, 'bench', text, join(out ?? docs, 'bench.md'));
  const instructions = results.tables.find(({ title }) => title === INSTRUCTIONS);
  if (instructions) {
    const table = markdownTable(instructions.columns, instructions.rows);
    await writeBetween(`${ROOT}/README.md`, 'bench', table, join(out ?? ROOT, 'README.md'));
  }
  return tables.map(tableText).join('\n');
}
