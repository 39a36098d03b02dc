/**
 * The one exit: the answer as the caller gets it, whoever made it.
 *
 * Adds what the settings ask for and nothing else: CORS, the tutorial's stamps, a request id or Kong's headers, rate-limit headers,
 * Server-Timing. Counts and logs. No header is touched without need: each costs the runtime as much as all the code around it.
 */
import { answerRefusal } from './refusal.ts';
import type { Call } from '../core/request.ts';
import { allowRequestOrigin, isPreflight } from '../cors.ts';
import type { Reason, Refusal } from '../core/errors.ts';
import { forOneCaller } from './private-cache-control.ts';
import { dropConnectionNamed, rewriteLocation } from './headers.ts';
import { stampKongHeaders } from '../kong/headers.ts';
import { isFailed, logLine, serverTiming } from './log.ts';
import { countAnswer } from '../core/metrics.ts';
import { leadBack } from '../routing/rewrite.ts';
import type { Runtime } from '../core/runtime.ts';
import type { State } from './state.ts';

export function finishCall(call: Call, from: Response | Refusal, state: State, runtime: Runtime): Response {
  const { settings } = state;
  const now = runtime.now();
  const reason = 'reason' in from ? from.reason : null;
  const response = 'reason' in from ? refusalResponse(call, from, state) : openResponse(from);
  const { headers, status } = response;
  if (reason === null && call.origin !== null) {
    dropConnectionNamed(headers);
    if (settings.rewriteLocation && (status === 201 || (status > 299 && status < 400)))
      publishLocation(call, headers, state);
  }
  readableFor(call, headers, state);
  stampHeaders(call, headers, state, reason);
  if (call.kong === null) headers.set('X-Request-Id', call.id);
  else
    stampKongHeaders(
      headers,
      call,
      call.kong,
      reason === null ? call.origin !== null : call.sentAt > 0 && reason !== 'no_origin',
      status,
      now,
    );
  for (const [name, value] of call.answerHeaders)
    if (name === 'Set-Cookie') headers.append(name, value);
    else headers.set(name, value);
  observeAnswer(call, headers, status, reason, state, runtime, now);
  return response;
}

function refusalResponse(call: Call, refusal: Refusal, state: State): Response {
  const { headers } = call;
  return answerRefusal(
    refusal,
    state.settings.answers,
    headers.get('accept'),
    headers.get('content-type') ?? state.settings.kong.errorType,
    call.id,
    call.method === 'HEAD',
  );
}

/** The same answer with headers that can be changed, its body untouched. */
function openResponse(from: Response): Response {
  const { webSocket } = from as { webSocket?: object | null };
  if (!webSocket) return new Response(from.body, from);
  return new Response(null, { status: from.status, headers: from.headers, webSocket } as ResponseInit);
}

/** CORS; an origin that answers preflights itself has said all. */
function readableFor(call: Call, headers: Headers, state: State): void {
  const old = state.settings.answers === 'kong-2018';
  const { cors } = call.route ?? state.settings;
  if (cors === null || (call.route !== null && isPreflight(call.method, call.headers, old))) return;
  const rule = state.cors.get(cors);
  if (rule) allowRequestOrigin(rule, call.headers, headers, old);
}

/** What the caller, the counters and the log are told of it. */
function observeAnswer(
  call: Call,
  headers: Headers,
  status: number,
  reason: Reason | null,
  state: State,
  runtime: Runtime,
  now: number,
): void {
  const { settings } = state;
  if (settings.serverTiming) headers.append('Server-Timing', serverTiming(call, now));
  countAnswer(call.metrics, call.route, status, reason, now);
  if (settings.log === 'all' || (settings.log === 'errors' && isFailed(status, reason)))
    runtime.log(logLine(call, settings.pools[call.pool]?.name, status, reason, now));
}

function publishLocation(call: Call, headers: Headers, state: State): void {
  const location = headers.get('location');
  if (location === null) return;
  const site = `${call.scheme}://${call.host}`;
  for (const origin of state.settings.pools[call.pool]?.origins ?? [])
    rewriteLocation(headers, origin.site, origin.basePath, site);
  if (headers.get('location') !== location) leadBack(headers, site, call.route, call.matchedPath);
}

/** The tutorial's Origin, Version, Country, Cache-Control and, for failures, Error. */
function stampHeaders(call: Call, headers: Headers, state: State, reason: Reason | null): void {
  const { stamp } = call.route ?? state.settings;
  if (!stamp) return;
  const { origin, country, cacheControl, version } = stamp;
  const from = country && call.headers.get('cf-ipcountry');
  const told = version && call.origin && call.versions?.get(call.origin)?.text;
  if (origin && call.origin) headers.set(origin, call.origin.name);
  if (country && from) headers.set(country, from);
  if (cacheControl && !headers.has('cache-control') && !headers.has('expires'))
    headers.set('Cache-Control', forOneCaller(call.route, cacheControl) ?? cacheControl);
  if (reason) headers.set('Error', reason);
  if (version && told) headers.set(version.header, told);
}
