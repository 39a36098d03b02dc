/**
 * A chart of the run: the cost of each policy in each scenario relative to the best, and the requests that it sends.
 */
import { View, parse } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Standing } from './standings.ts';

type Panel = Extract<TopLevelSpec, { readonly hconcat: unknown }>['hconcat'][number];

export async function drawStandings(
  standings: readonly Standing[],
  scenarios: readonly string[],
): Promise<string> {
  const policies = policyAxis(standings);
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    config: {
      // Labels for 780 cells would be four fifths of the file; the table next to the picture has the same information.
      aria: false,
      font: 'system-ui, sans-serif',
      axis: { labelLimit: 220 },
      title: { anchor: 'start', fontSize: 13 },
    },
    hconcat: [costCells(standings, scenarios, policies), sentBars(standings, policies)],
    resolve: { scale: { y: 'independent' } },
  };
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}

type PolicyAxis = ReturnType<typeof policyAxis>;

/** Policies in the order of the standings. */
function policyAxis(standings: readonly Standing[]) {
  return {
    field: 'policy',
    type: 'nominal',
    sort: standings.map(({ policy }) => policy),
    title: null,
  } as const;
}

function costCells(
  standings: readonly Standing[],
  scenarios: readonly string[],
  policies: PolicyAxis,
): Panel {
  const cells = standings.flatMap(({ policy, regrets }) =>
    scenarios.map((scenario) => ({
      policy,
      scenario,
      times: regrets[scenario]!,
      label: label(regrets[scenario]!),
    })),
  );
  return {
    title: 'Cost relative to the best of each situation',
    data: { values: cells },
    width: { step: 30 },
    height: { step: 19 },
    encoding: {
      x: {
        field: 'scenario',
        type: 'nominal',
        sort: [...scenarios],
        title: null,
        axis: { orient: 'top', labelAngle: -50, domain: false, ticks: false },
      },
      y: { ...policies, axis: { domain: false, ticks: false } },
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
}

function sentBars(standings: readonly Standing[], policies: PolicyAxis): Panel {
  const sent = standings.map(({ policy, subrequests }) => ({
    policy,
    subrequests,
    label: subrequests.toFixed(2),
  }));
  return {
    title: 'Subrequests per request',
    data: { values: sent },
    width: 160,
    height: { step: 19 },
    encoding: {
      y: { ...policies, axis: null },
      x: { field: 'subrequests', type: 'quantitative', title: null, axis: { grid: false } },
    },
    layer: [
      { mark: { type: 'bar', color: '#4575b4' } },
      {
        mark: { type: 'text', align: 'left', dx: 3, fontSize: 9 },
        encoding: { text: { field: 'label' } },
      },
    ],
  };
}

const label = (times: number): string =>
  times < 10 ? times.toFixed(times < 1.995 ? 2 : 1) : times.toFixed(0);
