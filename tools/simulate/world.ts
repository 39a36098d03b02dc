/**
 * The world around a balancer: points of presence at their own distances from the origins, origins with a few servers and
 * a bounded queue, isolates that live for a while and forget everything when they die. Virtual milliseconds, seeded.
 *
 * What it models: round trips of 8 to 200 ms with jitter; two more round trips on a new connection, kept for a minute of
 * idleness; service times by size of request (shared by its copies) and noise of the attempt (lognormal with hiccups, or
 * Pareto); probes that cost 2 ms of a server; cancelled requests that still cost the origin their work; six connections
 * per request that may wait for headers; a caller who gives up after 10 s; one answer in 2000 a 500 by itself.
 * What it leaves out: bodies, bursts, HTTP/2, CPU limits, connections shared between isolates.
 */
import { createEvents } from './events.ts';
import { rollDice, type Dice } from './dice.ts';
import { createSimulatedOrigin, type SimulatedOrigin } from './origin.ts';
import { emptyTally, summarise, type Summary, type Tally } from './figures.ts';

import { PATIENCE_MS } from './patience.ts';
const KEEP_ALIVE_MS = 60_000;
const CONNECTIONS = 6;

export type Fault = { readonly origin: number; readonly from: number; readonly to: number } & (
  | { readonly kind: 'down'; readonly warmFactor?: number; readonly warmMs?: number }
  | { readonly kind: 'hole' }
  | { readonly kind: 'slow'; readonly factor: number }
  | { readonly kind: 'errors'; readonly share: number }
  | { readonly kind: 'capacity'; readonly factor: number }
  /** Every `every`-th point of presence is `ms` further away. */
  | { readonly kind: 'detour'; readonly every: number; readonly ms: number }
);

export interface Scenario {
  readonly origins: number;
  /** Near and far, or all in one place. */
  readonly uniform?: boolean;
  readonly isolates: readonly { readonly count: number; readonly perSecond: number }[];
  readonly servers: number;
  readonly serviceMs: number;
  readonly queue?: number;
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly lifeMs: number;
  readonly places: number;
  /** For the times of diverting and returning. */
  readonly windowMs: number;
  readonly beforeMs: number;
  readonly pareto?: boolean;
  /** Share of requests that may be repeated; default 0.8. */
  readonly safe?: number;
  readonly long?: { readonly share: number; readonly factor: number };
  readonly poison?: number;
  readonly hangUp?: number;
  readonly surge?: { readonly from: number; readonly to: number; readonly factor: number };
  readonly faults?: readonly Fault[];
  readonly watch?: { readonly origin: number; readonly from: number; readonly to: number };
}

export interface Answer {
  readonly ok: boolean;
  /** 0 where no HTTP answer came. */
  readonly status: number;
  readonly failure?: 'refused' | 'reset' | 'timeout';
  /** What the origin says of itself: busy per server, requests within, usual stay in ms, minute's average per server. */
  readonly busy?: number;
  readonly within?: number;
  readonly stayMs?: number;
  readonly average?: number;
}

export interface Isolate {
  readonly place: number;
  readonly perMs: number;
  readonly dice: Dice;
  readonly connections: number[][];
  memory: unknown;
  diesAt: number;
}

/** One caller's request. */
export interface Visit {
  readonly id: number;
  readonly startedAt: number;
  readonly isolate: Isolate;
  readonly safe: boolean;
  readonly size: number;
  readonly poisoned: boolean;
  done: boolean;
  hungUp: boolean;
  waiting: number;
  readonly queue: (() => void)[];
  chosen: boolean;
}

/** One subrequest. */
export interface Sent {
  readonly visit: Visit;
  readonly origin: number;
  readonly probe: boolean;
  readonly startedAt: number;
  readonly callback: (answer: Answer, elapsedMs: number, sent: Sent) => void;
  done: boolean;
  rtt: number;
  work: number;
  queuedAt: number;
}

export interface World {
  readonly now: () => number;
  readonly origins: number;
  readonly random: () => number;
  readonly distance: (place: number, origin: number) => number;
  readonly after: (ms: number, callback: () => void) => void;
  readonly send: (
    visit: Visit,
    origin: number,
    probe: boolean,
    timeoutMs: number,
    callback: Sent['callback'],
  ) => Sent;
  readonly cancel: (sent: Sent) => void;
  readonly answer: (visit: Visit, ok: boolean, by: Sent | null) => void;
  /** The first origin that a visit's request is sent to. */
  readonly choose: (visit: Visit, origin: number) => void;
}

