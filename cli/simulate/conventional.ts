/**
 * Conventional proxies: two random choices by requests in flight or peak latency, a retry with a budget, ejection after
 * consecutive failures, a hedge after a percentile. One composable policy with the documented defaults of Envoy,
 * Linkerd and Finagle.
 */
import { learn, newOrigin, note, overtaken, readmit, scoreOf } from './conventional-origin.ts';
import type { Options, Origin } from './conventional-origin.ts';
import { PATIENCE_MS, type Answer, type PolicyMaker, type Sent, type Visit, type World } from './world.ts';

interface Memory {
  readonly origins: Origin[];
  copies: number;
  retries: number;
}
interface Errand {
  readonly visit: Visit;
  readonly memory: Memory;
  readonly tried: Set<number>;
  waiting: number;
  over: boolean;
  panic: boolean;
  trial: number;
}

export const conventional =
  (options: Options): PolicyMaker =>
  (world) => {
    return {
      remember: (): Memory => ({
        origins: Array.from({ length: world.origins }, () => newOrigin(world.now())),
        copies: options.hedge ? 1 : 10,
        retries: 3,
      }),
      handle(visit, memory) {
        const errand: Errand = {
          visit,
          memory: memory as Memory,
          tried: new Set(),
          waiting: 0,
          over: false,
          panic: false,
          trial: -1,
        };
        errand.memory.copies = Math.min(10, errand.memory.copies + 0.1);
        errand.memory.retries = Math.min(20, errand.memory.retries + 0.2);
        const first = takeReturning(world, options, errand) ?? pick(world, options, errand);
        world.choose(visit, first);
        launch(world, options, errand, first, false);
        if (options.hedge !== undefined && visit.safe) armHedge(world, options, errand, first);
      },
    };
  };

function takeReturning(world: World, { eject, retry }: Options, errand: Errand): number | null {
  if (!eject) return null;
  for (const [i, origin] of errand.memory.origins.entries()) {
    if (!origin.out || world.now() < origin.outUntil) continue;
    if (!eject.trial) readmit(world, origin);
    else if (world.now() - origin.trialAt >= 5000 && errand.visit.safe && retry) {
      origin.trialAt = world.now();
      return (errand.trial = i);
    }
  }
  return null;
}

/** -1 if all have been tried. */
function pick(world: World, options: Options, errand: Errand): number {
  const { origins } = errand.memory;
  const untried = origins.map((_, i) => i).filter((i) => !errand.tried.has(i));
  let candidates = untried.filter((i) => !origins[i]!.out);
  const out = origins.filter((origin) => origin.out).length;
  const panic = options.eject?.panic ?? 1;
  if (options.eject && out > 0 && (candidates.length === 0 || (panic < 1 && out / origins.length > panic))) {
    candidates = untried;
    errand.panic = true;
    if (panic === 1 && candidates.length > 0)
      return candidates[Math.floor(world.random() * candidates.length)]!;
  }
  if (candidates.length < 2) return candidates[0] ?? -1;
  const a = Math.floor(world.random() * candidates.length);
  const b = (a + 1 + Math.floor(world.random() * (candidates.length - 1))) % candidates.length;
  const score = (i: number): number => scoreOf(world, options, origins[i]!);
  return score(candidates[a]!) <= score(candidates[b]!) ? candidates[a]! : candidates[b]!;
}

function launch(world: World, options: Options, errand: Errand, index: number, copy: boolean): void {
  const { visit, memory } = errand;
  const origin = memory.origins[index]!;
  const startedAt = world.now();
  errand.tried.add(index);
  errand.waiting++;
  origin.pending.push(startedAt);
  const timeout = Math.min(
    visit.safe && options.retry ? 5000 : PATIENCE_MS,
    Math.max(50, PATIENCE_MS - (startedAt - visit.startedAt)),
  );
  world.send(visit, index, false, timeout, (answer, ms, sent) => {
    origin.pending.splice(origin.pending.indexOf(startedAt), 1);
    errand.waiting--;
    learn(world, options, origin, ms, answer.ok);
    note(world, options, origin, errand.trial === index || errand.panic, answer);
    if (!errand.over) conclude(world, options, errand, { index, answer, sent, copy });
  });
}

interface Ended {
  readonly index: number;
  readonly answer: Answer;
  readonly sent: Sent;
  readonly copy: boolean;
}

function conclude(world: World, options: Options, errand: Errand, ended: Ended): void {
  const { index, answer, sent, copy } = ended;
  const { visit, memory } = errand;
  if (answer.ok) {
    errand.over = true;
    world.answer(visit, true, sent);
    for (const other of errand.tried)
      if (other !== index) overtaken(world, memory.origins[other]!, sent.startedAt);
    return;
  }
  if (errand.waiting > 0) return;
  const mayRepeat = visit.safe || answer.failure === 'refused';
  if (options.retry && errand.tried.size <= (copy ? 2 : 1) && mayRepeat && memory.retries >= 1) {
    const next = pick(world, options, errand);
    if (next >= 0) {
      memory.retries--;
      return launch(world, options, errand, next, false);
    }
  }
  errand.over = true;
  world.answer(visit, false, sent);
}

function armHedge(world: World, options: Options, errand: Errand, index: number): void {
  const origin = errand.memory.origins[index]!;
  const delay =
    origin.samples < 2 ? 300 : Math.min(2000, Math.max(10, origin.mean + options.hedge! * origin.deviation));
  world.after(delay, () => {
    if (
      errand.over ||
      errand.visit.done ||
      errand.tried.size !== 1 ||
      errand.waiting === 0 ||
      errand.memory.copies < 1
    )
      return;
    const next = pick(world, options, errand);
    if (next < 0) return;
    errand.memory.copies--;
    launch(world, options, errand, next, true);
  });
}
