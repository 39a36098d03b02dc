/**
 * One of three origins is bad: what do callers notice? On real workerd, with real servers of 20 ms, 1000 GETs at 120
 * per second from a cold isolate, one run for each fault; then the origin recovers, and the time until it serves again
 * is measured. Retries show in the losses, hedges in the slowest, ejection only in the return: scores divert requests
 * as well. `npm run bench -- --only faults`.
 */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway } from '../tests/support/gateway.ts';
import { startOrigin, type Behaviour, type Origin } from '../tests/support/origin.ts';
import { readGateway } from './contestants.ts';
import { quantile } from './figures.ts';
import type { Part } from './part.ts';

const EVERY_MS = 1000 / 120;
const RETURN_MS = 60_000;
const WELL: Behaviour = { delayMs: 20 };
type Fault = Behaviour | 'refused';
const FAULTS: Readonly<Record<string, Fault>> = {
  well: WELL,
  'answering 503': { status: 503, delayMs: 1 },
  'answering 521': { status: 521, delayMs: 1 },
  reset: { fault: 'reset' },
  hung: { fault: 'hang' },
  'ten times slower': { delayMs: 200 },
  refused: 'refused',
};

type FaultFigures = Awaited<ReturnType<typeof runFault>>;

interface Answer {
  readonly ok: boolean;
  readonly ms: number;
  readonly at: number;
}

/** With node:http: fetch would share connections, and wait for them. */
function askOnce(url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const at = performance.now();
    const done = (ok: boolean): void => resolve({ ok, ms: performance.now() - at, at });
    const lost = (): void => done(false);
    get(`${url}/thing`, { agent }, (response) => {
      response.resume().on('end', () => done(response.statusCode === 200));
      response.on('error', lost);
    }).on('error', lost);
  });
}

interface FaultOptions {
  /** Any build of the gateway. */
  readonly script?: string;
  /** 0: do not wait for the origin's return. */
  readonly returnMs?: number;
  readonly balance?: 'adaptive' | 'round-robin';
}

export async function runFault(
  fault: Fault,
  requests: number,
  { script = readGateway(), returnMs = RETURN_MS, balance = 'adaptive' }: FaultOptions = {},
) {
  const origins = await Promise.all(
    [WELL, fault === 'refused' ? WELL : fault, WELL].map((one) => startOrigin(one)),
  );
  const bad = origins[1]!;
  if (fault === 'refused') await bad.refuse();
  const api = { origins: origins.map((origin) => origin.url), balance };
  const gateway = await startGateway({ pools: { api }, routes: [{ pool: 'api' }] }, { script });
  const agent = new Agent({ keepAlive: true, maxSockets: 500 });
  const ask = (): Promise<Answer> => askOnce(gateway.url, agent);
  const startedAt = performance.now();
  const answers = await atPace(requests, ask);
  const good = answers.filter(({ ok }) => ok);
  const times = good.map(({ ms }) => ms);
  const later = good.filter(({ at }) => at - startedAt > 1000).map(({ ms }) => ms);
  const figures = {
    lost: answers.length - good.length,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    p99Later: quantile(later, 0.99),
    /** Few of a thousand requests reach the bad origin: a percentile would not show them. */
    slowest: Math.max(...times),
    badShare: bad.received.length / requests,
    subrequests: origins.reduce((sum, origin) => sum + origin.received.length, 0) / requests,
  };
  if (fault === 'refused') await bad.accept();
  bad.behave(WELL);
  const returnSeconds = await untilReturn(bad, () => askOnce(gateway.url + AGAIN, agent), returnMs);
  agent.destroy();
  await gateway.stop();
  await Promise.all(origins.map((origin) => origin.stop().catch(() => undefined)));
  return { ...figures, returnSeconds };
}

/** The path of requests since the recovery: attempts from before it may still arrive. */
const AGAIN = '/again';

/** The seconds until the origin gets a tenth of a second's requests; NaN if they exceed `returnMs`. */
async function untilReturn(origin: Origin, ask: () => Promise<unknown>, returnMs: number): Promise<number> {
  const healedAt = performance.now();
  const marks = [0];
  let back = NaN;
  await atPace(Math.ceil(returnMs / EVERY_MS), ask, () => {
    const count = origin.received.filter(({ url }) => url.startsWith(AGAIN)).length;
    marks.push(count);
    const secondAgo = marks.at(-120) ?? 0;
    if (count - secondAgo >= 12) back = (performance.now() - healedAt) / 1000;
    return back >= 0;
  });
  return back;
}

async function atPace<T>(count: number, ask: () => Promise<T>, enough = () => false): Promise<T[]> {
  const answers: Promise<T>[] = [];
  const from = performance.now();
  for (let i = 0; i < count && !enough(); i++) {
    const ahead = from + i * EVERY_MS - performance.now();
    if (ahead > 1) await sleep(ahead);
    answers.push(ask());
  }
  return Promise.all(answers);
}

const COLUMNS = [
  ...['one of three is', 'lost', 'p50 ms', 'p99 ms', 'p99 after 1 s', 'slowest ms', 'p99 / healthy'],
  ...['on the bad one', 'subrequests', 'serves again after'],
];

function rowOf(name: string, figures: FaultFigures, healthy: FaultFigures): (string | number)[] {
  const { lost, p50, p99, p99Later, slowest, badShare, subrequests, returnSeconds } = figures;
  return [
    name,
    lost,
    ...[p50, p99, p99Later, slowest].map((ms) => ms.toFixed(1)),
    (p99 / healthy.p99).toFixed(2),
    `${(100 * badShare).toFixed(1)} %`,
    subrequests.toFixed(3),
    Number.isNaN(returnSeconds) ? `not within ${RETURN_MS / 1000} s` : `${returnSeconds.toFixed(1)} s`,
  ];
}

export const faults: Part = {
  name: 'faults',
  long: true,
  run: async ({ full, smoke, report }) => {
    const found: [name: string, figures: FaultFigures][] = [];
    for (const [name, fault] of Object.entries(FAULTS).slice(0, smoke ? 1 : undefined)) {
      report(`faults: ${name}`);
      found.push([name, await runFault(fault, smoke ? 30 : full ? 1000 : 400)]);
    }
    return [
      {
        title: 'One of three origins is bad',
        note: '120 GETs a second from a cold isolate, origins of 20 ms, all defaults without a probe path; then the origin recovers.',
        columns: COLUMNS,
        rows: found.map(([name, figures]) => rowOf(name, figures, found[0]![1])),
      },
    ];
  },
};
