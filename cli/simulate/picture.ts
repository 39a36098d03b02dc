/** A chart of the run: the cost of each policy in each scenario relative to the best. */
import { View, parse } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Standing } from './standings.ts';

export async function drawStandings(
  standings: readonly Standing[],
  scenarios: readonly string[],
): Promise<string> {
  const values = standings.flatMap(({ policy, regrets }) =>
    scenarios.map((scenario) => {
      const times = regrets[scenario]!;
      return { policy, scenario, times, label: times.toFixed(times < 1.995 ? 2 : times < 10 ? 1 : 0) };
    }),
  );
  const axis = { domain: false, ticks: false } as const;
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: 'Cost relative to the best of each situation',
    background: 'white',
    config: {
      // Labels for 780 cells would be four fifths of the file; the table next to the picture has the same information.
      aria: false,
      font: 'system-ui, sans-serif',
      axis: { labelLimit: 220 },
      title: { anchor: 'start', fontSize: 13 },
    },
    data: { values },
    width: { step: 30 },
    height: { step: 19 },
    encoding: {
      x: {
        field: 'scenario',
        type: 'nominal',
        sort: [...scenarios],
        title: null,
        axis: { ...axis, orient: 'top', labelAngle: -50 },
      },
      y: {
        field: 'policy',
        type: 'nominal',
        sort: standings.map(({ policy }) => policy),
        title: null,
        axis,
      },
    },
    layer: [
      {
        mark: 'rect',
        encoding: {
          color: {
            field: 'times',
            type: 'quantitative',
            scale: {
              type: 'log',
              domain: [1, 1.1, 2, 10],
              range: ['#d9f0d3', '#f7f7f7', '#fdae61', '#d7191c'],
              clamp: true,
            },
            legend: null,
          },
        },
      },
      { mark: { type: 'text', fontSize: 9 }, encoding: { text: { field: 'label' } } },
    ],
  };
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}
