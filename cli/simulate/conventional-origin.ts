/**
 * A conventional proxy's state of an origin: latency as a decaying peak, requests in flight, consecutive failures, and
 * whether it is ejected. The documented defaults of Envoy, Linkerd and Finagle are values of the options.
 */
import type { Answer, World } from './world.ts';

export interface Options {
  readonly by: 'in-flight' | 'latency';
  /**
   * A failure counts as a response of this many ms; 0: as its own duration, which attracts traffic to failing origins.
   */
  readonly failureMs?: number;
  readonly retry?: boolean;
  /** Deviations above the mean after which a hedge is sent. */
  readonly hedge?: number;
  readonly eject?: {
    readonly after: number;
    readonly baseMs: number;
    readonly mostMs: number;
    readonly doubling: boolean;
    readonly jitter: number;
    /** Ejected origins return after one retest request, not all at once. */
    readonly retest: boolean;
    /** Above this share ejected, ejections are ignored. */
    readonly panic: number;
  };
}

const DECAY_MS = 10_000;

export const newOrigin = (now: number) => ({
  samples: 0,
  latency: 0,
  learntAt: now,
  mean: 0,
  deviation: 0,
  /** When the attempts in flight began. */
  pending: [] as number[],
  failures: 0,
  out: false,
  outUntil: 0,
  /** How often it was ejected in a row. */
  level: 0,
  retestedAt: -Infinity,
  backAt: 0,
});
export type Origin = ReturnType<typeof newOrigin>;

/**
 * Peak EWMA that decays to zero, times requests in flight; an unknown idle origin scores 0, an unknown busy one last
 * (Finagle).
 */
export function scoreOf(world: World, options: Options, origin: Origin): number {
  const busy = origin.pending.length;
  if (options.by === 'in-flight') return busy + 1e-3 * world.random();
  if (origin.samples === 0) return busy > 0 ? 1e12 + busy : 0;
  return restingOf(world, origin) * (1 + busy) * (1 + 0.002 * world.random());
}
const restingOf = (world: World, origin: Origin): number =>
  origin.latency * Math.exp(-(world.now() - origin.learntAt) / DECAY_MS);

export function learn(world: World, options: Options, origin: Origin, ms: number, ok: boolean): void {
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

/** A later attempt at another origin finished first, so this one takes at least that long. */
export function overtaken(world: World, origin: Origin, wonStartedAt: number): void {
  const since = origin.pending[0];
  if (since === undefined || since > wonStartedAt) return;
  const waited = world.now() - since;
  if (waited <= restingOf(world, origin)) return;
  origin.latency = waited;
  origin.learntAt = world.now();
  origin.samples = Math.max(1, origin.samples);
}

export function readmit(world: World, origin: Origin): void {
  origin.out = false;
  origin.failures = 0;
  origin.backAt = world.now();
}

/**
 * Counts consecutive failures, ejects and readmits. `tested`: the attempt was a retest, or all origins have been tried.
 */
export function note(
  world: World,
  { eject }: Options,
  origin: Origin,
  tested: boolean,
  answer: Answer,
): void {
  if (!eject) return;
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
