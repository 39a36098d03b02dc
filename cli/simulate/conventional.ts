/**
 * Conventional proxies: two random choices by requests in flight or peak latency, a retry with a budget, ejection after
 * consecutive failures, a hedge after a percentile. One composable policy with the documented defaults of Envoy,
 * Linkerd and Finagle.
 */
import { learn, newOrigin, note, overtaken, readmit, scoreOf } from './conventional-origin.ts';
import type { Options } from './conventional-origin.ts';
import { GIVE_UP_MS, type Answer, type PolicyMaker, type Sent, type Visit, type World } from './world.ts';

/** What an isolate knows. */
const newMemory = (world: World, { hedge }: Options) => ({
  origins: Array.from({ length: world.origins }, () => newOrigin(world.now())),
  hedges: hedge ? 1 : 10,
  retries: 3,
});
/** One visit's attempts. */
interface Race {
  readonly world: World;
  readonly options: Options;
  readonly visit: Visit;
  readonly memory: ReturnType<typeof newMemory>;
  readonly tried: Set<number>;
  waiting: number;
  over: boolean;
  panic: boolean;
  retest: number;
}

export const conventional =
  (options: Options): PolicyMaker =>
  (world) =>
  () => {
    const memory = newMemory(world, options);
    return (visit) => {
      memory.hedges = Math.min(10, memory.hedges + 0.1);
      memory.retries = Math.min(20, memory.retries + 0.2);
      const fresh = { tried: new Set<number>(), waiting: 0, over: false, panic: false, retest: -1 };
      const race: Race = { world, options, visit, memory, ...fresh };
      const first = takeReturning(race) ?? pick(race);
      launch(race, first, false);
      if (options.hedge !== undefined && visit.safe) armHedge(race, first, options.hedge);
    };
  };

/** An ejected origin whose time is over: it returns at once, or after a retest. */
function takeReturning(race: Race): number | null {
  const { world, options, memory, visit } = race;
  if (!options.eject) return null;
  for (const [i, origin] of memory.origins.entries()) {
    if (!origin.out || world.now() < origin.outUntil) continue;
    if (!options.eject.retest) readmit(world, origin);
    else if (world.now() - origin.retestedAt >= 5000 && visit.safe && options.retry) {
      origin.retestedAt = world.now();
      return (race.retest = i);
    }
  }
  return null;
}

/** -1 if all have been tried. */
function pick(race: Race): number {
  const { world, options, memory, tried } = race;
  const { origins } = memory;
  const { panic = 1 } = options.eject ?? {};
  const untried = [...origins.keys()].filter((i) => !tried.has(i));
  let candidates = untried.filter((i) => !origins[i]!.out);
  const out = origins.filter((origin) => origin.out).length;
  if (options.eject && out > 0 && (candidates.length === 0 || (panic < 1 && out / origins.length > panic))) {
    candidates = untried;
    race.panic = true;
    if (panic === 1 && untried.length > 0) return untried[Math.floor(world.random() * untried.length)]!;
  }
  if (candidates.length < 2) return candidates[0] ?? -1;
  const a = Math.floor(world.random() * candidates.length);
  const b = (a + 1 + Math.floor(world.random() * (candidates.length - 1))) % candidates.length;
  const [one, other] = [candidates[a]!, candidates[b]!];
  const score = (i: number): number => scoreOf(world, options, origins[i]!);
  return score(one) <= score(other) ? one : other;
}

function launch(race: Race, index: number, isHedge: boolean): void {
  const { world, options, visit, memory } = race;
  const origin = memory.origins[index]!;
  const startedAt = world.now();
  race.tried.add(index);
  race.waiting++;
  origin.pending.push(startedAt);
  const left = Math.max(50, GIVE_UP_MS - (startedAt - visit.startedAt));
  const timeout = Math.min(visit.safe && options.retry ? 5000 : GIVE_UP_MS, left);
  world.send(visit, index, false, timeout, (answer, ms, sent) => {
    origin.pending.splice(origin.pending.indexOf(startedAt), 1);
    race.waiting--;
    learn(world, options, origin, ms, answer.ok);
    note(world, options, origin, race.retest === index || race.panic, answer);
    if (!race.over) conclude(race, answer, sent, isHedge);
  });
}

function conclude(race: Race, answer: Answer, sent: Sent, isHedge: boolean): void {
  const { world, options, visit, memory, tried } = race;
  if (answer.ok) {
    for (const other of tried)
      if (other !== sent.origin) overtaken(world, memory.origins[other]!, sent.startedAt);
  } else {
    if (race.waiting > 0) return;
    const mayRepeat = visit.safe || answer.failure === 'refused';
    const retries = options.retry && tried.size <= (isHedge ? 2 : 1) && mayRepeat && memory.retries >= 1;
    const next = retries ? pick(race) : -1;
    if (next >= 0) {
      memory.retries--;
      return launch(race, next, false);
    }
  }
  race.over = true;
  world.answer(visit, answer.ok, sent);
}

function armHedge(race: Race, first: number, deviations: number): void {
  const { world, visit, memory, tried } = race;
  const { samples, mean, deviation } = memory.origins[first]!;
  const delay = samples < 2 ? 300 : Math.min(2000, Math.max(10, mean + deviations * deviation));
  world.after(delay, () => {
    const isPending = !race.over && !visit.done && tried.size === 1 && race.waiting > 0;
    const next = isPending && memory.hedges >= 1 ? pick(race) : -1;
    if (next < 0) return;
    memory.hedges--;
    launch(race, next, true);
  });
}
