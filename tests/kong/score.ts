/** Formats results: the table by area, and the list of cases that cannot hold with the reason for each. */
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from '../../cli/format.ts';
import type { KongCase } from './case.ts';

export interface Result {
  readonly one: KongCase;
  /** Empty if the case passes. */
  readonly differences: readonly string[];
}

export function scoreTable(results: readonly Result[]): string[][] {
  const areas = [...new Set(results.map(({ one }) => one.area))];
  const row = (name: string, part: readonly Result[]): string[] => {
    const portable = part.filter(({ one }) => one.portability === 'ok');
    const holds = (list: readonly Result[]): number =>
      list.filter(({ differences }) => differences.length === 0).length;
    const percent =
      portable.length === 0 ? '' : `${((100 * holds(portable)) / portable.length).toFixed(1)} %`;
    return [
      name,
      String(portable.length),
      String(holds(portable)),
      percent,
      String(part.length - portable.length),
      String(holds(part) - holds(portable)),
    ];
  };
  return [
    ['area', 'portable', 'hold', '', 'limited', 'hold'],
    ...areas.map((area) =>
      row(
        area,
        results.filter(({ one }) => one.area === area),
      ),
    ),
    row('all', results),
  ];
}

export function plainTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
    .join('\n');
}

/** The section of docs/kong-score.md under this heading; `reasons` are by case, or by area if none of it holds. */
async function writeSection(
  heading: string,
  results: readonly Result[],
  reasons: Readonly<Record<string, string>>,
): Promise<string> {
  const [head = [], ...rows] = scoreTable(results);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = line(head.map((_, column) => (column === 0 ? '---' : '---:')));
  const kind = (id: string): string => {
    const cases = results.filter(({ one }) => one.area === id).length;
    return results.find(({ one }) => one.id === id)?.one.portability ?? `all ${cases}`;
  };
  const list = Object.entries(reasons).map(([id, reason]) => line([id, kind(id), reason]));
  const section = `${heading}

${[line(head), rule, ...rows.map(line)].join('\n')}

What does not hold, and why:

| case | kind | reason |
| --- | --- | --- |
${list.join('\n')}
`;
  return format('kong-score.md', section);
}

/** Checks that the section matches the results; with KONG_SCORE=write it is written. */
export async function checkSection(
  t: { equal: (found: string, wanted: string, message: string) => unknown },
  heading: string,
  results: readonly Result[],
  reasons: Readonly<Record<string, string>>,
): Promise<void> {
  const section = await writeSection(heading, results, reasons);
  const page = readFileSync(PAGE, 'utf8');
  const from = page.indexOf(`${heading}\n`);
  const next = page.indexOf('\n## ', from);
  const to = next < 0 ? page.length : next + 1;
  const found = page.slice(from, to);
  const wanted = next < 0 ? section : `${section}\n`;
  if (process.env['KONG_SCORE'] === 'write')
    writeFileSync(PAGE, page.slice(0, from) + wanted + page.slice(to));
  else t.equal(found, wanted, 'docs/kong-score.md says what is so');
}

const PAGE = new URL('../../docs/kong-score.md', import.meta.url);
