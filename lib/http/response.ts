/**
 * The one exit: the answer as the caller gets it, whoever made it.
 *
 * Adds what the settings ask for and nothing else: CORS, the tutorial's stamps, a request id or Kong's headers, rate-limit headers,
 * Server-Timing. Counts and logs. No header is touched without need: each costs the runtime as much as all the code around it.
 */
import { answerRefusal } from './refusal.ts';
import type { Context } from '../core/request.ts';
import { allowRequestOrigin, isPreflight } from '../cors.ts';
import type { Reason, Refusal } from '../core/errors.ts';
import { forOneCaller } from './private-cache-control.ts';
import { dropConnectionNamed, rewriteLocation } from './headers.ts';
import { addKongHeaders } from '../kong/headers.ts';
import { isFailed, logLine, serverTiming } from './log.ts';
import { countAnswer } from '../core/metrics.ts';
import { publicLocation } from '../routing/rewrite.ts';
import type { Runtime } from '../core/runtime.ts';
import type { State } from './state.ts';

export function finishResponse(
  context: Context,
  from: Response | Refusal,
  state: State,
  runtime: Runtime,
): Response {
  const { settings } = state;
  const now = runtime.now();
  const reason = 'reason' in from ? from.reason : null;
  const response = 'reason' in from ? refusalResponse(context, from, state) : openResponse(from);
  const { headers, status } = response;
  if (reason === null && context.origin !== null) {
    dropConnectionNamed(headers);
    if (settings.rewriteLocation && (status === 201 || (status > 299 && status < 400)))
      publishLocation(context, headers, state);
  }
  readableFor(context, headers, state);
  addResponseHeaders(context, headers, state, reason);
  if (context.kong === null) headers.set('X-Request-Id', context.id);
  else
    addKongHeaders(
      headers,
      context,
      context.kong,
      reason === null ? context.origin !== null : context.sentAt > 0 && reason !== 'no_origin',
      status,
      now,
    );
  for (const [name, value] of context.answerHeaders)
    if (name === 'Set-Cookie') headers.append(name, value);
    else headers.set(name, value);
  observeAnswer(context, headers, status, reason, state, runtime, now);
  return response;
}

function refusalResponse(context: Context, refusal: Refusal, state: State): Response {
  const { headers } = context;
  return answerRefusal(
    refusal,
    state.settings.compat,
    headers.get('accept'),
    headers.get('content-type') ?? state.settings.kong.errorType,
    context.id,
    context.method === 'HEAD',
  );
}

/** The same answer with headers that can be changed, its body untouched. */
function openResponse(from: Response): Response {
  const { webSocket } = from as { webSocket?: object | null };
  if (!webSocket) return new Response(from.body, from);
  return new Response(null, { status: from.status, headers: from.headers, webSocket } as ResponseInit);
}

/** CORS; an origin that answers preflights itself has said all. */
function readableFor(context: Context, headers: Headers, state: State): void {
  const old = state.settings.compat === 'kong-2018';
  const { cors } = context.route ?? state.settings;
  if (cors === null || (context.route !== null && isPreflight(context.method, context.headers, old))) return;
  const rule = state.cors.get(cors);
  if (rule) allowRequestOrigin(rule, context.headers, headers, old);
}

/** What the caller, the counters and the log are told of it. */
function observeAnswer(
  context: Context,
  headers: Headers,
  status: number,
  reason: Reason | null,
  state: State,
  runtime: Runtime,
  now: number,
): void {
  const { settings } = state;
  if (settings.serverTiming) headers.append('Server-Timing', serverTiming(context, now));
  countAnswer(context.metrics, context.route, status, reason, now);
  if (settings.log === 'all' || (settings.log === 'errors' && isFailed(status, reason)))
    runtime.log(logLine(context, settings.pools[context.pool]?.name, status, reason, now));
}

function publishLocation(context: Context, headers: Headers, state: State): void {
  const location = headers.get('location');
  if (location === null) return;
  const site = `${context.scheme}://${context.host}`;
  for (const origin of state.settings.pools[context.pool]?.origins ?? [])
    rewriteLocation(headers, origin.site, origin.basePath, site);
  if (headers.get('location') !== location) publicLocation(headers, site, context.route, context.matchedPath);
}

/** The tutorial's Origin, Version, Country, Cache-Control and, for failures, Error. */
function addResponseHeaders(context: Context, headers: Headers, state: State, reason: Reason | null): void {
  const { responseHeaders } = context.route ?? state.settings;
  if (!responseHeaders) return;
  const { origin, country, cacheControl, version } = responseHeaders;
  const from = country && context.headers.get('cf-ipcountry');
  const told = version && context.origin && context.versions?.get(context.origin)?.text;
  if (origin && context.origin) headers.set(origin, context.origin.name);
  if (country && from) headers.set(country, from);
  if (cacheControl && !headers.has('cache-control') && !headers.has('expires'))
    headers.set('Cache-Control', forOneCaller(context.route, cacheControl) ?? cacheControl);
  if (reason) headers.set('Error', reason);
  if (version && told) headers.set(version.header, told);
}
