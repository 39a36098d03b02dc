/** Markdown that commands write: tables, and the part of a page between two markers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from './format.ts';

type Cells = readonly (string | number)[];

export function markdownTable(columns: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Replaces the text between `<!-- NAME -->` and `<!-- /NAME -->`. */
export function between(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start)
    throw new Error(`Cannot write into the text: it must hold ${open} and ${close}`);
  return `${text.slice(0, start + open.length)}\n\n${content}\n\n${text.slice(end)}`;
}

/** The same in a file, formatted as the repository is; `to` is another file that gets the result. */
export async function writeBetween(file: string, name: string, content: string, to = file): Promise<void> {
  writeFileSync(to, await format(file, between(readFileSync(file, 'utf8'), name, content)));
}
