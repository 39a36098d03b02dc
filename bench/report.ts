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

/** A table in GitHub's markdown. */
export function markdownTable({ title, note, columns, rows }: Table): string {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    `## ${title}`,
    '',
    note,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(line),
    '',
  ].join('\n');
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

/**
 * The README's section: latency for callers, by the far origins' workload, and cost, by CPU time, which a busy machine
 * distorts least.
 */
export function readmeSection(machine: string, near: readonly Figures[], far: readonly Figures[]): string {
  const rows = near.map(({ name, cpuRatio, cpu }) => {
    const felt = far.find((one) => one.name === name);
    return [
      name,
      digits(felt?.throughput.median ?? NaN, 2),
      digits(felt?.addedP50.median ?? NaN, 1),
      digits(cpuRatio.median, 2),
      digits(cpu.median, 0),
    ];
  });
  const columns = [
    '',
    'throughput, origins 20 ms away',
    'added p50, ms',
    'requests per second of CPU, origins at hand',
    'CPU µs a request',
  ];
  const note = `GET of a small JSON beside a three-line passthrough Worker, which is 1, and others, on plain workerd (${machine}).`;
  const table = markdownTable({ title: 'What it costs', note, columns, rows });
  return `${table}
![Requests per second of CPU relative to a passthrough](docs/bench.svg)

A caller waits for the network: the gateway crosses it once, the tutorial three times. Most of the difference to the passthrough in CPU is headers:
on workerd each one that is set, sent and freed again costs 1 to 2 % of a whole request.
[docs/bench.md](docs/bench.md) has the other workloads, memory, start-up and sizes; \`npm run bench\` measures them anew.
`;
}

/** Replaces the text between the two bench markers. */
export function fillReadme(readme: string, section: string): string {
  return readme.replace(
    /(<!-- bench -->\n)[^]*(<!-- \/bench -->)/,
    (_whole, start: string, end: string) => `${start}\n${section}\n${end}`,
  );
}
