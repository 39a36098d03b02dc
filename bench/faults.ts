/**
 * One of three origins is bad: what do callers notice? On real workerd, with real servers of 20 ms, 1000 GETs at 120 a
 * second from a cold isolate, one run for each fault; then the origin recovers, and the time until it serves again.
 *
 *   node bench/faults.ts [--probe] [--json FILE] [fault ...]
 */
import { Agent, get } from 'node:http';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { startGateway } from '../tests/support/gateway.ts';
import { act, startOrigin } from '../tests/support/origin.ts';
import type { Behaviour } from '../tests/support/origin.ts';

const { values, positionals } = parseArgs({
  options: { probe: { type: 'boolean', default: false }, json: { type: 'string' } },
  allowPositionals: true,
});
const REQUESTS = 1000;
const EVERY_MS = 1000 / 120;
const RETURN_MS = 30_000;
const WELL: Behaviour = { delayMs: 20 };
const FAULTS: readonly (readonly [name: string, fault: Behaviour | 'refused'])[] = [
  ['well', WELL],
  ['answering 503', { status: 503, delayMs: 1 }],
  ['answering 521', { status: 521, delayMs: 1 }],
  ['reset', { fault: 'reset' }],
  ['hung', { fault: 'hang' }],
  ['ten times slower', { delayMs: 200 }],
  ['refused', 'refused'],
];

interface Row {
  readonly fault: string;
  readonly lost: number;
  readonly p50: number;
  readonly p99: number;
  readonly p99Later: number;
  readonly badShare: number;
  readonly subrequests: number;
  readonly returnSeconds: number;
}

async function run(name: string, fault: Behaviour | 'refused'): Promise<Row> {
  const origins = await Promise.all([0, 1, 2].map(() => startOrigin(WELL)));
  const bad = origins[1]!;
  if (fault === 'refused') await bad.refuse();
  else bad.behave((received, _request, response) => act(received.url === '/health' ? WELL : fault, response));
  const probe = values.probe ? { probe: { path: '/health' } } : {};
  const gateway = await startGateway({
    pools: { api: { origins: origins.map((origin) => origin.url), ...probe } },
    routes: [{ pool: 'api' }],
    stamp: false,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 500 });
  const ask = (): Promise<{ ok: boolean; ms: number; at: number }> =>
    new Promise((resolve) => {
      const at = performance.now();
      const done = (ok: boolean): void => resolve({ ok, ms: performance.now() - at, at });
      get(`${gateway.url}/thing`, { agent }, (response) => {
        response
          .resume()
          .on('end', () => done(response.statusCode === 200))
          .on('error', () => done(false));
      }).on('error', () => done(false));
    });
  const startedAt = performance.now();
  const answers = await atPace(REQUESTS, ask, () => false);
  const times = (list: typeof answers): number[] => list.filter(({ ok }) => ok).map(({ ms }) => ms).sort((a, b) => a - b); // prettier-ignore
  const all = times(answers);
  const later = times(answers.filter(({ at }) => at - startedAt > 1000));
  const asked = origins.reduce((sum, origin) => sum + origin.received.length, 0);
  const onBad = bad.received.length;
  const returnSeconds = await untilReturn(fault, bad, ask);
  agent.destroy();
  await gateway.stop();
  await Promise.all(origins.map((origin) => origin.stop().catch(() => undefined)));
  return {
    fault: name,
    lost: answers.filter(({ ok }) => !ok).length,
    p50: at(all, 0.5),
    p99: at(all, 0.99),
    p99Later: at(later, 0.99),
    badShare: onBad / REQUESTS,
    subrequests: asked / REQUESTS,
    returnSeconds,
  };
}

/** The origin is well again: how long until a tenth of a second's requests go to it. */
async function untilReturn(
  fault: Behaviour | 'refused',
  bad: Awaited<ReturnType<typeof startOrigin>>,
  ask: () => Promise<unknown>,
): Promise<number> {
  if (fault === 'refused') await bad.accept();
  bad.behave(WELL);
  const before = bad.received.length;
  const healedAt = performance.now();
  let marks = [before];
  let back = NaN;
  await atPace(Math.ceil(RETURN_MS / EVERY_MS), ask, () => {
    marks.push(bad.received.length);
    if (marks.length > 120) marks = marks.slice(-120);
    if (bad.received.length - marks[0]! >= 12) back = (performance.now() - healedAt) / 1000;
    return back >= 0;
  });
  return back;
}

async function atPace<T>(count: number, ask: () => Promise<T>, enough: () => boolean): Promise<T[]> {
  const answers: Promise<T>[] = [];
  const from = performance.now();
  for (let i = 0; i < count && !enough(); i++) {
    const ahead = from + i * EVERY_MS - performance.now();
    if (ahead > 1) await sleep(ahead);
    answers.push(ask());
  }
  return Promise.all(answers);
}
const at = (sorted: number[], share: number): number => sorted[Math.floor(share * sorted.length)] ?? NaN;

const rows: Row[] = [];
for (const [name, fault] of FAULTS)
  if (positionals.length === 0 || name === 'well' || positionals.includes(name))
    rows.push(await run(name, fault));
const well = rows[0]!.p99;
const table = new Table({
  head: [
    'one of three is',
    'lost',
    'p50 ms',
    'p99 ms',
    'p99 after 1 s',
    'x healthy',
    'on the bad one',
    'subrequests',
    'serves again after',
  ],
});
for (const row of rows)
  table.push([
    row.fault,
    row.lost,
    row.p50.toFixed(1),
    row.p99.toFixed(1),
    row.p99Later.toFixed(1),
    (row.p99 / well).toFixed(2),
    `${(100 * row.badShare).toFixed(1)}%`,
    row.subrequests.toFixed(3),
    `${row.returnSeconds.toFixed(1)} s`,
  ]);
console.log(table.toString());
if (values.json) writeFileSync(values.json, JSON.stringify(rows, null, 2));
