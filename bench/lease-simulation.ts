/**
 * Limits shared by all isolates, on a virtual clock: the product's lease client and companion, many isolates, a network
 * with latency, callers and isolates with unequal traffic (Zipf).
 */
import { createEvents } from '../cli/simulate/events.ts';
import type { Events } from '../cli/simulate/events.ts';
import { rollDice } from '../cli/simulate/dice.ts';
import type { Dice } from '../cli/simulate/dice.ts';
import { answerLeases } from '../lib/companion/leases.ts';
import type { CompanionState } from '../lib/companion/leases.ts';
import { createWindows } from '../lib/companion/windows.ts';
import type { Period } from '../lib/config/types.ts';
import type { LeaseAnswer, LeaseAsk } from '../lib/limits/lease-messages.ts';
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
import { windowStart } from '../lib/limits/windows.ts';
import { mapStorage } from '../tests/support/lease-world.ts';

export interface Scenario {
  readonly name: string;
  readonly period: Period;
  readonly limit: number;
  readonly isolates: number;
  readonly callers: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** Mean duration of a call; lognormal. Default 25. */
  readonly roundTripMs?: number;
  /** Whether a call fails, `ms` after the start; detected after 300 ms. */
  readonly fails?: (ms: number, dice: Dice) => boolean;
  readonly limits?: LeaseSettings['limits'];
  readonly onFailure?: LeaseSettings['onFailure'];
}
export interface Figures {
  /** Relative to what one exact counter would admit. */
  readonly overPercent: number;
  readonly underPercent: number;
  readonly callsPerRequest: number;
  readonly waitedPercent: number;
  /** Latency added to a request. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Waiting {
  readonly since: number;
  readonly done: (passes: boolean) => void;
}
interface Isolate {
  readonly name: string;
  readonly leases: Leases;
  readonly link: LeaseLink;
  readonly waiting: Map<LeaseCounter, Waiting[]>;
  session: string;
  sequence: number;
  sweeping: boolean;
}
interface World {
  readonly scenario: Scenario;
  readonly events: Events;
  /** Arrivals have their own random stream, so that every scenario of a kind sees the same. */
  readonly arrivals: Dice;
  readonly network: Dice;
  readonly companion: CompanionState;
  readonly isolates: readonly Isolate[];
  /** By caller and window. */
  readonly asked: Map<string, number>;
  readonly passed: Map<string, number>;
  readonly waits: number[];
  calls: number;
  requests: number;
}

const START = Date.parse('2026-03-15T00:00:00Z');
const TIMEOUT_MS = 300;
const MOST_IDLE_MS = 20_000;

export function simulateLeases(scenario: Scenario, seed = 7): Figures {
  const world = createWorld(scenario, seed);
  const { events, isolates } = world;
  const pickIsolate = zipf(isolates.length, 0.8, world.arrivals);
  const pickCaller = zipf(scenario.callers, 1, world.arrivals);
  const arrive = (): void => {
    request(world, isolates[pickIsolate()]!, pickCaller());
    const next = events.now() + world.arrivals.exponential(1000 / scenario.perSecond);
    if (next < START + scenario.seconds * 1000) events.at(next, arrive);
  };
  events.at(START, arrive);
  events.run(Infinity);
  return figuresOf(world);
}

function createWorld(scenario: Scenario, seed: number): World {
  const { limits = 'exact', onFailure = 'local' } = scenario;
  let sessions = 0;
  const isolates = Array.from({ length: scenario.isolates }, (_, i) => ({
    name: String(i),
    leases: createLeases({ limits, onFailure, timeoutMs: TIMEOUT_MS }),
    link: createLink(),
    waiting: new Map(),
    session: '',
    sequence: 0,
    sweeping: false,
  }));
  return {
    scenario,
    events: createEvents(),
    arrivals: rollDice(seed, 1),
    network: rollDice(seed, 2),
    companion: {
      peers: new Map(),
      windows: createWindows(mapStorage(), START),
      newSession: () => String(sessions++),
    },
    isolates,
    asked: new Map(),
    passed: new Map(),
    waits: [],
    calls: 0,
    requests: 0,
  };
}

