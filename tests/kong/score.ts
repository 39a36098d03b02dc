/** Results to words: the table by area, and the list of cases that cannot hold with the reason for each. */
import { format } from 'prettier';
import type { KongCase } from './case.ts';

export interface Result {
  readonly one: KongCase;
  /** Empty where all holds. */
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

/** The page docs/kong-score.md. */
export function scorePage(
  results: readonly Result[],
  reasons: Readonly<Record<string, string>>,
): Promise<string> {
  const rows = scoreTable(results);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [
    line(rows[0]!),
    line(rows[0]!.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...rows.slice(1).map(line),
  ];
  const list = Object.entries(reasons).map(
    ([id, reason]) =>
      `| ${id} | ${results.find(({ one }) => one.id === id)?.one.portability ?? ''} | ${reason} |`,
  );
  const page = `# How much of Kong holds

Each case is a Kong configuration, a request, the answer that Kong gives and what Kong's upstream receives. The importer turns
the configuration into this gateway's, the built Worker runs with it on workerd, and the request goes over a raw socket:
\`npm test -- tests/kong/cases\`. Portable cases are those that an edge runtime can see and control whole; of the limited
ones it cannot see or control some part.

${table.join('\n')}

## What does not hold, and why

| case | kind | reason |
| --- | --- | --- |
${list.join('\n')}

This page is written by \`KONG_SCORE=write npm test -- tests/kong/cases\`; the test fails where it is out of date.
`;
  return format(page, { parser: 'markdown' });
}
