/**
 * The pages that a run writes: docs/bench.json with all figures, docs/bench.md and its picture for people, and the README's section.
 *
 * A run of some parts replaces their tables and keeps the others: a million requests take half an hour, and nothing of it depends on
 * the parts that take minutes. Only figures of the same machine are put together; ratios of one table are of one run in any case.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Contestant } from './contestants.ts';
import { drawThroughput, fillReadme, markdownTable, readmeSection } from './report.ts';
import type { Table } from './sub-bench.ts';
import { FAR, type Figures } from './workloads.ts';

export interface Results {
  readonly machine: string;
  readonly versions: string;
  readonly load: readonly { name: string; figures: Figures[] }[];
  readonly tables: readonly Table[];
}

/** Counted once, under callgrind; instructions are the same on a busy machine. */
const WHERE_IT_GOES = `## Where it goes

User-land instructions a request, in thousands, counted under valgrind's callgrind with 8 connections on workerd 1.20261117.1, without collections
of garbage; repeatable to about 2 %. The kernel adds some 110 for everybody.

| | thousands |
| --- | --- |
| passthrough | 429 |
| the same with nine headers, four to the origin and five to the caller | 562 |
| hono's proxy() | 590 |
| the gateway with all defaults, which adds these nine | 614 |
| the gateway, all on, fourteen headers | 733 |

What a script adds to them:

| added | thousands |
| --- | --- |
| one request header set, sent and freed | 13 |
| one response header | 10 |
| one \`headers.get\`, \`has\` or \`delete\` | 2 |
| a copy of the request's headers | 12 |
| the names of all headers read, where there are three | 21 |
| \`new Response(body, response)\` | 37 |
| an AbortController whose signal goes along | 20 |
| a timer set and cleared | 20 |
| \`request.cf\` parsed, on plain workerd alone | 17 |
| one SHA-256 | 33 |
| \`waitUntil\` | 14 |
| a POST's body of 10 KB read ahead | 108 |

So headers that are asked for cost 22 % of the kernel's and the runtime's work together, and all that the gateway does beside them 8 %; its own
code is 2 % of its profile. It copies headers once a side, sets one timer, gives a signal to second attempts alone, reads its clock once an event
and a header only where a setting asks for it. With all defaults it adds three X-Forwarded headers and a request id towards the origin, and CORS,
Origin, Version, Cache-Control and the request id towards the caller: \`stamp: false\` and \`cors: false\` give back some 40 of them.
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
 * What is known once `fresh` is: its tables stand where theirs were, each new one behind the one that it came after.
 * @throws Error where the earlier figures are another machine's.
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

/** Writes into docs, or into `out` and then nothing into the README; `partly` keeps what the run did not measure. */
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
  const far = results.load.find(({ name }) => name === FAR)?.figures ?? [];
  const filled = fillReadme(readFileSync(readme, 'utf8'), readmeSection(results.machine, figures, far));
  await put(readme, filled, 'markdown');
}
