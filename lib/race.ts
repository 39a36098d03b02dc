/**
 * GET, HEAD and the other safe methods: the first good response wins. balance/race-state.ts decides (which origin to
 * try, when to hedge, retry or give up); the exchange here acts: fetch, abort, one timer per request.
 *
 * The tutorial sends every origin a probe, waits for the first response of any kind, and then sends the request to the
 * winner: three round trips, a request to each origin, and a fast failure wins. Here the request itself is sent, to one
 * origin unless there is a reason to try two, and only a good response wins (`balance: "race"` sends it to all, in one
 * round trip).
 *
 * Requests go to configured origins only: scheme and host of the URL are the origin's, and the path after them starts
 * with "/", so that no caller can change the host. Redirects are returned to the caller: following one would send
 * cookies and keys to any host that it names.
 */
import type { Outcome } from './balance/outlier-detection.ts';
import type { Pool, SideRequest } from './balance/pool.ts';
import { deadlineOf } from './balance/race-outcome.ts';
import type { Attempt, Network, Race, Traits } from './balance/race-record.ts';
import { beginRace, probed, settled, woken } from './balance/race-state.ts';
import type { OriginSettings } from './config/types.ts';
import { refuse, type Refusal } from './core/errors.ts';
import type { Routing } from './core/feature.ts';
import { callerNetworkOf, hasBody, type Context } from './core/request.ts';
import type { Runtime } from './core/runtime.ts';
import { dropLikeOwn } from './http/headers.ts';
import { failuresOf } from './upstream/failures.ts';
import { probeOrigin } from './upstream/side-request.ts';

/** The parts of the isolate's state with which requests are sent. */
export interface Sender {
  readonly runtime: Runtime;
  readonly routing: Pick<Routing, 'originPath'>;
}

/** Sends a request that may reach several origins of the pool without harm. */
export function race(context: Context, pool: Pool, sender: Sender): Promise<Response | Refusal> {
  // A GET with a body is sent once: the platform forwards such a body, but a Worker can't construct or observe one.
  const safe = !hasBody(context);
  return exchange(context, pool, sender, {
    safe,
    repeatable: safe,
    replayable: safe,
    faultUnclear: !safe,
  });
}

interface Exchange extends Traits {
  readonly context: Context;
  readonly runtime: Runtime;
  readonly path: string;
  readonly resolve: (answer: Response | Refusal) => void;
  timer: number | null;
}

/** Resolves with an origin's response, or with a refusal if there is none; never rejects. */
export function exchange(
  context: Context,
  pool: Pool,
  { runtime, routing }: Sender,
  {
    safe,
    repeatable,
    replayable,
    faultUnclear,
  }: Pick<Traits, 'safe' | 'repeatable' | 'replayable' | 'faultUnclear'>,
): Promise<Response | Refusal> {
  const now = runtime.now();
  if (pool.locate?.(pool, (context.request as { cf?: unknown }).cf, now)) pool.locate = null;
  return new Promise((resolve) => {
    const begun: Exchange = {
      safe,
      repeatable,
      replayable,
      faultUnclear: faultUnclear || context.reader.hostOverride?.isElsewhere(context) === true,
      caller: () => callerNetworkOf(context),
      upload: context.upload,
      hash: pool.hash?.(context, runtime.id) ?? 0,
      context,
      runtime,
      path: context.originPath ?? routing.originPath(context),
      resolve,
      timer: null,
    };
    beginRace(pool, begun, EXCHANGE_NETWORK, now);
  });
}

const EXCHANGE_NETWORK: Network<Exchange> = {
  send: sendAttempt,
  cancel,
  probe: sendSideRequest,
  sleep,
  finish: finishExchange,
};

