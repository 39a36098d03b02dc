/**
 * What limits over all isolates cost and let through, on a virtual clock: the product's lease client and companion, many isolates, a network with
 * a latency, callers and isolates that are used unequally (Zipf).
 *
 *   node bench/shared-limits.ts [--json]
 *
 * Of what an exact counter would admit, how much too many and too few passed; calls of the companion and waits, per request; the time that was
 * added to a request.
 */
import { answerLeases } from '../lib/companion/leases.ts';
import { createWindows } from '../lib/companion/windows.ts';
import type { Period } from '../lib/config/types.ts';
import {
  chunkMs,
  createLeases,
  createLink,
  failAsk,
  nextAsk,
  receiveGrant,
  returnIdle,
  takeAlone,
  takeToken,
  useCounter,
} from '../lib/limits/shared-limit.ts';
import type { LeaseCounter, LeaseLink, Leases, LeaseSettings } from '../lib/limits/shared-limit.ts';
import type { LeaseAnswer, LeaseAsk } from '../lib/limits/lease-messages.ts';
import { windowStart } from '../lib/limits/windows.ts';
import { seededRandom } from '../tests/support/seeded-random.ts';
import { mapStorage } from '../tests/support/lease-world.ts';

export interface Scenario {
  readonly name: string;
  readonly period: Period;
  readonly limit: number;
  readonly isolates: number;
  readonly callers: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** Median of a call's time; lognormal. Default 25. */
  readonly roundTripMs?: number;
  /** A call fails, noticed after 300 ms. */
  readonly fails?: (ms: number, random: () => number) => boolean;
  readonly limits?: LeaseSettings['limits'];
  readonly onFailure?: LeaseSettings['onFailure'];
}
export interface Figures {
  readonly name: string;
  readonly overPercent: number;
  readonly underPercent: number;
  readonly callsPerRequest: number;
  readonly waitedPercent: number;
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
}

interface Isolate {
  readonly name: string;
  readonly leases: Leases;
  readonly link: LeaseLink;
  readonly waiting: Map<LeaseCounter, { since: number; done: (passes: boolean) => void }[]>;
  session: string;
  sequence: number;
  sweeping: boolean;
}

const START = Date.parse('2026-03-15T00:00:00Z');
const TIMEOUT_MS = 300;

/** A queue of what happens when, by binary heap. */
function createQueue() {
  const heap: { at: number; order: number; run: () => void }[] = [];
  let orders = 0;
  const before = (a: number, b: number): boolean =>
    heap[a]!.at < heap[b]!.at || (heap[a]!.at === heap[b]!.at && heap[a]!.order < heap[b]!.order);
  const swap = (a: number, b: number): void => void ([heap[a], heap[b]] = [heap[b]!, heap[a]!]);
  return {
    push: (at: number, run: () => void): void => {
      heap.push({ at, order: orders++, run });
      for (let i = heap.length - 1; i > 0 && before(i, (i - 1) >> 1); i = (i - 1) >> 1) swap(i, (i - 1) >> 1);
    },
    pop: () => {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined || heap.length === 0) return first;
      heap[0] = last;
      for (let i = 0; ;) {
        let child = 2 * i + 1;
        if (child >= heap.length) return first;
        if (child + 1 < heap.length && before(child + 1, child)) child++;
        if (!before(child, i)) return first;
        swap(child, i);
        i = child;
      }
    },
  };
}

