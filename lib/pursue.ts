/**
 * Runs one request's journey: does what attempts.ts says next and tells it what came of it.
 *
 * The machine decides (whom to ask, when to hedge, retry, give up), this room acts (fetch, abort, one timer a request). An
 * AbortController for each attempt: a shared signal would cut the winner's body.
 */
import { nextMove, noteReading, probed, settle } from './attempts.ts';
import type { Attempt, Journey, Move, Outcome, PoolState, Probe } from './attempts.ts';
import type { Context } from './core/request.ts';
import type { PoolSettings } from './config/types.ts';
import { refuse } from './core/errors.ts';
import type { Refusal } from './core/errors.ts';
import { countAttempt } from './core/metrics.ts';
import { lostStatus, refuseNameless } from './kong/dns-error.ts';
import { probeOrigin } from './upstream/side-request.ts';
import { reportedLoad } from './reported-load.ts';
import type { Runtime } from './core/runtime.ts';
import { isSpoilt, refuseSpoilt } from './http/client-error.ts';
import { outcomeOf, sendUpstream } from './upstream/origin-request.ts';

/** Where a request goes: the pool, what the origin is asked for, and what a ring would hash. */
export interface Target {
  readonly pool: PoolState;
  readonly settings: PoolSettings;
  readonly path: string;
  readonly hash: string | null;
}

interface Pursuit {
  readonly context: Context;
  readonly runtime: Runtime;
  readonly to: Target;
  readonly journey: Journey;
  timer: number;
  timerAt: number;
  answer: ((answer: Response | Refusal) => void) | null;
}

/** Settles with an origin's response, or the refusal that stands for none. */
export function pursue(
  context: Context,
  runtime: Runtime,
  to: Target,
  journey: Journey,
): Promise<Response | Refusal> {
  return new Promise((answer) =>
    advance({ context, runtime, to, journey, timer: 0, timerAt: Infinity, answer }, journey.startedAt),
  );
}

/** Does what is due at `now`, then sleeps until something happens. The clock stands still meanwhile: it is read once an event. */
function advance(pursuit: Pursuit, now: number): void {
  const { runtime } = pursuit;
  for (;;) {
    const move: Move = nextMove(pursuit.journey, now, runtime.random);
    switch (move.do) {
      case 'send':
        sendAttempt(pursuit, move.attempt);
        break;
      case 'cancel':
        discard(move.attempt);
        break;
      case 'probe':
        for (const origin of move.origins) sendProbe(pursuit, origin, move);
        break;
      case 'wait':
        return sleepUntil(pursuit, move.until, now);
      case 'answer':
        return finishWith(pursuit, move.attempt, now);
      case 'refuse':
        return finishRefused(pursuit, move.reason, now);
    }
  }
}

function sleepUntil(pursuit: Pursuit, until: number, now: number): void {
  if (until === pursuit.timerAt) return;
  if (pursuit.timerAt !== Infinity) pursuit.runtime.cancel(pursuit.timer);
  pursuit.timerAt = until;
  if (until === Infinity) return;
  pursuit.timer = pursuit.runtime.after(Math.max(0, until - now), () => {
    pursuit.timerAt = Infinity;
    if (pursuit.answer) advance(pursuit, pursuit.runtime.now());
  });
}

function sendAttempt(pursuit: Pursuit, attempt: Attempt): void {
  const { context, runtime } = pursuit;
  const { settings, path } = pursuit.to;
  const origin = settings.origins[attempt.origin];
  if (!origin) return;
  // A signal costs a tenth of a whole request. A first attempt goes without: if it is overtaken or timed out, nobody waits for it
  // any longer, and the platform ends it with the request.
  const stop =
    context.upload?.stop ??
    (attempt.earlier !== null || settings.balance === 'race' ? new AbortController() : null);
  attempt.control = stop;
  context.attempts++;
  if (context.sentAt === 0) context.sentAt = attempt.startedAt;
  sendUpstream(context, origin, path, runtime, stop && stop.signal).then(
    (response) => {
      attempt.response = response;
      const reading = reportedLoad(response, settings.load);
      if (reading !== undefined) noteReading(pursuit.to.pool, attempt.origin, reading, runtime.now());
      const { status } = response;
      arrived(pursuit, attempt, outcomeOf(status), status);
    },
    (error: unknown) =>
      arrived(
        pursuit,
        attempt,
        isSpoilt(context, error) ? 'superseded' : 'lost',
        lostStatus(context.kong, error, origin),
      ),
  );
}

