/**
 * GET, HEAD and the other safe methods: the first good answer wins. The race of balance/race-state.ts decides (whom to ask, when to hedge,
 * retry, give up), the exchange here acts: fetch, abort, one timer a request.
 *
 * The tutorial asks every origin with a probe, waits for the first answer of any kind, and then asks the winner: three round trips, a
 * request to each origin, and a fast failure wins. Here the request itself is the question, one origin is asked unless there is a reason
 * to ask two, and an answer must be good to win (`balance: "race"` asks them all, in one round trip).
 */
import type { Outcome } from './balance/outlier-detection.ts';
import type { Pool, SideRequest } from './balance/pool.ts';
import { deadlineOf } from './balance/race-outcome.ts';
import type { Attempt, Network, Race, Traits } from './balance/race-record.ts';
import { beginRace, probed, settled, woken } from './balance/race-state.ts';
import { noteReading } from './balance/reported-load.ts';
import type { OriginSettings } from './config/types.ts';
import { refuse, type Refusal } from './core/errors.ts';
import { countAttempt } from './core/metrics.ts';
import type { Call } from './core/request.ts';
import type { Runtime } from './core/runtime.ts';
import { hasBody } from './http/body.ts';
import { isCallersFault } from './http/client-error.ts';
import { isElsewhere } from './http/host-override.ts';
import { lostStatus, refuseNameless } from './kong/dns-error.ts';
import { reportedLoad } from './reported-load.ts';
import { outcomeOf, sendUpstream } from './upstream/origin-request.ts';
import { probeOrigin } from './upstream/side-request.ts';
import { askVersion } from './version.ts';

/** Where a request goes: the pool, what the origin is asked for, and what a ring hashes of it. */
export interface Target {
  readonly pool: Pool;
  readonly path: string;
  readonly hash: number;
}

/** The answer to a request that several origins may get without harm. */
export function race(call: Call, runtime: Runtime, to: Target): Promise<Response | Refusal> {
  // A GET with a body goes out once: the platform forwards such a body but lets nobody make or watch one.
  const safe = !hasBody(call);
  return exchange(call, runtime, to, {
    safe,
    repeatable: safe,
    replayable: safe,
    faultUnclear: !safe || isElsewhere(call),
  });
}

interface Exchange extends Traits {
  readonly call: Call;
  readonly runtime: Runtime;
  readonly to: Target;
  readonly resolve: (answer: Response | Refusal) => void;
  timer: number;
  timerAt: number;
}

/** Resolves with an origin's response, or the refusal that stands for none; never rejects. */
export function exchange(
  call: Call,
  runtime: Runtime,
  to: Target,
  traits: Pick<Traits, 'safe' | 'repeatable' | 'replayable' | 'faultUnclear'>,
): Promise<Response | Refusal> {
  const { safe, repeatable, replayable, faultUnclear } = traits;
  const { pool, hash } = to;
  const now = runtime.now();
  if (pool.locate !== null && pool.locate(pool, (call.request as { cf?: unknown }).cf, now))
    pool.locate = null;
  return new Promise((resolve) => {
    const { upload } = call;
    const begun: Exchange = {
      safe,
      repeatable,
      replayable,
      faultUnclear,
      upload,
      hash,
      call,
      runtime,
      to,
      resolve,
      timer: 0,
      timerAt: Infinity,
    };
    beginRace(pool, begun, NETWORK, now);
  });
}

const NETWORK: Network<Exchange> = { send, cancel, probe, sleep, finish };

const originOf = ({ pool }: Race<Exchange>, { origin }: Attempt): OriginSettings =>
  pool.settings.origins[origin.index]!;

/** Whatever throws on the way ends this attempt and no more: the race must hear of each exactly once. */
function send(race: Race<Exchange>, attempt: Attempt): void {
  let sending: Promise<Response>;
  try {
    sending = prepare(race, attempt);
  } catch (error) {
    sending = Promise.reject(error instanceof TypeError ? error : new TypeError(String(error)));
  }
  sending.then(
    (response) => arrived(race, attempt, response),
    (error: unknown) => lost(race, attempt, error),
  );
}

function prepare(race: Race<Exchange>, attempt: Attempt): Promise<Response> {
  const { call, runtime, to } = race.traits;
  const origin = originOf(race, attempt);
  // A signal costs a tenth of a whole request. A first attempt goes without: if it is overtaken or timed out, nobody waits for it
  // any longer, and the platform ends it with the request.
  const needed = attempt.earlier !== null || race.pool.settings.balance === 'race';
  const stop = call.upload?.stop ?? (needed ? new AbortController() : null);
  attempt.control = stop;
  call.attempts++;
  if (call.sentAt === 0) call.sentAt = attempt.startedAt;
  if (call.versions !== null) askBeside(call, runtime, origin, attempt.startedAt);
  return sendUpstream(call, origin, to.path, runtime, stop && stop.signal);
}

