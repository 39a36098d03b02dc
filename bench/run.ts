/**
 * `npm run bench`: the cost of the gateway, relative to a three-line passthrough and compared with its peers.
 *
 * Uses loopback only and ends by itself.
 */
import { createCommand, InvalidArgumentError, run } from '../cli/program.ts';
import { CONTESTANTS } from './contestants.ts';
import { faults } from './faults.ts';
import { instructions } from './instructions.ts';
import { keys } from './keys.ts';
import { memory } from './memory.ts';
import { writePages } from './pages.ts';
import { routes } from './routes.ts';
import { scripts } from './script.ts';
import type { Part, Scale, Table } from './part.ts';
import { load } from './workloads.ts';

export const PARTS: readonly Part[] = [load, scripts, memory, instructions, keys, routes, faults];
const NAMES = PARTS.map(({ name }) => name);

interface Options {
  readonly full: boolean;
  readonly smoke: boolean;
  readonly only?: readonly string[];
  readonly out?: string;
}

function readParts(text: string): string[] {
  const parts = text.split(',');
  if (parts.every((part) => NAMES.includes(part))) return parts;
  throw new InvalidArgumentError(`It must be of ${NAMES.join(', ')}.`);
}

async function measure({ full, smoke, only, out }: Options): Promise<number> {
  const scale: Scale = { full, smoke, contestants: CONTESTANTS, report: (line) => console.error(line) };
  const tables: Table[] = [];
  for (const part of PARTS) {
    if (only ? !only.includes(part.name) : part.long && !full) continue;
    scale.report(part.name);
    tables.push(...(await part.run(scale)));
  }
  console.log(await writePages(tables, only !== undefined, out));
  return 0;
}

export const benchCommand = createCommand('npm run bench --')
  .description("six minutes of measuring; writes docs/bench.md, docs/bench.json and the README's table")
  .option('--full', 'a million requests, a million keys, three times the rounds', false)
  .option('--smoke', 'no figures worth reading, in seconds', false)
  .option('--only <part,part>', `of ${NAMES.join(', ')}; the others' figures stay`, readParts)
  .option('--out <dir>', 'writes there instead: copies of both pages, changed')
  .action((options: Options) => run(() => measure(options)));

if (process.argv[1]?.endsWith('run.ts') === true) await benchCommand.parseAsync();
