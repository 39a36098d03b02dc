/**
 * The measured cells of the table in docs/comparison.md: this gateway, the tutorial, Kong and other Workers. All else
 * is written in the page itself.
 *
 * The Workers' behaviour is measured by bench/probes.ts (docs/peers.json), figures come from docs/bench.json and
 * docs/balancing.json. Kong does not run in a Worker and was not run: its column follows the documentation and sources
 * of the open-source gateway.
 */
import { readFileSync } from 'node:fs';
import type { Results as Bench } from '../../bench/pages.ts';
import type { Findings } from '../../bench/probes.ts';
import { SCRIPTS } from '../../bench/script.ts';
import { FAR, NEAR } from '../../bench/workloads.ts';
import { ROOT } from '../../cli/paths.ts';
import { rank, type Results } from '../../cli/simulate/standings.ts';

/** A row by what it is about; the cell of null is as the page has it. */
type Row = readonly [about: string, tutorial: Cell, kong: Cell, peers: Cell, gateway: Cell];
type Cell = string | null;

const PEERS = ['reflare', 'hono', 'itty-router'];
/** Probes of what must be forwarded unchanged. */
const CROSSES = {
  path: 'paths',
  status: 'statuses',
  redirect: 'redirects',
  cookies: 'cookies',
  compressed: 'compressed bodies',
  websocket: 'WebSockets',
};

const read = <T>(file: string): T => JSON.parse(readFileSync(`${ROOT}/docs/${file}`, 'utf8')) as T;

/** The page with the measured cells of today. */
export function withMeasuredCells(page: string): string {
  return [...answering(read<Findings>('peers.json')), ...figures()].reduce((text, [about, ...cells]) => {
    const line = text.split('\n').find((one) => one.startsWith(`| ${about} `));
    if (line === undefined)
      throw new Error(`Cannot write docs/comparison.md: it must have the row "${about}"`);
    const [, , ...kept] = line.split('|');
    return text.replace(line, () => `| ${about} | ${cells.map((cell, i) => cell ?? kept[i]).join(' | ')} |`);
  }, page);
}

/** What a caller notices if one of two origins is bad, or if both are good. */
function answering(findings: Findings): Row[] {
  const findingsOf = (probe: string): Readonly<Record<string, string>> => findings[probe] ?? {};
  const served = (probe: string, name: string): string =>
    ({ all: 'all are served', some: 'some fail', none: 'all fail' })[findingsOf(probe)[name] ?? ''] ?? '?';
  const bad = (probe: string, about: string): Row => {
    const peers = `reflare: ${served(probe, 'reflare')}; the others have one origin`;
    return [about, served(probe, 'tutorial'), null, peers, served(probe, 'gateway')];
  };
  const lost = (name: string): string => {
    const list = Object.entries(CROSSES).flatMap(([probe, word]) =>
      findingsOf(probe)[name] === 'all' ? [] : [word],
    );
    return list.length === 0 ? 'everything' : `all but ${list.join(', ')}`;
  };
  const nothing = Object.keys(CROSSES).every((probe) => findingsOf(probe)['tutorial'] === 'none');
  const forgers = PEERS.filter((name) => findingsOf('forged')[name] !== 'all');
  return [
    bad('refused', 'An origin is down, on workerd'),
    bad('unavailable', 'An origin returns 503, or Cloudflare 521 because it is down'),
    bad('silent', 'An origin does not respond'),
    [
      'Forwarded unchanged',
      nothing ? 'the body as a string' : lost('tutorial'),
      null,
      PEERS.map((name) => `${name}: ${lost(name)}`).join('; '),
      lost('gateway'),
    ],
    [
      'A forged X-Forwarded-For',
      null,
      null,
      `reaches the origin through ${forgers.join(', ')}`,
      findingsOf('forged')['gateway'] === 'all' ? 'does not reach the origin' : 'reaches the origin',
    ],
  ];
}

function figures(): Row[] {
  const { tables } = read<Bench>('bench.json');
  const cell = (title: string, name: string, column: string): number => {
    const table = tables.find((one) => one.title === title);
    const row = table?.rows.find(([first]) => first === name);
    if (!table || !row) throw new Error(`Cannot compare: docs/bench.json must have "${name}" of "${title}"`);
    // The median; the middle half follows in brackets.
    return parseFloat(String(row[table.columns.indexOf(column)]));
  };
  const cpu = (name: string): string => cell(NEAR, name, 'CPU: floor / it').toFixed(2);
  const throughput = (name: string): string => cell(FAR, name, 'throughput / floor').toFixed(2);
  const size = (name: string): string =>
    `${(cell(SCRIPTS, name, 'minified and gzipped') / 1000).toFixed(1)} KB`;
  const sent = (name: string): string => cell(SCRIPTS, name, 'subrequests a request').toFixed(2);
  const standings = rank(read<Results>('balancing.json'));
  const success = (name: string): string =>
    `${(100 * (standings.find(({ policy }) => policy === name)?.success ?? NaN)).toFixed(2)} %`;
  const measured = (about: string, of: (name: string) => string): Row => [
    about,
    of('tutorial'),
    null,
    PEERS.map(of).join(', '),
    of('gateway'),
  ];
  return [
    measured('Throughput, origins 20 ms away, passthrough = 1', throughput),
    measured('Requests per second of CPU, passthrough = 1', cpu),
    measured('Subrequests per request, all origins healthy', sent),
    ['Success, thirty simulated situations', success('tutorial'), null, null, success('adaptive')],
    measured('Minified and gzipped', size),
  ];
}
