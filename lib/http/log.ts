/**
 * The log: one line of JSON per request; and the Server-Timing header for callers.
 *
 * No key can appear in a line, because nothing that a caller sent does: no query, header, body, address or path. A line
 * names what the operator wrote: the route, the prefix that matched, pool, origin, consumer. Exceptions: the method, a
 * W3C trace id, and the request id of a trusted peer.
 * Rejected: a list of names to mask. Kong and Traefik mask the names they know and log all others (traefik#10735).
 */
import { requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { Reason } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { renewTraceparent } from './trace.ts';

/** Fields that do not apply are omitted. `ms` ends at the response's headers; `pool` is its name. */
export function logLine(
  context: Context,
  pool: string | undefined,
  status: number,
  reason: Reason | null,
  now: number,
): string {
  const { route, trace } = context;
  return JSON.stringify({
    time: new Date(now).toISOString(),
    id: requestIdOf(context),
    method: context.method,
    route: route?.name,
    // A prefix that matched is the operator's string; what a regular expression matched is the caller's.
    path: route?.paths.includes(context.matchedPath) ? context.matchedPath : undefined,
    status,
    ms: now - context.startedAt,
    reason: reason ?? undefined,
    pool,
    origin: context.origin?.name,
    attempts: context.attempts,
    failed: context.failed ?? undefined,
    consumer: context.consumer ? (context.consumer.username ?? context.consumer.id) : undefined,
    trace: trace?.slice(3, 35),
    span: trace?.slice(36, 52),
  });
}

/**
 * The line for an internal error, written whatever `log` is set to: where the exception was thrown, without its
 * message, which may quote a URL with a key in it.
 */
export function internalErrorLine(context: Context, error: unknown): string {
  const { name, stack = '' } = error instanceof Error ? error : { name: typeof error };
  return JSON.stringify({
    id: requestIdOf(context),
    route: context.route?.name,
    error: name,
    at: stack.match(/^ +at .*/gm)?.slice(0, 5),
  });
}

/** Server-Timing (W3C), in ms; steps that the request did not reach are omitted. */
export function serverTiming(context: Context, now: number): string {
  const { startedAt, admittedAt, sentAt, answeredAt } = context;
  return (
    (admittedAt ? `auth;dur=${admittedAt - startedAt}, ` : '') +
    (sentAt ? `pick;dur=${sentAt - (admittedAt || startedAt)}, ` : '') +
    (sentAt && answeredAt ? `origin;dur=${answeredAt - sentAt}, ` : '') +
    `total;dur=${now - startedAt}, attempts;desc="${context.attempts}"`
  );
}

/** Writes the line when the response is ready; with "errors" only for requests that failed. */
export function startLog({ settings, runtime }: Isolate): Hooks {
  const { log, pools } = settings;
  if (log === 'off') return {};
  return {
    // Only if logging: a hop that records no spans must forward the trace unchanged, or it would name an unknown span.
    early: (context) => {
      const parent = context.headers.get('traceparent');
      context.trace = parent && renewTraceparent(parent, runtime.id().slice(16));
      return null;
    },
    finish:
      () =>
      (context, { status, reason }) => {
        // With "errors": refusals, failures, and requests that succeeded only after a failed attempt.
        if (log === 'all' || reason !== null || status >= 500 || context.failed !== null)
          runtime.log(logLine(context, pools[context.pool]?.name, status, reason, runtime.now()));
      },
  };
}

/** Adds Server-Timing to every response. */
export function startServerTiming({ settings, runtime }: Isolate): Hooks {
  const { serverTiming: wanted, status, log } = settings;
  if (!(wanted ?? (status !== null || log !== 'off'))) return {};
  return {
    finish:
      () =>
      (context, { change }) =>
        change().append('Server-Timing', serverTiming(context, runtime.now())),
  };
}

/** Sends the request's id to the caller; the origin gets it with the request. */
export function startRequestId({ settings }: Isolate): Hooks {
  if (settings.compat !== null || !settings.requestId) return {};
  return {
    finish:
      () =>
      (context, { change }) =>
        change().set('X-Request-Id', requestIdOf(context)),
  };
}
