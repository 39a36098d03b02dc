/**
 * The whole run: isolates that start, serve and are evicted, callers arriving as a Poisson process, scheduled faults.
 * Policies with the same scenario and seed see the same traffic.
 */
import { rollDice } from './dice.ts';
import { createEvents, type Events } from './events.ts';
import { emptyTally, summarise, type Summary, type Tally } from './figures.ts';
import { createNetwork, release, sendOver, type Network } from './network.ts';
import { averageLoad, requestsWithin, setFault } from './origin.ts';
import {
  GIVE_UP_MS,
  type Fault,
  type Isolate,
  type Policy,
  type PolicyMaker,
  type Scenario,
  type Visit,
  type World,
} from './world.ts';

interface Run {
  readonly scenario: Scenario;
  readonly events: Events;
  readonly tally: Tally;
  readonly policy: Policy;
  readonly visits: Visit[];
}

export function simulate(scenario: Scenario, makePolicy: PolicyMaker, seed: number): Summary {
  const events = createEvents();
  const tally = emptyTally();
  const network = createNetwork(scenario, seed, events);
  const world = createWorld(scenario, seed, network, tally);
  const run: Run = { scenario, events, tally, policy: makePolicy(world), visits: [] };
  const isolates = createIsolates(scenario, seed);
  for (const fault of scenario.faults ?? []) planFault(network, isolates, fault);
  for (const isolate of isolates) events.at(untilNext(run, isolate), () => arrive(run, isolate));
  repeat(run, 100, () => noteImbalance(run, network));
  repeat(run, 5000, () => network.origins.forEach((origin) => averageLoad(origin, 5)));
  events.run(scenario.durationMs + GIVE_UP_MS + 2000);
  for (const visit of run.visits) world.answer(visit, false, null);
  tally.work = network.origins.reduce((sum, origin) => sum + origin.work, 0);
  return summarise(scenario, tally);
}

/** A policy's interface to the simulation. */
function createWorld(scenario: Scenario, seed: number, network: Network, tally: Tally): World {
  const { events, distances } = network;
  return {
    now: events.now,
    origins: scenario.origins,
    leaks: scenario.leaks ?? false,
    random: rollDice(seed, 3).unit,
    distance: (place, origin) => distances[place]![origin]!,
    after: (ms, callback) => events.at(events.now() + ms, callback),
    send(visit, origin, probe, timeoutMs, callback) {
      tally.subrequests++;
      if (!probe && !visit.chosen) {
        visit.chosen = true;
        tally.choices.push({ at: visit.startedAt, origin });
      }
      const heard: typeof callback = (...answer) => void (visit.hungUp || callback(...answer));
      return sendOver(network, visit, origin, probe, timeoutMs, scenario.leaks ? heard : callback);
    },
    cancel: (sent) => void (sent.done || release(sent)),
    answer(visit, ok, by) {
      if (visit.done) return;
      visit.done = true;
      const ms = events.now() - visit.startedAt;
      const inTime = ok && ms <= GIVE_UP_MS;
      if (visit.startedAt >= scenario.warmupMs) tally.answers.push({ at: visit.startedAt, ms, ok: inTime });
      if (inTime && by !== null) tally.useful += by.work;
    },
  };
}

function createIsolates(scenario: Scenario, seed: number): Isolate[] {
  const rates = scenario.isolates.flatMap(({ count, perSecond }) =>
    Array.from({ length: count }, () => perSecond / 1000),
  );
  return rates.map((perMs, i) => ({
    place: i % scenario.places,
    perMs,
    dice: rollDice(seed, 100, i),
    connections: Array.from({ length: scenario.origins }, () => []),
    handle: () => undefined,
    diesAt: 0,
  }));
}

/** Arrivals are drawn at the rate of the highest surge; outside of it most of them are skipped. */
function untilNext({ scenario }: Run, { dice, perMs }: Isolate): number {
  return dice.exponential(1 / (perMs * (scenario.surge?.factor ?? 1)));
}

function arrive(run: Run, isolate: Isolate): void {
  const { scenario, events, tally, policy } = run;
  const { dice } = isolate;
  const now = events.now();
  events.at(now + untilNext(run, isolate), () => arrive(run, isolate));
  const { surge } = scenario;
  const factor = surge && now > surge.from && now < surge.to ? surge.factor : 1;
  if (surge && surge.factor > 1 && dice.unit() > factor / surge.factor) return;
  if (now > isolate.diesAt) {
    isolate.handle = policy(isolate);
    isolate.diesAt = now + dice.exponential(scenario.lifeMs);
    for (const pool of isolate.connections) pool.length = 0;
  }
  const { hangsUp, ...wants } = drawVisit(scenario, isolate);
  if (now >= scenario.durationMs) return;
  const fresh = { done: false, hungUp: false, waiting: 0, queue: [], chosen: false };
  const visit: Visit = { id: tally.visits++, startedAt: now, isolate, ...wants, ...fresh };
  run.visits.push(visit);
  if (hangsUp < Infinity)
    events.at(now + hangsUp, () => void (visit.done || (visit.done = visit.hungUp = true)));
  isolate.handle(visit);
}

/** The properties of a request, and after how many ms its caller disconnects. */
function drawVisit({ long, safe, poison, hangUp }: Scenario, { dice }: Isolate) {
  let size = dice.lognormal(0.5);
  if (long && dice.unit() < long.share) size *= long.factor;
  return {
    size,
    safe: dice.unit() < (safe ?? 0.8),
    poisoned: poison !== undefined && dice.unit() < poison,
    hangsUp: hangUp !== undefined && dice.unit() < hangUp ? dice.exponential(40) : Infinity,
  };
}

function planFault({ events, origins, detours }: Network, isolates: readonly Isolate[], fault: Fault): void {
  const set = (begins: boolean): void => {
    if (fault.kind === 'detour') {
      const ms = begins ? fault.ms : 0;
      detours.forEach((row, place) => void (place % fault.every === 0 && (row[fault.origin] = ms)));
    } else setFault(origins[fault.origin]!, fault, begins);
    if (begins && fault.kind === 'down')
      for (const isolate of isolates) isolate.connections[fault.origin]!.length = 0;
  };
  events.at(fault.from, () => set(true));
  events.at(fault.to, () => set(false));
}

function noteImbalance({ scenario, events, tally }: Run, { origins }: Network): void {
  const up = origins
    .filter(({ down, hole }) => !down && !hole)
    .map((origin) => requestsWithin(origin) / scenario.servers);
  if (up.length > 0 && events.now() >= scenario.warmupMs)
    tally.imbalance.push(Math.max(...up) - up.reduce((a, b) => a + b, 0) / up.length);
}

function repeat({ scenario, events }: Run, ms: number, callback: () => void): void {
  const tick = (): void => {
    callback();
    if (events.now() < scenario.durationMs) events.at(events.now() + ms, tick);
  };
  events.at(0, tick);
}
