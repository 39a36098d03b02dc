/**
 * The final terminal output: the kinds of differences, most frequent first, then the latencies and one line with the
 * verdict. Control characters of a response never reach the terminal.
 */
import Table from 'cli-table3';
import type { Percentiles, Summary } from './report.ts';

const MOST_ROWS = 40;

/** `columns` is the terminal's width; `colour` enables colours. */
export function tableReport(summary: Summary, columns: number, colour: boolean): string {
  const style = colour ? {} : { head: [], border: [] };
  const parts: string[] = [];
  if (summary.differences.length > 0) parts.push(differences(summary, columns, style));
  if (summary.latency) {
    const table = new Table({ head: ['ms to headers', 'p50', 'p90', 'p99', 'max'], style });
    const row = (name: string, { p50, p90, p99, max }: Percentiles) => [name, p50, p90, p99, max];
    table.push(row('from', summary.latency.from), row('to', summary.latency.to));
    parts.push(table.toString());
  }
  parts.push(verdict(summary));
  return `${parts.join('\n')}\n`;
}

function differences(summary: Summary, columns: number, style: object): string {
  const free = Math.max(60, columns) - 46;
  const [what, value] = [Math.floor(free * 0.3), Math.floor(free * 0.35)];
  const head = ['what', 'name', 'count', 'from', 'to', 'first at'];
  const table = new Table({
    head,
    style,
    colWidths: [10, what + 6, 8, value, value, 22],
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  for (const group of summary.differences.slice(0, MOST_ROWS)) {
    const { from, to } = group.example;
    const name = group.name === '' ? short(group.example.note, 60) : group.name;
    table.push([
      group.kind,
      short(name, 80),
      group.count,
      short(from, 90),
      short(to, 90),
      short(group.where, 60),
    ]);
  }
  const rest = summary.differences.length - MOST_ROWS;
  return table.toString() + (rest > 0 ? `\n… and ${count(rest, 'kind')} more (--json has them)` : '');
}

/** The last line, which readers look at first. */
export function verdict(summary: Summary): string {
  const { sent, same, different, unanswered, skipped } = summary.counts;
  const parts = [`${count(sent, 'request')} sent to both`, `${same} same`, `${different} different`];
  if (unanswered > 0) parts.push(`${unanswered} answered by neither (${summary.firstUnanswered})`);
  for (const [reason, number] of Object.entries(skipped)) parts.push(`${number} not sent: ${reason}`);
  if (summary.interrupted) parts.push('interrupted');
  return `${parts.join(', ')}.`;
}

function short(text: string | null, length: number): string {
  if (text === null) return '(absent)';
  const line = text.replace(/\p{Cc}+/gu, ' ');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
