/**
 * Writes a run's pages: docs/bench.json with all figures, docs/bench.md with its picture, and the README's section.
 *
 * A run of some parts replaces their tables and leaves the others: a million requests take half an hour, and do not
 * depend on the parts that take minutes. Only figures of the same machine are combined; the ratios of one table are
 * always from one run.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Contestant } from './contestants.ts';
import { INSTRUCTIONS } from './instructions.ts';
import { drawThroughput, fillReadme, markdownTable, readmeSection } from './report.ts';
import type { Table } from './sub-bench.ts';
import type { Figures } from './workloads.ts';

export interface Results {
  readonly machine: string;
  readonly versions: string;
  readonly load: readonly { name: string; figures: Figures[] }[];
  readonly tables: readonly Table[];
}

/** Counted once, under callgrind; instructions are the same on a busy machine. */
const WHERE_IT_GOES = `## Where it goes

Where the difference of "origins alone" goes, in thousands of instructions: 77 in the run in which each part was taken out by itself; runs differ by
1 %. The kernel adds some 110 for everybody.

| | thousands |
| --- | --- |
| a copy of the request's headers, which a request that is handed on as it is does without | 3 |
| X-Forwarded-For, set and sent | 12 |
| the names of all headers read, for what a caller may not say | 12 |
| one timer for a hedge or a time-out, set and cleared | 12 |
| the answer's headers looked at, for what Connection names (RFC 9110, 7.6.1) | 7 |
| a promise between the front door and the network | 4 |
| method, host, address, status, body, clock | 10 |
| the gateway's own code: routing, choice, race, one record of the request | 17 |

What a script adds to the floor, each alone:

| added | thousands |
| --- | --- |
| one header set on a request that is copied anyway | 12 |
| one header set on an answer that is open | 7 |
| one \`headers.get\`, the first of a request | 4 |
| one \`has\` or \`delete\` | 1.5 |
| an answer opened: \`new Response(body, response)\` | 30 |
| \`new Request(url, request)\` | 18 |
| the same, with other headers | 58 |
| a host or an address read by the URL parser | 20 |
| one \`Date.now()\` | 0.5 |
| an AbortController whose signal goes along | 20 |
| one SHA-256 | 33 |
| \`waitUntil\` | 14 |
| a POST's body of 10 KB read ahead | 108 |

So nine tenths of what the gateway adds is the runtime's work on headers, timer and promises. It copies headers once, reads their names once, sets one
timer, gives a signal to second attempts alone and looks at a header only where a setting asks for it; an answer to which nothing is added goes out
as it came. Hosts and peers that are names or plain IPv4 addresses are read without the URL parser, which took 39 before. Dropping the timer, the pass
over names or the look at Connection would each give back two hundredths, and each is a promise. The tutorial's headers cost what their answer costs:
30 to open it, three headers, and looks at what it says of its own freshness. Key, limit and CORS set eight headers, two towards the origin and six
towards the caller, which with the opening are 110 of their 115.
`;

function markdown({ machine, versions, tables }: Results, contestants: readonly Contestant[]): string {
  const who = contestants.map(({ name, note }) => `* **${name}** ${note}`).join('\n');
  return `# What the gateway costs

Written by \`npm run bench\`; what stands in one table ran side by side on one machine, so read ratios, not absolute figures.

Machine: ${machine}
Versions: ${versions}

${who}

![Requests per second of CPU relative to a passthrough](bench.svg)

${tables.map(markdownTable).join('\n')}
${WHERE_IT_GOES}`;
}

/**
 * The combined results: new tables replace their old versions, and additional ones follow the table that they came
 * after.
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
  return {
    machine: fresh.machine,
    versions: fresh.load.length > 0 ? fresh.versions : earlier.versions,
    load: fresh.load.length > 0 ? fresh.load : earlier.load,
    tables,
  };
}

/** Writes to docs, or to `out` without changing the README; `partly` preserves what the run did not measure. */
export async function writePages(
  fresh: Results,
  contestants: readonly Contestant[],
  out: string | undefined,
  partly: boolean,
): Promise<void> {
  const docs = out ?? join(import.meta.dirname, '../docs');
  mkdirSync(docs, { recursive: true });
  const style = await resolveConfig(import.meta.filename);
  const put = async (path: string, text: string, parser: 'json' | 'markdown'): Promise<void> =>
    writeFileSync(path, await format(text, { ...style, parser }));
  const kept = join(docs, 'bench.json');
  const earlier = partly && existsSync(kept) ? (JSON.parse(readFileSync(kept, 'utf8')) as Results) : null;
  const results = earlier === null ? fresh : joinResults(earlier, fresh);
  const figures = results.load[0]?.figures ?? [];
  await put(kept, JSON.stringify(results), 'json');
  await put(join(docs, 'bench.md'), markdown(results, contestants), 'markdown');
  writeFileSync(join(docs, 'bench.svg'), await drawThroughput('GET of a small JSON', figures));
  if (out !== undefined) return;
  const readme = join(docs, '../README.md');
  const instructions = results.tables.find(({ title }) => title === INSTRUCTIONS);
  if (!instructions) return;
  const filled = fillReadme(readFileSync(readme, 'utf8'), readmeSection(instructions));
  await put(readme, filled, 'markdown');
}