function arrived(pursuit: Pursuit, attempt: Attempt, outcome: Outcome, status: number): void {
  const now = pursuit.runtime.now();
  settle(pursuit.journey, attempt, outcome, status, now, pursuit.runtime.random);
  if (status > 0 || attempt.outcome === 'timeout')
    countAttempt(pursuit.context.metrics, pursuit.context.pool, attempt.origin, now - attempt.startedAt, now);
  if (pursuit.answer) advance(pursuit, now);
  else discard(attempt);
}

function sendProbe(pursuit: Pursuit, index: number, move: Probe): void {
  const { runtime } = pursuit;
  const { pool, settings } = pursuit.to;
  const origin = settings.origins[index];
  if (!origin) return;
  const asked = probeOrigin(runtime, origin, move, settings).then(({ good, elapsedMs, reading }) => {
    const waiting = pursuit.answer ? pursuit.journey : null;
    const now = runtime.now();
    probed(pool, waiting, index, good, elapsedMs, now, runtime.random, reading, move.purpose);
    if (pursuit.answer) advance(pursuit, now);
  });
  pursuit.context.waitUntil(asked);
}

/** A loser gives its connection back at once: a request may have six of them waiting. */
function discard(attempt: Attempt): void {
  const response = attempt.response as Response | null;
  if (response) response.body?.cancel().catch(() => undefined);
  else (attempt.control as AbortController | null)?.abort();
}

function endPursuit(pursuit: Pursuit, answer: Response | Refusal, now: number): void {
  sleepUntil(pursuit, Infinity, now);
  pursuit.context.answeredAt = now;
  const resolve = pursuit.answer;
  pursuit.answer = null;
  resolve?.(answer);
}

function finishWith(pursuit: Pursuit, winner: Attempt, now: number): void {
  for (let tried = pursuit.journey.last; tried !== null; tried = tried.earlier)
    if (tried !== winner) discard(tried);
  const { status } = winner;
  pursuit.context.origin = pursuit.to.settings.origins[winner.origin] ?? null;
  // 520 to 530, 529 aside, are the platform's words, and nobody can repeat what is beyond 599.
  if (status < 520 || status === 529 || (status > 530 && status < 600))
    return endPursuit(pursuit, winner.response as Response, now);
  discard(winner);
  endPursuit(pursuit, winner.outcome === 'timeout' ? TIMED_OUT : UNREACHABLE, now);
}

function finishRefused(pursuit: Pursuit, reason: keyof typeof REFUSALS, now: number): void {
  for (let tried = pursuit.journey.last; tried !== null; tried = tried.earlier) discard(tried);
  const { context, journey } = pursuit;
  const special = refuseNameless(context, journey.failed) ?? refuseSpoilt(reason, journey.sent, context);
  endPursuit(pursuit, special ?? REFUSALS[reason], now);
}

/** Kong's texts for the same conditions. */
const UNREACHABLE = refuse(
  'origin_unreachable',
  502,
  'An invalid response was received from the upstream server',
);
const TIMED_OUT = refuse('origin_timeout', 504, 'The upstream server is timing out');
const REFUSALS = {
  origin_unreachable: UNREACHABLE,
  origin_timeout: TIMED_OUT,
  no_origin: refuse('no_origin', 503, 'failure to get a peer from the ring-balancer'),
  retry_exhausted: refuse('retry_exhausted', 503, 'The upstream server is currently unavailable'),
} as const;
