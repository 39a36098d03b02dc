/**
 * Policies for comparison with little or no state: random, round robin, races of probes, load queries, Prequal.
 */
import { GIVE_UP_MS, type Answer, type PolicyMaker, type Visit, type World } from './world.ts';

const indexes = (world: World): number[] => Array.from({ length: world.origins }, (_, i) => i);
const anyOf = (world: World): number => Math.floor(world.random() * world.origins);
function shuffled(world: World): number[] {
  const list = indexes(world);
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(world.random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}

/** One attempt, whatever its outcome. */
function sendOnce(world: World, visit: Visit, origin: number, after?: (answer: Answer) => void): void {
  world.send(visit, origin, false, GIVE_UP_MS, (answer, _ms, sent) => {
    after?.(answer);
    world.answer(visit, answer.ok, sent);
  });
}

/** Probes all origins; `then` gets the first good one, or -1. */
function raceProbes(
  world: World,
  visit: Visit,
  isGood: (answer: Answer) => boolean,
  then: (origin: number) => void,
): void {
  let left = world.origins;
  let over = false;
  for (const origin of indexes(world))
    world.send(visit, origin, true, GIVE_UP_MS, (answer) => {
      left--;
      const good = isGood(answer);
      if (over || (!good && left > 0)) return;
      over = true;
      then(good ? origin : -1);
    });
}

export const random: PolicyMaker = (world) => () => (visit) => sendOnce(world, visit, anyOf(world));

export const roundRobin: PolicyMaker = (world) => () => {
  let turn = anyOf(world);
  return (visit) => sendOnce(world, visit, (turn = (turn + 1) % world.origins));
};

/**
 * Probe all, the first response wins, ask the winner for its version, forward. `anyAnswer`: a 521 counts as a response,
 * as in a bare Promise.any.
 */
export const tutorial =
  (anyAnswer: boolean): PolicyMaker =>
  (world) =>
  () =>
  (visit) => {
    const isGood = (answer: Answer): boolean =>
      answer.ok || (anyAnswer && (answer.failure === 'refused' || answer.status > 0));
    raceProbes(world, visit, isGood, (origin) => {
      if (origin < 0) return world.answer(visit, false, null);
      world.send(visit, origin, true, GIVE_UP_MS, () => sendOnce(world, visit, origin));
    });
  };

/** The race's winner is used for ten seconds; `behind`: the next race runs in the background. */
export const cachedRace =
  (behind: boolean): PolicyMaker =>
  (world) =>
  () => {
    let winner = -1;
    let since = -Infinity;
    let racedAt = -Infinity;
    return (visit) => {
      const isGood = (answer: Answer): boolean => answer.ok;
      const forward = (origin: number): void => {
        if (origin < 0) return world.answer(visit, false, null);
        sendOnce(world, visit, origin, ({ ok }) => {
          if (!ok && winner === origin) winner = -1;
        });
      };
      const race = (then: (origin: number) => void): void =>
        raceProbes(world, visit, isGood, (origin) => {
          if (origin >= 0) [winner, since] = [origin, world.now()];
          then(origin);
        });
      const fresh = world.now() - since < 10_000;
      if (winner >= 0 && (fresh || behind)) forward(winner);
      else return race(forward);
      if (fresh || world.now() - racedAt <= 2000) return;
      racedAt = world.now();
      race(() => undefined);
    };
  };

/**
 * Asks every origin for its load and uses the least loaded: by its one-minute load average, or by its current number of
 * requests.
 */
export const askLoad =
  (of: 'average' | 'within'): PolicyMaker =>
  (world) =>
  () =>
  (visit) => {
    let left = world.origins;
    let best = -1;
    let least = Infinity;
    for (const origin of indexes(world))
      world.send(visit, origin, true, 1000, (answer) => {
        const load = answer.ok ? answer[of]! + 1e-6 * world.random() : Infinity;
        if (load < least) [least, best] = [load, origin];
        if (--left > 0) return;
        if (best < 0) world.answer(visit, false, null);
        else sendOnce(world, visit, best);
      });
  };

/** Sends every safe request to two origins at once. */
export const twice: PolicyMaker = (world) => () => (visit) => {
  const targets = shuffled(world).slice(0, visit.safe ? 2 : 1);
  let left = targets.length;
  for (const origin of targets)
    world.send(visit, origin, false, GIVE_UP_MS, (answer, _ms, sent) => {
      left--;
      if (answer.ok || left === 0) world.answer(visit, answer.ok, sent);
    });
};

interface Reading {
  readonly origin: number;
  within: number;
  readonly stayMs: number;
  readonly at: number;
  uses: number;
}
/** The readings of an isolate's probes. */
const newReadings = () => ({ pool: [] as Reading[], seen: [] as number[], owed: 0, oldest: false });

/** Prequal (NSDI '24): background probes fill a pool; hot or cold by requests in flight, among the cold the fastest. */
export const prequal =
  (perRequest: number, ageMs: number, reuse: number): PolicyMaker =>
  (world) =>
  () => {
    const state = newReadings();
    return (visit) => {
      state.pool = state.pool.filter((reading) => world.now() - reading.at <= ageMs && reading.uses > 0);
      sendOnce(world, visit, state.pool.length < 2 ? anyOf(world) : takeBest(state, world.origins));
      state.owed += perRequest;
      const count = Math.floor(state.owed);
      state.owed -= count;
      for (const origin of shuffled(world).slice(0, count))
        world.send(visit, origin, true, 1000, (answer, ms) => {
          if (!answer.ok)
            return void (state.pool = state.pool.filter((reading) => reading.origin !== origin));
          state.seen.push(answer.within!);
          if (state.seen.length > 64) state.seen.shift();
          state.pool.push({
            origin,
            within: answer.within!,
            stayMs: answer.stayMs! + ms,
            at: world.now(),
            uses: reuse,
          });
          if (state.pool.length > 16) state.pool.shift();
        });
    };
  };
function takeBest(state: ReturnType<typeof newReadings>, origins: number): number {
  const sorted = state.seen.toSorted((a, b) => a - b);
  const hot = sorted[Math.min(sorted.length - 1, Math.floor(0.84 * sorted.length))] ?? Infinity;
  const cold = state.pool.filter((reading) => reading.within <= hot);
  const least = (list: Reading[], key: 'stayMs' | 'within' | 'at'): Reading =>
    list.reduce((a, b) => (b[key] < a[key] ? b : a));
  const best = cold.length > 0 ? least(cold, 'stayMs') : least(state.pool, 'within');
  best.uses--;
  best.within++;
  state.oldest = !state.oldest;
  if (state.pool.length > origins) {
    const worst = state.oldest
      ? least(state.pool, 'at')
      : state.pool.reduce((a, b) => (b.stayMs > a.stayMs ? b : a));
    state.pool.splice(state.pool.indexOf(worst), 1);
  }
  return best.origin;
}
