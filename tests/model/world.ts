/** Two origins, some requests, a clock, and the invariants that hold after every event. */
import type { Outcome } from '../../lib/balance/outlier-detection.ts';
import type { Origin, Pool, SideRequest } from '../../lib/balance/pool.ts';
import type { Attempt, Network, Race, Traits } from '../../lib/balance/race-record.ts';
import type { PoolSettings } from '../../lib/config/types.ts';
import { START, poolSettings } from '../support/pool-sim.ts';
import type { Engine } from './engine.ts';
import { ensure } from './explore.ts';

/** One of each kind: they differ in what may be sent again, and in what is at fault. */
export const OUTCOMES = ['ok', 'error', 'lost', 'unsent'] as const satisfies Outcome[];
const STATUS: Partial<Record<Outcome, number>> = { ok: 200, error: 500 };

export interface Request extends Traits {
  readonly at: number;
  readonly sent: Attempt[];
  readonly cancelled: Attempt[];
  readonly probes: { readonly request: SideRequest; readonly origin: Origin }[];
  sleepUntil: number;
  finished: boolean;
  answer: Attempt | null;
}

export interface World {
  readonly engine: Engine;
  readonly pool: Pool;
  readonly races: Race<Request>[];
  now: number;
}

export function createWorld(engine: Engine, overrides: Partial<PoolSettings>): World {
  const settings = poolSettings(2, { timeoutMs: 1500, totalTimeoutMs: 4000, ...overrides });
  const features = { policies: engine.POLICIES, sideRequests: [] };
  // Random numbers are 0.5: what they decide is covered by the order of events.
  return { engine, pool: engine.createPool(settings, () => 0.5, features), races: [], now: START };
}

const NETWORK: Network<Request> = {
  send({ traits }, attempt) {
    ensure(!traits.finished, 'a request was sent after the answer');
    ensure(
      traits.safe || traits.sent.every(({ outcome }) => outcome !== null),
      'an unsafe request is in flight twice',
    );
    const may = traits.sent.every(({ outcome }) => outcome === 'unsent' || traits.repeatable);
    ensure(may, 'a request that must not be repeated was sent again although it may have arrived');
    ensure(traits.replayable || traits.sent.length === 0, 'a body that cannot be replayed was sent twice');
    traits.sent.push(attempt);
  },
  cancel({ traits }, attempt) {
    ensure(!traits.cancelled.includes(attempt), 'an attempt was cancelled twice');
    traits.cancelled.push(attempt);
  },
  probe({ traits }, request) {
    ensure(!traits.finished, 'a probe was sent after the answer');
    for (const origin of request.origins) traits.probes.push({ request, origin });
  },
  sleep({ traits }, until) {
    traits.sleepUntil = until;
  },
  finish({ traits }, answer) {
    ensure(!traits.finished, 'a request was answered twice');
    traits.finished = true;
    traits.answer = answer;
    traits.sleepUntil = Infinity;
  },
};

export function begin(world: World, traits: Pick<Traits, 'safe' | 'repeatable' | 'replayable'>): void {
  const request: Request = {
    ...traits,
    faultUnclear: false,
    caller: () => 'the same',
    upload: null,
    hash: 0,
    at: world.now,
    sent: [],
    cancelled: [],
    probes: [],
    sleepUntil: Infinity,
    finished: false,
    answer: null,
  };
  const { engine, pool, races, now } = world;
  guarded(world, () => void races.push(engine.beginRace(pool, request, NETWORK, now)));
}

/** An outcome after 10 ms, or just before the next timer, whose expiry is another event. */
export function report(world: World, race: Race<Request>, attempt: Attempt, outcome: Outcome): void {
  world.now = Math.min(world.now + 10, Math.max(world.now, nextTimer(world) - 1));
  guarded(world, () => world.engine.settled(race, attempt, outcome, STATUS[outcome] ?? 0, world.now));
}

