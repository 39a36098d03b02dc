/**
 * The latency of both gateways as one picture, drawn by Vega-Lite into SVG: how large a share of the requests was
 * answered within how many milliseconds. The curve that lies further left is the faster gateway; the axis is
 * logarithmic, because an order of magnitude is what the comparison is about.
 */
import type { Histogram } from 'hdr-histogram-js';
import { compile, type Config, type TopLevelSpec } from 'vega-lite';
import * as vega from 'vega';
import { latencyAt, type Tally } from './tally.ts';

const STEPS = 200;
/** Greys that are read on light and on dark pages. */
const LOOK: Config = {
  font: 'system-ui, sans-serif',
  axis: {
    labelColor: '#777',
    titleColor: '#777',
    gridColor: '#8884',
    domainColor: '#888',
    tickColor: '#888',
  },
  legend: { labelColor: '#777', orient: 'top' },
  view: { stroke: null },
};

/** An <svg> element. Empty where nothing was measured. */
export async function latencyPicture(tally: Tally): Promise<string> {
  if (tally.fromLatency.totalCount === 0) return '';
  const values = [...curve('from', tally.fromLatency), ...curve('to', tally.toLatency)];
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 640,
    height: 260,
    background: 'transparent',
    data: { values },
    mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2 },
    encoding: {
      x: {
        field: 'ms',
        type: 'quantitative',
        scale: { type: 'log', nice: false },
        title: 'milliseconds until the headers',
      },
      y: { field: 'share', type: 'quantitative', scale: { domain: [0, 100] }, title: 'share of requests, %' },
      color: {
        field: 'gateway',
        type: 'nominal',
        title: null,
        sort: null,
        scale: { domain: ['from', 'to'], range: ['#7a6ff0', '#e07b39'] },
      },
      strokeDash: {
        field: 'gateway',
        type: 'nominal',
        title: null,
        scale: {
          domain: ['from', 'to'],
          range: [
            [1, 0],
            [6, 3],
          ],
        },
      },
    },
    config: LOOK,
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

function curve(gateway: string, histogram: Histogram): { gateway: string; ms: number; share: number }[] {
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const share = (i * 100) / STEPS;
    return { gateway, ms: Math.max(0.01, latencyAt(histogram, share)), share };
  });
}
