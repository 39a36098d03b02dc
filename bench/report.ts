/**
 * Formats figures: markdown, JSON, and a picture drawn by vega-lite.
 */
import { loader, parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Figures } from './workloads.ts';
import type { Spread } from './figures.ts';
import type { Table } from './sub-bench.ts';

const digits = (value: number, places: number): string =>
  Number.isFinite(value) ? value.toFixed(places) : '-';

function withSpread({ median, low, high }: Spread, places: number): string {
  return `${digits(median, places)} (${digits(low, places)} to ${digits(high, places)})`;
}

/** One workload's figures as a table. */
export function workloadTable(title: string, note: string, figures: readonly Figures[]): Table {
  return {
    title,
    note,
    columns: [
      '',
      'throughput / floor',
      'CPU: floor / it',
      'CPU µs a request',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'added p50 ms',
      'added p99 ms',
      'failures',
    ],
    rows: figures.map((one) => [
      one.name,
      withSpread(one.throughput, 2),
      withSpread(one.cpuRatio, 2),
      digits(one.cpu.median, 0),
      digits(one.requestsPerSecond.median, 0),
      digits(one.p50.median, 2),
      digits(one.p99.median, 2),
      digits(one.addedP50.median, 2),
      digits(one.addedP99.median, 2),
      one.failures,
    ]),
  };
}

/** A table in GitHub's markdown, under its title. */
export const markdownTable = ({ title, note, columns, rows }: Table): string =>
  `## ${title}\n\n${note}\n\n${bareTable(columns, rows)}\n`;

function bareTable(columns: Table['columns'], rows: Table['rows']): string {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The picture: throughput relative to the floor, one bar each, the interquartile range as a whisker. */
export async function drawThroughput(title: string, figures: readonly Figures[]): Promise<string> {
  const values = figures.map(({ name, cpuRatio }) => ({
    name,
    ratio: cpuRatio.median,
    low: cpuRatio.low,
    high: cpuRatio.high,
  }));
  const y = { field: 'name', type: 'nominal', sort: null, title: null } as const;
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title,
    width: 480,
    height: { step: 26 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar', color: '#4c78a8' },
        encoding: {
          y,
          x: {
            field: 'ratio',
            type: 'quantitative',
            title: 'requests per second of CPU, relative to a three-line passthrough',
          },
          color: {
            condition: { test: "indexof(datum.name, 'gateway') == 0", value: '#f58518' },
            value: '#4c78a8',
          },
        },
      },
      {
        mark: { type: 'rule', color: '#333' },
        encoding: { y, x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
      },
      { mark: { type: 'rule', strokeDash: [4, 4], color: '#999' }, encoding: { x: { datum: 1 } } },
    ],
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none', loader: loader() });
  return view.toSVG();
}

/** The README's section: instructions of user land, the only figures that a busy machine does not distort. */
export function readmeSection({ columns, rows }: Pick<Table, 'columns' | 'rows'>): string {
  return `Instructions of user land for one GET on plain workerd, counted by callgrind, in thousands. The floor is a Worker that only calls \`fetch\`
with the request that came, of the same headers.

${bareTable(columns, rows)}

A caller waits for the network: the gateway crosses it once, the tutorial's script three times. Most of the difference to the floor is headers,
which cost the runtime a fiftieth of a whole request each. [docs/bench.md](docs/bench.md) has latency and CPU apart, beside other Workers and proxies.
`;
}

/** Replaces the text between the two bench markers. */
export function fillReadme(readme: string, section: string): string {
  return readme.replace(
    /(<!-- bench -->\n)[^]*(<!-- \/bench -->)/,
    (_whole, start: string, end: string) => `${start}\n${section}\n${end}`,
  );
}
