/**
 * One of three origins is bad: what do callers notice? On real workerd, with real servers of 20 ms, 1000 GETs at 120
 * per second from a cold isolate, one run for each fault; then the origin recovers, and the time until it serves again
 * is measured. Retries show in the losses, hedges in the slowest, ejection only in the return: scores divert requests
 * as well. `npm run bench -- --only faults`.
 */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway } from '../tests/support/gateway.ts';
import { act, startOrigin } from '../tests/support/origin.ts';
import type { Behaviour } from '../tests/support/origin.ts';
import { readGateway } from './contestants.ts';
import type { SubBench } from './sub-bench.ts';

const EVERY_MS = 1000 / 120;
const RETURN_MS = 60_000;
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
  /** Few of a thousand requests reach the bad origin: a percentile would not show them. */
  readonly slowest: number;
  readonly badShare: number;
  readonly subrequests: number;
  /** NaN if it did not return within RETURN_MS, or was not watched. */
  readonly returnSeconds: number;
}

interface Answer {
  readonly ok: boolean;
  readonly ms: number;
  readonly at: number;
}

function askOnce(url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const at = performance.now();
    const done = (ok: boolean): void => resolve({ ok, ms: performance.now() - at, at });
    get(`${url}/thing`, { agent }, (response) => {
      response
        .resume()
        .on('end', () => done(response.statusCode === 200))
        .on('error', () => done(false));
    }).on('error', () => done(false));
  });
}

export interface FaultOptions {
  /** Any build of the gateway. */
  readonly script?: string;
  /** 0: do not wait for the origin's return. */
  readonly returnMs?: number;
  readonly balance?: 'adaptive' | 'round-robin';
}

export async function runFault(
  name: string,
  fault: Behaviour | 'refused',
  requests: number,
  { script = readGateway(), returnMs = RETURN_MS, balance = 'adaptive' }: FaultOptions = {},
): Promise<Row> {
  const origins = await Promise.all([0, 1, 2].map(() => startOrigin(WELL)));
  const bad = origins[1]!;
  if (fault === 'refused') await bad.refuse();
  else bad.behave((received, _request, response) => act(received.url === '/health' ? WELL : fault, response));
  const gateway = await startGateway(
    {
      pools: { api: { origins: origins.map((origin) => origin.url), balance } },
      routes: [{ pool: 'api' }],
      responseHeaders: false,
    },
    { script },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 500 });
  const ask = (): Promise<Answer> => askOnce(gateway.url, agent);
  const startedAt = performance.now();
  const answers = await atPace(requests, ask, () => false);
  const times = (list: readonly Answer[]): number[] =>
    list
      .filter(({ ok }) => ok)
      .map(({ ms }) => ms)
      .sort((a, b) => a - b);
  const all = times(answers);
  const later = times(answers.filter(({ at }) => at - startedAt > 1000));
  const asked = origins.reduce((sum, origin) => sum + origin.received.length, 0);
  const onBad = bad.received.length;
  const returnSeconds = await untilReturn(fault, bad, ask, returnMs);
  agent.destroy();
  await gateway.stop();
  await Promise.all(origins.map((origin) => origin.stop().catch(() => undefined)));
  return {
    fault: name,
    lost: answers.filter(({ ok }) => !ok).length,
    p50: at(all, 0.5),
    p99: at(all, 0.99),
    p99Later: at(later, 0.99),
    slowest: all.at(-1) ?? NaN,
    badShare: onBad / requests,
    subrequests: asked / requests,
    returnSeconds,
  };
}

/** After the origin has recovered: the time until it gets a tenth of a second's requests. */
async function untilReturn(
  fault: Behaviour | 'refused',
  bad: Awaited<ReturnType<typeof startOrigin>>,
  ask: () => Promise<unknown>,
  returnMs: number,
): Promise<number> {
  if (fault === 'refused') await bad.accept();
  bad.behave(WELL);
  const before = bad.received.length;
  const healedAt = performance.now();
  let marks = [before];
  let back = NaN;
  await atPace(Math.ceil(returnMs / EVERY_MS), ask, () => {
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

function rowOf(row: Row, healthyP99: number): (string | number)[] {
  const { fault, lost, p50, p99, p99Later, slowest, badShare, subrequests, returnSeconds } = row;
  const ms = [p50, p99, p99Later, slowest].map((value) => value.toFixed(1));
  const share = `${(100 * badShare).toFixed(1)} %`;
  return [
    fault,
    lost,
    ...ms,
    (p99 / healthyP99).toFixed(2),
    share,
    subrequests.toFixed(3),
    Number.isNaN(returnSeconds) ? `not within ${RETURN_MS / 1000} s` : `${returnSeconds.toFixed(1)} s`,
  ];
}

export const bench: SubBench = {
  name: 'faults',
  run: async ({ full, smoke, tell }) => {
    const rows: Row[] = [];
    for (const [name, fault] of FAULTS.slice(0, smoke ? 1 : undefined)) {
      tell(`faults: ${name}`);
      rows.push(await runFault(name, fault, smoke ? 30 : full ? 1000 : 400));
    }
    const columns = [
      'one of three is',
      'lost',
      'p50 ms',
      'p99 ms',
      'p99 after 1 s',
      'slowest ms',
      'p99 / healthy',
      'on the bad one',
      'subrequests',
      'serves again after',
    ];
    return [
      {
        title: 'One of three origins is bad',
        note: '120 GETs a second from a cold isolate, origins of 20 ms, all defaults without a probe path; then the origin recovers.',
        columns,
        rows: rows.map((row) => rowOf(row, rows[0]!.p99)),
      },
    ];
  },
};
