/**
 * What proxies do: two random choices by requests in flight or peak latency, a retry with a budget, ejection after failures
 * in a row, a hedge after a percentile. One composable policy with the documented defaults of Envoy, Linkerd and Finagle.
 */
import { PATIENCE_MS } from './patience.ts';
import type { Answer, PolicyMaker, Sent, Visit, World } from './world.ts';

export interface Options {
  readonly by: 'in-flight' | 'latency';
  /** A failure counts as an answer of this many ms; 0: as what it took, the sinkhole. */
  readonly failureMs?: number;
  readonly retry?: boolean;
  /** Deviations above the mean after which a copy goes out. */
  readonly hedge?: number;
  readonly eject?: {
    readonly after: number;
    readonly baseMs: number;
    readonly mostMs: number;
    readonly doubling: boolean;
    readonly jitter: number;
    /** Ejected ones come back through one request, not all at once. */
    readonly trial: boolean;
    /** Above this share ejected, ejections are ignored. */
    readonly panic: number;
  };
}

interface Origin {
  samples: number;
  latency: number;
  learntAt: number;
  mean: number;
  deviation: number;
  readonly pending: number[];
  failures: number;
  out: boolean;
  outUntil: number;
  level: number;
  trialAt: number;
  backAt: number;
}
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

const DECAY_MS = 10_000;

export const conventional =
  (options: Options): PolicyMaker =>
  (world) => {
    const newOrigin = (): Origin => ({
    samples: 0, latency: 0, learntAt: world.now(), mean: 0, deviation: 0, pending: [], failures: 0,
    out: false, outUntil: 0, level: 0, trialAt: -Infinity, backAt: 0,
  }); // prettier-ignore
    return {
      remember: (): Memory => ({
        origins: Array.from({ length: world.origins }, newOrigin),
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

function readmit(world: World, origin: Origin): void {
  origin.out = false;
  origin.failures = 0;
  origin.backAt = world.now();
}

/** -1 when everybody has been tried. */
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

/** Peak EWMA that decays to zero, times what is in flight; unknown is free, unknown and busy is last (Finagle). */
function scoreOf(world: World, options: Options, origin: Origin): number {
  const busy = origin.pending.length;
  if (options.by === 'in-flight') return busy + 1e-3 * world.random();
  if (origin.samples === 0) return busy > 0 ? 1e12 + busy : 0;
  return restingOf(world, origin) * (1 + busy) * (1 + 0.002 * world.random());
}
const restingOf = (world: World, origin: Origin): number =>
  origin.latency * Math.exp(-(world.now() - origin.learntAt) / DECAY_MS);

function learn(world: World, options: Options, origin: Origin, ms: number, ok: boolean): void {
  if (!ok && options.by === 'in-flight') return;
  const value = ok ? ms : Math.max(ms, options.failureMs ?? 0);
  const rest = restingOf(world, origin);
  const keep = Math.exp(-(world.now() - origin.learntAt) / DECAY_MS);
  origin.latency = value > rest ? value : rest + value * (1 - keep);
  origin.learntAt = world.now();
  origin.samples++;
  if (!ok) return;
  if (origin.mean === 0) [origin.mean, origin.deviation] = [ms, ms / 2];
  else {
    origin.deviation += (Math.abs(ms - origin.mean) - origin.deviation) / 4;
    origin.mean += (ms - origin.mean) / 8;
  }
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
    note(world, options, errand, index, answer);
    if (!errand.over) conclude(world, options, errand, index, answer, sent, copy);
  });
}

function conclude(
  world: World,
  options: Options,
  errand: Errand,
  index: number,
  answer: Answer,
  sent: Sent,
  copy: boolean,
): void {
  const { visit, memory } = errand;
  if (answer.ok) {
    errand.over = true;
    world.answer(visit, true, sent);
    for (const other of errand.tried) if (other !== index) overtaken(world, errand, other, sent.startedAt);
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

function overtaken(world: World, errand: Errand, index: number, wonStartedAt: number): void {
  const origin = errand.memory.origins[index]!;
  const since = origin.pending[0];
  if (since === undefined || since > wonStartedAt) return;
  const waited = world.now() - since;
  if (waited <= restingOf(world, origin)) return;
  origin.latency = waited;
  origin.learntAt = world.now();
  origin.samples = Math.max(1, origin.samples);
}

function note(world: World, { eject }: Options, errand: Errand, index: number, answer: Answer): void {
  const origin = errand.memory.origins[index]!;
  if (!eject) return;
  const tested = errand.trial === index || errand.panic;
  if (answer.ok) {
    origin.failures = 0;
    if (origin.out && tested) readmit(world, origin);
    else if (!origin.out && origin.level > 0 && world.now() - origin.backAt > 30_000) {
      origin.level--;
      origin.backAt = world.now();
    }
    return;
  }
  origin.failures++;
  if (origin.out ? !tested || world.now() < origin.outUntil : origin.failures < eject.after) return;
  origin.level++;
  const span = Math.min(
    eject.mostMs,
    eject.baseMs * (eject.doubling ? 2 ** (origin.level - 1) : origin.level),
  );
  origin.out = true;
  origin.outUntil = world.now() + span * (1 - eject.jitter / 2 + eject.jitter * world.random());
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
