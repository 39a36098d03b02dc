/**
 * The final terminal output: the kinds of differences, most frequent first, then the latencies and one line with the
 * verdict. Control characters of a response never reach the terminal.
 */
import Table from 'cli-table3';
import type { Group, Percentiles, Summary } from './tally.ts';

const MOST_ROWS = 40;

/** `columns` is the terminal's width; `colour` enables colours. */
export function tableReport(
  summary: Summary,
  interrupted: boolean,
  columns: number,
  colour: boolean,
): string {
  const style = colour ? {} : { head: [], border: [] };
  const parts: string[] = [];
  if (summary.differences.length > 0) parts.push(differences(summary.differences, columns, style));
  if (summary.latency) {
    const table = new Table({ head: ['ms to headers', 'p50', 'p90', 'p99', 'max'], style });
    const row = (name: string, { p50, p90, p99, max }: Percentiles) => [name, p50, p90, p99, max];
    table.push(row('from', summary.latency.from), row('to', summary.latency.to));
    parts.push(table.toString());
  }
  return `${[...parts, verdict(summary, interrupted)].join('\n')}\n`;
}

function differences(groups: readonly Group[], columns: number, style: object): string {
  const free = Math.max(60, columns) - 46;
  const [name, value] = [Math.floor(free * 0.3) + 6, Math.floor(free * 0.35)];
  const table = new Table({
    head: ['what', 'name', 'count', 'from', 'to', 'first at'],
    style,
    colWidths: [10, name, 8, value, value, 22],
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  for (const { kind, name, count, example, where } of groups.slice(0, MOST_ROWS)) {
    const [from, to] = [short(example.from, 90), short(example.to, 90)];
    table.push([kind, short(name || example.note, 80), count, from, to, short(where, 60)]);
  }
  const rest = groups.length - MOST_ROWS;
  return table.toString() + (rest > 0 ? `\n… and ${numberOf(rest, 'kind')} more (--json has them)` : '');
}

/** The last line, which readers look at first. */
function verdict({ counts, firstUnanswered }: Summary, interrupted: boolean): string {
  const { sent, same, different, unanswered, skipped } = counts;
  const parts = [`${numberOf(sent, 'request')} sent to both`, `${same} same`, `${different} different`];
  if (unanswered > 0) parts.push(`${unanswered} answered by neither (${firstUnanswered})`);
  for (const [reason, number] of Object.entries(skipped)) parts.push(`${number} not sent: ${reason}`);
  if (interrupted) parts.push('interrupted');
  return `${parts.join(', ')}.`;
}

function short(text: string | null, length: number): string {
  if (text === null) return '(absent)';
  const line = text.replace(/\p{Cc}+/gu, ' ');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

function numberOf(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