/** An exception fails this attempt only: each attempt must be reported to the race exactly once. */
function sendAttempt(state: Race<Exchange>, attempt: Attempt): void {
  const { context } = state.traits;
  // An AbortSignal costs a tenth of a whole request, so a first attempt has none: if it loses or times out, nothing
  // waits for it any longer, and the platform ends it with the request.
  const needed = attempt.earlier !== null || state.pool.settings.balance === 'race';
  const stop = context.upload?.stop ?? (needed ? new AbortController() : null);
  attempt.control = stop;
  context.attempts++;
  if (context.sentAt === 0) context.sentAt = attempt.startedAt;
  let sending: Promise<Response>;
  try {
    sending = sendUpstream(state.traits, attempt.origin.settings, stop && stop.signal);
  } catch (error) {
    sending = Promise.reject(error instanceof TypeError ? error : new TypeError(String(error)));
  }
  sending.then(
    (response) => arrived(state, attempt, response),
    (error: unknown) => lostAttempt(state, attempt, error),
  );
}

/**
 * Sends the request in the form that this origin gets. A buffered body can be sent again, a streamed one only once.
 *
 * `fetch` copies its input, so building a Request here first would cost as much again as all the changes to it. Only a
 * GET with a body needs one: the platform forwards such a body, but does not let a Worker create it.
 */
function sendUpstream(
  { context, runtime, path, safe }: Exchange,
  origin: OriginSettings,
  signal: AbortSignal | null,
): Promise<Response> {
  const { request, originMethod: method } = context;
  const headers = new Headers(context.headers);
  context.forward(headers, context);
  if (context.trace !== null) headers.set('traceparent', context.trace);
  for (const [name, value] of context.originHeaders)
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  if (origin.headers.length > 0 && context.kong === null)
    dropLikeOwn(headers, context.headers, origin.headers);
  for (const [name, value] of origin.headers) headers.set(name, value);
  const tail = origin.basePath + path + context.originQuery;
  // A safe request has no body: see `race`.
  const body = context.body ?? context.upload?.readable ?? (safe ? null : request.body);
  const bodiless = method === 'GET' || method === 'HEAD';
  const named = context.reader.hostOverride?.target(context, origin, tail);
  const url = named?.url ?? origin.site + tail;
  const cf = named?.cf && { cf: named.cf };
  if (body !== null && bodiless && method === context.method)
    return runtime.fetch(new Request(new Request(url, request), { headers }), { signal, ...cf });
  // If the method was changed to GET, the body is dropped.
  return runtime.fetch(url, {
    method,
    headers,
    body: bodiless ? null : body,
    redirect: 'manual',
    signal,
    ...cf,
  });
}

function arrived(
  state: Race<Exchange>,
  attempt: Attempt,
  response: Response & { webSocket?: unknown },
): void {
  const now = state.traits.runtime.now();
  attempt.response = response;
  let outcome: Outcome = 'lost';
  let status = 0;
  try {
    status = response.status;
    // A 101 without a WebSocket can't be turned into a response.
    if (status !== 101 || response.webSocket) outcome = outcomeOf(status);
    state.pool.observe?.(attempt.origin, response, now);
  } catch {
    outcome = 'lost';
  }
  reportOutcome(state, attempt, outcome, status, now);
}

function lostAttempt(state: Race<Exchange>, attempt: Attempt, error: unknown): void {
  const { context, runtime } = state.traits;
  const outcome = isCallersFault(context, error) ? 'rejected' : 'lost';
  if (attempt.outcome === null) attempt.response = error;
  const status = context.reader.dnsErrors?.statusOf(error, attempt.origin.settings) ?? 0;
  reportOutcome(state, attempt, outcome, status, runtime.now());
}

/**
 * The outcome that a status stands for. For a dead origin Cloudflare responds with 520 to 530, which tell whether the
 * request can have arrived (521 refused, 523 unroutable, 525 and 526 TLS, 530 DNS: it can't).
 *
 * 529 is not one of these, but the status of an overloaded server. A status above 599 cannot be passed on.
 */
export function outcomeOf(status: number): Outcome {
  if (status < 500) return status === 429 ? 'shed' : status < 200 && status !== 101 ? 'lost' : 'ok';
  switch (status) {
    case 502:
    case 504:
      return 'gateway';
    case 503:
    case 529:
      return 'shed';
    case 522:
    case 524:
      return 'timeout';
    case 521:
    case 523:
    case 525:
    case 526:
    case 530:
      return 'unsent';
    default:
      return (status >= 520 && status < 530) || status > 599 ? 'lost' : 'error';
  }
}