export function reportProbe(world: World, race: Race<Request>, index: number, good: boolean): void {
  const [{ request, origin }] = race.traits.probes.splice(index, 1) as [Request['probes'][number]];
  world.now = Math.min(world.now + 10, Math.max(world.now, nextTimer(world) - 1));
  const result = { good, elapsedMs: 10, reading: undefined };
  guarded(world, () => world.engine.probed(race, request, origin, result, world.now));
}

export const nextTimer = ({ races }: World): number =>
  Math.min(Infinity, ...races.map(({ traits }) => traits.sleepUntil));

/** Advances the clock; timers that become due fire in order. */
export function pass(world: World, until: number): void {
  for (;;) {
    const race = world.races.find(({ traits }) => traits.sleepUntil === nextTimer(world));
    if (race === undefined || race.traits.sleepUntil > until) break;
    world.now = Math.max(world.now, race.traits.sleepUntil);
    race.traits.sleepUntil = Infinity;
    guarded(world, () => world.engine.woken(race, world.now));
  }
  world.now = Math.max(world.now, until);
}

export const waiting = (race: Race<Request>): Attempt[] =>
  race.traits.sent.filter(({ outcome }) => outcome === null);

/** Runs `act`; an ejection must be justified, and the invariants must hold afterwards. */
function guarded(world: World, act: () => void): void {
  const { origins } = world.pool;
  const before = origins.map(({ ejectedUntil }) => ejectedUntil);
  const finishedBefore = new Set(world.races.filter(({ traits }) => traits.finished));
  act();
  origins.forEach((origin, i) => {
    if (before[i] === 0 && origin.ejectedUntil > 0)
      ensure(
        isJustified(world, origin, finishedBefore),
        'an origin was ejected for what may be the request’s fault',
      );
  });
  checkInvariants(world);
}

/** Its probe failed, a request to it was never sent, or one that it failed succeeded at the other origin. */
function isJustified({ races }: World, origin: Origin, finishedBefore: ReadonlySet<Race<Request>>): boolean {
  if (origin.lastFailure === 'probe') return true;
  return races.some((race) => {
    if (finishedBefore.has(race) || !race.traits.finished) return false;
    const { answer, sent } = race.traits;
    const there = sent.filter((attempt) => attempt.origin === origin);
    const elsewhere = answer?.outcome === 'ok' && answer.origin !== origin;
    return there.some(({ outcome }) => outcome === 'unsent' || (elsewhere && outcome !== 'ok'));
  });
}

function checkInvariants({ pool, races, now }: World): void {
  const { hedgeBudget, retryBudget, origins, settings } = pool;
  ensure(hedgeBudget.tokens >= 0 && retryBudget.tokens >= 0, 'a budget is negative');
  for (const origin of origins) {
    const open = races.flatMap(waiting).filter((attempt) => attempt.origin === origin).length;
    ensure(origin.pending.length === open, `${origin.pending.length} in flight, ${open} of them open`);
    ensure(origin.strikes >= 0 && origin.level >= 0 && origin.latency >= 0, 'a figure is negative');
  }
  for (const race of races) {
    const { finished, sleepUntil, at, answer, sent, cancelled } = race.traits;
    ensure(race.waiting === waiting(race).length, 'attempts are counted wrongly');
    if (!finished) {
      const isInTime = sleepUntil >= now && sleepUntil <= at + settings.totalTimeoutMs;
      ensure(isInTime, 'a waiting request has no timer, or a late one');
      continue;
    }
    ensure(waiting(race).length === 0, 'an attempt is still open after the answer');
    ensure(answer === null || !cancelled.includes(answer), 'the answer was cancelled');
    const good = sent.some(({ outcome }) => outcome === 'ok');
    ensure(!good || answer?.outcome === 'ok', 'the caller did not get the good answer');
    const unanswered = sent.every(({ status }) => status === 0);
    ensure(answer !== null || unanswered, 'the caller got no answer although there is one');
    for (const one of sent)
      if (one !== answer && (one.status > 0 || one.outcome === 'superseded' || one.outcome === 'timeout'))
        ensure(cancelled.includes(one), 'a loser was not cancelled');
  }
}