/** Indexes by Zipf's law with this exponent. */
function zipf(count: number, exponent: number, dice: Dice): () => number {
  let total = 0;
  const sums = Float64Array.from({ length: count }, (_, i) => (total += (i + 1) ** -exponent));
  return () => {
    const wanted = dice.unit() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Clocks show whole milliseconds. */
const clockOf = ({ events }: World): number => Math.floor(events.now());

function request(world: World, isolate: Isolate, caller: number): void {
  const { period, limit } = world.scenario;
  const since = world.events.now();
  const add = (counts: Map<string, number>): void => {
    const id = `${caller} ${windowStart(period, clockOf(world))}`;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  };
  world.requests++;
  add(world.asked);
  const counter = useCounter(
    isolate.leases,
    String(caller),
    [{ period, limit }],
    isolate.link,
    clockOf(world),
  );
  const done = (passes: boolean): void => {
    if (passes) add(world.passed);
    const waited = world.events.now() - since;
    if (waited > 0) world.waits.push(waited);
  };
  const lease = takeToken(isolate.leases, counter, clockOf(world));
  if (lease === 'wait') {
    counter.waiting++;
    const others = isolate.waiting.get(counter) ?? [];
    isolate.waiting.set(counter, others);
    others.push({ since, done });
  } else done(lease === 'pass');
  ask(world, isolate, counter);
}

function ask(world: World, isolate: Isolate, counter: LeaseCounter): void {
  const waits = (isolate.waiting.get(counter)?.length ?? 0) > 0;
  const message = nextAsk(isolate.leases, counter, clockOf(world), waits);
  if (message === null) return;
  call(world, isolate, [message], (answer) => {
    const grant = answer?.grants[0];
    if (grant === undefined) failAsk(counter, message, clockOf(world));
    else receiveGrant(counter, message, grant, clockOf(world));
    serve(world, isolate, counter);
    giveBackLater(world, isolate, counter);
  });
}

/** The companion acts half way through the round trip. */
function call(
  world: World,
  isolate: Isolate,
  asks: LeaseAsk[],
  done: (answer: LeaseAnswer | null) => void,
): void {
  const { scenario, events, network, companion } = world;
  const { roundTripMs = 25, fails } = scenario;
  const now = events.now();
  const { name, session } = isolate;
  const message = { isolate: name, session, sequence: ++isolate.sequence, asks };
  world.calls++;
  if (fails?.(now - START, network)) return events.at(now + TIMEOUT_MS, () => done(null));
  const took = roundTripMs * network.lognormal(0.3);
  events.at(now + took / 2, () => {
    const answer = answerLeases(companion, message, clockOf(world));
    events.at(now + took, () => {
      isolate.session = answer.session;
      isolate.link.isolates = answer.isolates;
      done(answer);
    });
  });
}

function serve(world: World, isolate: Isolate, counter: LeaseCounter): void {
  const waiting = isolate.waiting.get(counter) ?? [];
  while (waiting[0] !== undefined) {
    const tired = world.events.now() - waiting[0].since > 8 * TIMEOUT_MS;
    const taken = takeToken(isolate.leases, counter, clockOf(world));
    const lease = taken === 'wait' && tired ? takeAlone(isolate.leases, counter) : taken;
    if (lease === 'wait') break;
    waiting.shift()?.done(lease === 'pass');
  }
  ask(world, isolate, counter);
}

function giveBackLater(world: World, isolate: Isolate, counter: LeaseCounter): void {
  if (isolate.sweeping) return;
  isolate.sweeping = true;
  world.events.at(world.events.now() + Math.min(MOST_IDLE_MS, 2.2 * chunkMs(counter)), () => {
    isolate.sweeping = false;
    const asks = returnIdle(isolate.leases, isolate.link, clockOf(world));
    if (asks.length > 0) call(world, isolate, asks, () => undefined);
  });
}

function figuresOf({ scenario, asked, passed, waits, calls, requests }: World): Figures {
  let [ideal, over, under] = [0, 0, 0];
  for (const id of new Set([...asked.keys(), ...passed.keys()])) {
    const due = Math.min(scenario.limit, asked.get(id) ?? 0);
    const count = passed.get(id) ?? 0;
    ideal += due;
    over += Math.max(0, count - scenario.limit);
    under += Math.max(0, due - count);
  }
  waits.sort((a, b) => a - b);
  const quantile = (share: number): number =>
    waits[Math.floor(requests * share) - (requests - waits.length)] ?? 0;
  return {
    overPercent: (100 * over) / ideal,
    underPercent: (100 * under) / ideal,
    callsPerRequest: calls / requests,
    waitedPercent: (100 * waits.length) / requests,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}