/**
 * Whether the caller is to blame for an error of `fetch`: an invalid URL, for which a TypeError is thrown before
 * anything is sent, or an aborted body. Plain workerd throws the same error for the latter and for a lost connection to
 * the origin; if they were not distinguished, any caller could have origins ejected.
 */
export function isCallersFault({ upload }: Context, error: unknown): boolean {
  return error instanceof TypeError || upload?.stop.signal.aborted === true;
}

function reportOutcome(
  state: Race<Exchange>,
  attempt: Attempt,
  outcome: Outcome,
  status: number,
  now: number,
): void {
  if (attempt.outcome !== null) return discard(attempt);
  const { pool, metrics } = state.traits.context;
  if (status > 0) metrics?.attempt(pool, attempt.origin.index, now - attempt.startedAt);
  settled(state, attempt, outcome, status, now);
}

function cancel({ traits: { context, runtime } }: Race<Exchange>, attempt: Attempt): void {
  const { origin, startedAt, outcome, status } = attempt;
  if (outcome === 'timeout' && status === 0)
    context.metrics?.attempt(context.pool, origin.index, runtime.now() - startedAt);
  discard(attempt);
}

/** Frees a losing attempt's connection at once: a request may have only six that wait for headers. */
function discard({ response, control }: Attempt): void {
  try {
    if (response === null) (control as AbortController | null)?.abort();
    else (response as Response).body?.cancel().catch(() => undefined);
  } catch {
    // What can't be aborted ends with the request.
  }
}

function sendSideRequest(state: Race<Exchange>, request: SideRequest): void {
  const { context, runtime } = state.traits;
  for (const origin of request.origins) {
    const probe = probeOrigin(runtime, origin.settings, request, state.pool.settings).then((result) =>
      probed(state, request, origin, result, runtime.now()),
    );
    context.waitUntil(probe);
  }
}

function sleep(state: Race<Exchange>, until: number, now: number): void {
  const { traits } = state;
  const { runtime } = traits;
  if (traits.timer !== null) runtime.cancel(traits.timer);
  // The clock may have been set back, or run a little slower than the timer: it is `until`, for no other timer is set.
  traits.timer = runtime.after(Math.max(0, until - now), () => woken(state, Math.max(until, runtime.now())));
}

function finishExchange(state: Race<Exchange>, answer: Attempt | null, now: number): void {
  const { traits } = state;
  const { context, runtime } = traits;
  if (traits.timer !== null) runtime.cancel(traits.timer);
  context.answeredAt = now;
  if (state.failed !== null) context.failed = failuresOf(state, answer);
  if (answer !== null) {
    context.origin = answer.origin.settings;
    return traits.resolve(answer.response as Response);
  }
  traits.resolve(context.reader.dnsErrors?.refusalOf(state.failed?.status) ?? refusalOf(state, now));
}

/** Why there is no response. */
function refusalOf(state: Race<Exchange>, now: number): Refusal {
  const { failed, pool } = state;
  if (state.exhausted && pool.settings.retrySame) return RETRY_EXHAUSTED;
  if (now >= deadlineOf(state, now) || failed?.outcome === 'timeout') return TIMED_OUT;
  if (failed === null) return NO_ORIGIN;
  if (failed.outcome === 'rejected') return state.traits.context.stopped ?? REJECTED;
  return UNREACHABLE;
}

// Kong's messages for the same conditions.
const UNREACHABLE = refuse(
  'origin_unreachable',
  502,
  'An invalid response was received from the upstream server',
);
const TIMED_OUT = refuse('origin_timeout', 504, 'The upstream server is timing out');
const NO_ORIGIN = refuse('no_origin', 503, 'failure to get a peer from the ring-balancer');
const RETRY_EXHAUSTED = refuse('retry_exhausted', 503, 'The upstream server is currently unavailable');
const REJECTED = refuse('bad_request', 400, 'Bad request');