export interface Policy {
  /** A new isolate's memory. */
  readonly remember: (isolate: Isolate) => unknown;
  readonly handle: (visit: Visit, memory: unknown) => void;
}
export type PolicyMaker = (world: World) => Policy;

/** The whole run: every policy that gets the same scenario and seed meets the same traffic. */
export function simulate(scenario: Scenario, makePolicy: PolicyMaker, seed: number): Summary {
  const events = createEvents();
  const network = rollDice(seed, 2);
  const choices = rollDice(seed, 3);
  const tally: Tally = emptyTally();
  const distances = placeOrigins(scenario, seed);
  const detours = distances.map((row) => row.map(() => 0));
  const origins: SimulatedOrigin[] = [];
  const visits: Visit[] = [];
  const after = (ms: number, callback: () => void): void => events.at(events.now() + ms, callback);

  function finish(sent: Sent, answer: Answer): void {
    if (sent.done) return;
    release(sent);
    if (answer.status > 0) sent.visit.isolate.connections[sent.origin]!.push(events.now() + KEEP_ALIVE_MS);
    sent.callback(answer, events.now() - sent.startedAt, sent);
  }
  function release(sent: Sent): void {
    sent.done = true;
    sent.visit.waiting--;
    if (sent.visit.waiting < CONNECTIONS) sent.visit.queue.shift()?.();
  }
  const reply = (sent: Sent, answer: Answer, delayMs = 0): void =>
    after(delayMs + sent.rtt / 2, () => finish(sent, answer));
  for (let i = 0; i < scenario.origins; i++)
    origins.push(createSimulatedOrigin({ events, scenario, dice: rollDice(seed, 77, i), reply }));

  function connect(sent: Sent, timeoutMs: number): void {
    const { visit } = sent;
    const pool = visit.isolate.connections[sent.origin]!;
    visit.waiting++;
    const far = distances[visit.isolate.place]![sent.origin]! + detours[visit.isolate.place]![sent.origin]!;
    sent.rtt = far * network.lognormal(0.08);
    let handshake = 2 * sent.rtt;
    while (pool.length > 0) if (pool.pop()! > events.now()) { handshake = 0; break; } // prettier-ignore
    const origin = origins[sent.origin]!;
    after(sent.rtt / 2, () => {
      if (handshake === 0) return origin.arrive(sent);
      if (sent.done) return;
      if (origin.refuses()) return reply(sent, { ok: false, status: 0, failure: 'refused' });
      after(handshake, () => origin.arrive(sent));
    });
    // Nobody waits for a probe any longer than that, nor learns from its end.
    if (timeoutMs < PATIENCE_MS || (!sent.probe && timeoutMs < Infinity))
      after(timeoutMs, () => finish(sent, { ok: false, status: 0, failure: 'timeout' }));
  }
  const world: World = {
    now: events.now,
    origins: scenario.origins,
    random: choices.unit,
    distance: (place, origin) => distances[place]![origin]!,
    after,
    send(visit, origin, probe, timeoutMs, callback) {
      const sent: Sent = {
        visit,
        origin,
        probe,
        startedAt: events.now(),
        callback,
        done: false,
        rtt: 0,
        work: 0,
        queuedAt: 0,
      };
      tally.subrequests++;
      if (visit.waiting >= CONNECTIONS) visit.queue.push(() => connect(sent, timeoutMs));
      else connect(sent, timeoutMs);
      return sent;
    },
    cancel: (sent) => void (sent.done || release(sent)),
    answer(visit, ok, by) {
      if (visit.done) return;
      visit.done = true;
      const ms = events.now() - visit.startedAt;
      const inTime = ok && ms <= PATIENCE_MS;
      if (visit.startedAt >= scenario.warmupMs)
        tally.answers.push({ at: visit.startedAt, ms, ok: inTime, safe: visit.safe });
      if (inTime && by !== null) tally.useful += by.work;
    },
    choose(visit, origin) {
      if (visit.chosen) return;
      visit.chosen = true;
      tally.choices.push({ at: visit.startedAt, origin });
    },
  };

  const policy = makePolicy(world);
  const isolates: Isolate[] = [];
  for (const { count, perSecond } of scenario.isolates)
    for (let i = 0; i < count; i++)
      isolates.push({
        place: isolates.length % scenario.places,
        perMs: perSecond / 1000,
        dice: rollDice(seed, 100, isolates.length),
        connections: Array.from({ length: scenario.origins }, () => []),
        memory: null,
        diesAt: 0,
      });
  const most = scenario.surge?.factor ?? 1;
  function arrive(isolate: Isolate): void {
    const { dice } = isolate;
    const now = events.now();
    after(dice.exponential(1 / (isolate.perMs * most)), () => arrive(isolate));
    const { surge } = scenario;
    const factor = surge && now > surge.from && now < surge.to ? surge.factor : 1;
    if (most > 1 && dice.unit() > factor / most) return;
    if (now > isolate.diesAt) {
      isolate.memory = policy.remember(isolate);
      isolate.diesAt = now + dice.exponential(scenario.lifeMs);
      for (const pool of isolate.connections) pool.length = 0;
    }
    let size = dice.lognormal(0.5);
    if (scenario.long && dice.unit() < scenario.long.share) size *= scenario.long.factor;
    const safe = dice.unit() < (scenario.safe ?? 0.8);
    const poisoned = scenario.poison !== undefined && dice.unit() < scenario.poison;
    const hangsUp =
      scenario.hangUp !== undefined && dice.unit() < scenario.hangUp ? dice.exponential(40) : Infinity;
    if (now >= scenario.durationMs) return;
    const visit: Visit = {
      id: tally.visits++,
      startedAt: now,
      isolate,
      safe,
      size,
      poisoned,
      done: false,
      hungUp: false,
      waiting: 0,
      queue: [],
      chosen: false,
    };
    visits.push(visit);
    if (hangsUp < Infinity) after(hangsUp, () => void (visit.done || (visit.done = visit.hungUp = true)));
    policy.handle(visit, isolate.memory);
  }

  for (const fault of scenario.faults ?? []) {
    const origin = origins[fault.origin]!;
    const far = (ms: number): void =>
      detours.forEach(
        (row, place) =>
          void (fault.kind === 'detour' && place % fault.every === 0 && (row[fault.origin] = ms)),
      );
    events.at(fault.from, () => {
      if (fault.kind === 'detour') far(fault.ms);
      else origin.breaks(fault);
      if (fault.kind === 'down')
        for (const isolate of isolates) isolate.connections[fault.origin]!.length = 0;
    });
    events.at(fault.to, () => (fault.kind === 'detour' ? far(0) : origin.heals(fault)));
  }
  for (const isolate of isolates)
    events.at(isolate.dice.exponential(1 / (isolate.perMs * most)), () => arrive(isolate));
  every(100, () => {
    const up = origins
      .filter((origin) => !origin.isOut())
      .map((origin) => origin.within() / scenario.servers);
    if (up.length > 0 && events.now() >= scenario.warmupMs)
      tally.imbalance.push(Math.max(...up) - up.reduce((a, b) => a + b, 0) / up.length);
  });
  every(5000, () => origins.forEach((origin) => origin.average(5)));
  function every(ms: number, callback: () => void): void {
    const tick = (): void => {
      callback();
      if (events.now() < scenario.durationMs) after(ms, tick);
    };
    events.at(0, tick);
  }
  events.run(scenario.durationMs + PATIENCE_MS + 2000);
  for (const visit of visits) world.answer(visit, false, null);
  tally.work = origins.reduce((sum, origin) => sum + origin.work(), 0);
  return summarise(scenario, tally);
}

/** Points of presence at random places of a unit square, origins at fixed ones: 8 ms and 170 ms for each unit of distance. */
function placeOrigins(scenario: Scenario, seed: number): number[][] {
  const dice = rollDice(seed, 9);
  const spots = [[0.15, 0.35], [0.5, 0.3], [0.85, 0.6], [0.3, 0.8], [0.7, 0.15], [0.1, 0.9], [0.95, 0.1], [0.6, 0.85]] as const; // prettier-ignore
  return Array.from({ length: scenario.places }, () => {
    const [x, y] = [dice.unit(), dice.unit()];
    return Array.from({ length: scenario.origins }, (_, i) =>
      scenario.uniform ? 20 + 6 * dice.unit() : 8 + 170 * Math.hypot(x - spots[i]![0], y - spots[i]![1]),
    );
  });
}