function askBeside(call: Call, runtime: Runtime, origin: OriginSettings, now: number): void {
  const entry = call.versions!.get(origin);
  const settings = call.route?.stamp?.version;
  if (!entry || !settings || entry.dueAt > now) return;
  const asking = askVersion(entry, settings, origin, runtime);
  call.askingVersions ??= new Map();
  call.askingVersions.set(origin, asking);
  call.waitUntil(asking);
}

function arrived(race: Race<Exchange>, attempt: Attempt, response: Response): void {
  const { runtime } = race.traits;
  const now = runtime.now();
  attempt.response = response;
  let outcome: Outcome = 'lost';
  let status = 0;
  try {
    status = response.status;
    outcome = isUnaskedUpgrade(response) ? 'lost' : outcomeOf(status);
    const reading = reportedLoad(response, race.pool.settings.load);
    if (reading !== undefined) noteReading(attempt.origin, reading, now);
  } catch {
    outcome = 'lost';
  }
  report(race, attempt, outcome, status, now);
}

/** No response can be made of a 101 that brought no socket. */
const isUnaskedUpgrade = (response: Response & { webSocket?: unknown }): boolean =>
  response.status === 101 && !response.webSocket;

function lost(race: Race<Exchange>, attempt: Attempt, error: unknown): void {
  const { call, runtime } = race.traits;
  const outcome = isCallersFault(call, error) ? 'rejected' : 'lost';
  const status = lostStatus(call.kong, error, originOf(race, attempt));
  report(race, attempt, outcome, status, runtime.now());
}

function report(race: Race<Exchange>, attempt: Attempt, outcome: Outcome, status: number, now: number): void {
  if (attempt.outcome !== null) return discard(attempt);
  if (status > 0) count(race, attempt, now);
  settled(race, attempt, outcome, status, now);
}

function count({ traits: { call } }: Race<Exchange>, { origin, startedAt }: Attempt, now: number): void {
  countAttempt(call.metrics, call.pool, origin.index, now - startedAt, now);
}

function cancel(race: Race<Exchange>, attempt: Attempt): void {
  if (attempt.outcome === 'timeout' && attempt.status === 0) count(race, attempt, race.traits.runtime.now());
  discard(attempt);
}

/** A loser gives its connection back at once: a request may have six of them waiting. */
function discard({ response, control }: Attempt): void {
  try {
    if (response === null) (control as AbortController | null)?.abort();
    else (response as Response).body?.cancel().catch(() => undefined);
  } catch {
    // What cannot be stopped ends with the request.
  }
}

function probe(race: Race<Exchange>, request: SideRequest): void {
  const { call, runtime } = race.traits;
  const { settings } = race.pool;
  for (const origin of request.origins) {
    const asked = probeOrigin(runtime, settings.origins[origin.index]!, request, settings).then((result) =>
      probed(race, request, origin, result, runtime.now()),
    );
    call.waitUntil(asked);
  }
}

function sleep(race: Race<Exchange>, until: number, now: number): void {
  const { traits } = race;
  const { runtime } = traits;
  if (traits.timerAt !== Infinity) runtime.cancel(traits.timer);
  traits.timerAt = until;
  traits.timer = runtime.after(Math.max(0, until - now), () => {
    traits.timerAt = Infinity;
    woken(race, runtime.now());
  });
}

function finish(race: Race<Exchange>, answer: Attempt | null, now: number): void {
  const { traits } = race;
  const { call, runtime } = traits;
  if (traits.timerAt !== Infinity) runtime.cancel(traits.timer);
  call.answeredAt = now;
  if (answer !== null) {
    call.origin = originOf(race, answer);
    return traits.resolve(answer.response as Response);
  }
  traits.resolve(refuseNameless(call, race.failed) ?? refusalOf(race, now));
}

/** Why there is no answer. */
function refusalOf(race: Race<Exchange>, now: number): Refusal {
  const { failed, last, pool } = race;
  if (now >= deadlineOf(race, now) || failed?.outcome === 'timeout') return TIMED_OUT;
  if (failed === null) return NO_ORIGIN;
  if (failed.outcome === 'rejected') return REJECTED;
  return pool.settings.balance === 'latency' && last?.earlier ? RETRY_EXHAUSTED : UNREACHABLE;
}

// Kong's texts for the same conditions.
const UNREACHABLE = refuse(
  'origin_unreachable',
  502,
  'An invalid response was received from the upstream server',
);
const TIMED_OUT = refuse('origin_timeout', 504, 'The upstream server is timing out');
const NO_ORIGIN = refuse('no_origin', 503, 'failure to get a peer from the ring-balancer');
const RETRY_EXHAUSTED = refuse('retry_exhausted', 503, 'The upstream server is currently unavailable');
const REJECTED = refuse('bad_request', 400, 'Bad request');
