/**
 * The product's own rules, lib/attempts.ts and what it stands on, driven in virtual time exactly as the Worker drives them
 * in real time. Whole milliseconds only, as a Worker's clock has them.
 */
import { beginJourney, createPool, nextMove, noteReading, probed, settle } from '../../lib/attempts.ts';
import type { Attempt, Journey, Outcome, PoolState } from '../../lib/attempts.ts';
import { poolOf } from '../../lib/config/settings.ts';
import type { PoolSettings } from '../../lib/config/types.ts';
import { PATIENCE_MS } from './patience.ts';
import type { Answer, PolicyMaker, Sent, Visit, World } from './world.ts';

/** Virtual time starts here, in ms since 1970: 0 means "never" to the rules. */
const EPOCH = 1_700_000_000_000;

export interface Extras {
  /** Distances are known before any measurement, with a third of error. */
  readonly located?: boolean;
  /** A caller who hangs up takes the bookkeeping along. */
  readonly leaks?: boolean;
}

/** A pool with the product's own defaults; a caller of this world gives up after ten seconds. */
export function simulatedPool(origins: number, overrides: Partial<PoolSettings> = {}): PoolSettings {
  const list = Array.from({ length: origins }, (_, i) => ({
    name: `o${i}`, site: `http://o${i}.example`, host: `o${i}.example`, basePath: '', hostHeader: null, weight: 1, priority: 0, headers: [], location: null,
  })); // prettier-ignore
  return { ...poolOf('simulated', list), totalTimeoutMs: PATIENCE_MS, ...overrides };
}

export const PROBE = { path: '/health', method: 'GET', timeoutMs: 3000 } as const;

export function product(overrides: Partial<PoolSettings>, extras: Extras = {}): PolicyMaker {
  return (world) => {
    const settings = simulatedPool(world.origins, overrides);
    return {
      remember(isolate) {
        const pool = createPool(settings, world.random);
        if (extras.located)
          pool.origins.forEach(
            (origin, i) =>
              (origin.prior = world.distance(isolate.place, i) * Math.exp(0.3 * gauss(world.random))),
          );
        return pool;
      },
      handle(visit, memory) {
        const now = EPOCH + Math.floor(world.now());
        const facts = {
          safe: visit.safe,
          repeatable: visit.safe,
          replayable: true,
          hash: `caller ${visit.id}`,
        };
        const journey = beginJourney(memory as PoolState, facts, now, world.random);
        advance({
          world,
          visit,
          pool: memory as PoolState,
          journey,
          extras,
          sent: new Map(),
          over: false,
          timer: Infinity,
        });
      },
    };
  };
}
const gauss = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

interface Drive {
  readonly world: World;
  readonly visit: Visit;
  readonly pool: PoolState;
  readonly journey: Journey;
  readonly extras: Extras;
  readonly sent: Map<Attempt, Sent>;
  over: boolean;
  timer: number;
}

function advance(drive: Drive): void {
  const { world, visit, journey } = drive;
  while (!drive.over) {
    const now = EPOCH + Math.floor(world.now());
    const move = nextMove(journey, now, world.random);
    if (move.do === 'send') send(drive, move.attempt);
    else if (move.do === 'cancel') world.cancel(drive.sent.get(move.attempt)!);
    else if (move.do === 'probe') {
      for (const origin of move.origins)
        world.send(visit, origin, true, move.timeoutMs, (answer, ms) => {
          if (gone(drive)) return;
          const at = EPOCH + Math.floor(world.now());
          const waiting = drive.over ? null : journey;
          probed(
            drive.pool,
            waiting,
            origin,
            answer.ok,
            Math.round(ms),
            at,
            world.random,
            answer.ok ? answer.average : undefined,
            move.purpose,
          );
          advance(drive);
        });
    } else if (move.do === 'wait') {
      if (move.until < drive.timer) wake(drive, move.until);
      return;
    } else {
      drive.over = true;
      const sent = move.do === 'answer' ? drive.sent.get(move.attempt)! : null;
      world.answer(visit, move.do === 'answer' && move.attempt.outcome === 'ok', sent);
    }
  }
}

function wake(drive: Drive, until: number): void {
  const { world } = drive;
  drive.timer = until;
  world.after(Math.max(0, until - EPOCH - world.now()), () => {
    if (drive.timer !== until || drive.over || gone(drive)) return;
    drive.timer = Infinity;
    advance(drive);
  });
}

const gone = (drive: Drive): boolean => drive.extras.leaks === true && drive.visit.hungUp;

function send(drive: Drive, attempt: Attempt): void {
  const { world, visit, journey, pool } = drive;
  world.choose(visit, attempt.origin);
  const sent = world.send(visit, attempt.origin, false, Infinity, (answer) => {
    if (gone(drive)) return;
    const now = EPOCH + Math.floor(world.now());
    settle(journey, attempt, outcomeOf(answer), answer.status, now, world.random);
    if (pool.settings.load?.header && answer.average !== undefined)
      noteReading(pool, attempt.origin, answer.average, now);
    advance(drive);
  });
  drive.sent.set(attempt, sent);
}

function outcomeOf(answer: Answer): Outcome {
  if (answer.failure === 'refused') return 'unsent';
  if (answer.failure === 'reset') return 'lost';
  if (answer.failure === 'timeout') return 'timeout';
  return answer.status === 503 ? 'shed' : answer.status >= 500 ? 'error' : 'ok';
}