/** Indexes by Zipf's law with this exponent. */
function zipf(count: number, exponent: number, random: () => number): () => number {
  let total = 0;
  const sums = Float64Array.from({ length: count }, (_, i) => (total += (i + 1) ** -exponent));
  return () => {
    const wanted = random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

export function simulate(scenario: Scenario, seed = 7): Figures {
  const { period, limit, perSecond, seconds, roundTripMs = 25 } = scenario;
  const { limits = 'exact', onFailure = 'local' } = scenario;
  const [random, chance] = [seededRandom(seed), seededRandom(seed + 1)];
  const queue = createQueue();
  const windows = [{ period, limit }];
  let now = START;
  let sessions = 0;
  const companion = {
    peers: new Map(),
    windows: createWindows(mapStorage(), now),
    newSession: () => String(sessions++),
  };
  const isolates = Array.from({ length: scenario.isolates }, (_, i): Isolate => ({
    name: String(i),
    leases: createLeases({ limits, onFailure, timeoutMs: TIMEOUT_MS }),
    link: createLink(),
    waiting: new Map(),
    session: '',
    sequence: 0,
    sweeping: false,
  }));
  let calls = 0;
  const asked = new Map<string, number>();
  const passed = new Map<string, number>();
  const waits: number[] = [];
  let requests = 0;

  const call = (from: Isolate, asks: LeaseAsk[], done: (answer: LeaseAnswer | null) => void): void => {
    calls++;
    const { name: isolate, session } = from;
    const message = { isolate, session, sequence: ++from.sequence, asks };
    if (scenario.fails?.(now - START, chance)) return queue.push(now + TIMEOUT_MS, () => done(null));
    const gauss = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
    const took = roundTripMs * Math.exp(0.3 * gauss);
    const end = now + took;
    queue.push(now + took / 2, () => {
      const answer = { ...answerLeases(companion, message, Math.floor(now)), version: 0 };
      queue.push(end, () => {
        from.session = answer.session;
        from.link.isolates = answer.isolates;
        done(answer);
      });
    });
  };
  const ask = (isolate: Isolate, counter: LeaseCounter): void => {
    const waiting = (isolate.waiting.get(counter)?.length ?? 0) > 0;
    const message = nextAsk(isolate.leases, counter, Math.floor(now), waiting);
    if (message === null) return;
    call(isolate, [message], (answer) => {
      const grant = answer?.grants[0];
      if (grant === undefined) failAsk(counter, message, Math.floor(now));
      else receiveGrant(counter, message, grant, Math.floor(now));
      serve(isolate, counter);
      giveBackLater(isolate, counter);
    });
  };
  const serve = (isolate: Isolate, counter: LeaseCounter): void => {
    const waiting = isolate.waiting.get(counter) ?? [];
    while (waiting[0] !== undefined) {
      const tired = now - waiting[0].since > 8 * TIMEOUT_MS;
      const taken = takeToken(isolate.leases, counter, Math.floor(now));
      const lease = taken === 'wait' && tired ? takeAlone(isolate.leases, counter) : taken;
      if (lease === 'wait') break;
      waiting.shift()?.done(lease === 'pass');
    }
    ask(isolate, counter);
  };
  const giveBackLater = (isolate: Isolate, counter: LeaseCounter): void => {
    if (isolate.sweeping) return;
    isolate.sweeping = true;
    queue.push(now + Math.min(20_000, 2.2 * chunkMs(counter)), () => {
      isolate.sweeping = false;
      const asks = returnIdle(isolate.leases, isolate.link, Math.floor(now));
      if (asks.length > 0) call(isolate, asks, () => undefined);
    });
  };
  const pickIsolate = zipf(scenario.isolates, 0.8, random);
  const pickCaller = zipf(scenario.callers, 1, random);
  const windowOf = (caller: number): string => `${caller} ${windowStart(period, Math.floor(now))}`;
  const add = (counts: Map<string, number>, id: string): void =>
    void counts.set(id, (counts.get(id) ?? 0) + 1);
  const arrive = (): void => {
    const [isolate, caller, since] = [isolates[pickIsolate()]!, pickCaller(), now];
    requests++;
    add(asked, windowOf(caller));
    const counter = useCounter(isolate.leases, `${caller}`, windows, isolate.link, Math.floor(now));
    const done = (passes: boolean): void => {
      if (passes) add(passed, windowOf(caller));
      if (now > since) waits.push(now - since);
    };
    const lease = takeToken(isolate.leases, counter, Math.floor(now));
    if (lease === 'wait') {
      counter.waiting++;
      const waiting = isolate.waiting.get(counter) ?? [];
      isolate.waiting.set(counter, waiting);
      waiting.push({ since, done });
    } else done(lease === 'pass');
    ask(isolate, counter);
    const next = now - (Math.log(1 - random()) / perSecond) * 1000;
    if (next < START + seconds * 1000) queue.push(next, arrive);
  };
  queue.push(START, arrive);
  for (let event = queue.pop(); event !== undefined; event = queue.pop()) {
    now = event.at;
    event.run();
  }
  let [ideal, over, under] = [0, 0, 0];
  for (const id of new Set([...asked.keys(), ...passed.keys()])) {
    const due = Math.min(limit, asked.get(id) ?? 0);
    const count = passed.get(id) ?? 0;
    ideal += due;
    over += Math.max(0, count - limit);
    under += Math.max(0, due - count);
  }
  waits.sort((a, b) => a - b);
  const quantile = (share: number): number =>
    waits[Math.floor(requests * share) - (requests - waits.length)] ?? 0;
  return {
    name: scenario.name,
    overPercent: (100 * over) / ideal,
    underPercent: (100 * under) / ideal,
    callsPerRequest: calls / requests,
    waitedPercent: (100 * waits.length) / requests,
    addedP50Ms: quantile(0.5),
    addedP99Ms: quantile(0.99),
  };
}

const minute = {
  period: 'minute',
  limit: 600,
  isolates: 50,
  callers: 100,
  perSecond: 500,
  seconds: 300,
} as const;
const many = { ...minute, limit: 60, isolates: 20, callers: 1000, seconds: 240 };
const outage = (ms: number): boolean => ms > 60_000 && ms < 120_000;
export const SCENARIOS: readonly Scenario[] = [
  {
    name: '5 a second, 1 caller, 20 isolates',
    period: 'second',
    limit: 5,
    isolates: 20,
    callers: 1,
    perSecond: 50,
    seconds: 60,
  },
  {
    name: '1000 a second, 1 caller, 200 isolates',
    period: 'second',
    limit: 1000,
    isolates: 200,
    callers: 1,
    perSecond: 3000,
    seconds: 30,
  },
  {
    name: '1000 a second, 50 isolates, under the limit',
    period: 'second',
    limit: 1000,
    isolates: 50,
    callers: 1,
    perSecond: 800,
    seconds: 60,
  },
  {
    name: '60 a minute, 1 caller, 50 isolates',
    period: 'minute',
    limit: 60,
    isolates: 50,
    callers: 1,
    perSecond: 10,
    seconds: 600,
  },
  { ...minute, name: '600 a minute, 100 callers, 50 isolates' },
  { ...many, name: '60 a minute, 1,000 callers, 20 isolates' },
  { ...many, limits: 'loose', name: 'the same, loose' },
  {
    name: '10,000 an hour, 20 callers, 50 isolates, 80 ms',
    period: 'hour',
    limit: 10_000,
    isolates: 50,
    callers: 20,
    perSecond: 60,
    seconds: 7200,
    roundTripMs: 80,
  },
  { ...minute, fails: (_, random) => random() < 0.05, name: '600 a minute, 5 % of calls fail, local' },
  { ...minute, fails: (_, random) => random() < 0.05, onFailure: 'closed', name: 'the same, closed' },
  {
    ...minute,
    callers: 10,
    seconds: 240,
    fails: outage,
    name: '600 a minute, away for one of four minutes, local',
  },
  { ...minute, callers: 10, seconds: 240, fails: outage, onFailure: 'open', name: 'the same, open' },
  { ...minute, callers: 10, seconds: 240, fails: outage, onFailure: 'closed', name: 'the same, closed' },
];

if (import.meta.main ?? process.argv[1]?.endsWith('shared-limits.ts')) {
  const figures = SCENARIOS.map((scenario) => simulate(scenario));
  if (process.argv.includes('--json')) console.log(JSON.stringify(figures, null, 1));
  else
    console.table(
      figures.map(({ name, ...rest }) => ({
        name,
        ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, Number(value.toFixed(2))])),
      })),
    );
}
