/**
 * What is written about a request: one line of JSON for whoever reads logs, one Server-Timing header for whoever waits.
 *
 * Promises that no key can appear in a line, because nothing that a caller wrote does: no query, header, body, address or path. It names
 * what the operator wrote: the route, the prefix that matched, pool, origin, consumer. Exceptions: the method, a W3C trace id, and the
 * request id of a trusted peer.
 * Rejected: a list of what to mask. Kong and Traefik mask names they know and log every other one (traefik#10735).
 */
import { requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { Reason } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { renewTraceparent } from './trace.ts';

/** Logged with "errors": what the gateway refused, what failed, and what another origin had to rescue. */
export function isFailed(
  { failed }: Pick<Context, 'failed'>,
  status: number,
  reason: Reason | null,
): boolean {
  return reason !== null || status >= 500 || failed !== null;
}

/** Fields that do not apply are left out. `ms` until the answer's headers; `pool` by name. */
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
    // A prefix that matched is the operator's own text; what a regular expression matched is the caller's.
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

/** Where the time went, in ms (W3C Server-Timing); the steps that the request did not come to are left out. */
export function serverTiming(context: Context, now: number): string {
  const { startedAt, admittedAt, sentAt, answeredAt } = context;
  return (
    (admittedAt ? `auth;dur=${admittedAt - startedAt}, ` : '') +
    (sentAt ? `pick;dur=${sentAt - (admittedAt || startedAt)}, ` : '') +
    (sentAt && answeredAt ? `origin;dur=${answeredAt - sentAt}, ` : '') +
    `total;dur=${now - startedAt}, attempts;desc="${context.attempts}"`
  );
}

/** Writes the line once the answer is made; with "errors" of those alone that failed. */
export function startLog({ settings, runtime }: Isolate): Hooks {
  const { log, pools } = settings;
  if (log === 'off') return {};
  return {
    // A hop that records no spans hands the trace on as it is, or the trace would name a span that nobody knows.
    early: (context) => {
      const parent = context.headers.get('traceparent');
      context.trace = parent && renewTraceparent(parent, runtime.id().slice(16));
      return null;
    },
    finish:
      () =>
      (context, { status, reason }) => {
        if (log === 'all' || isFailed(context, status, reason))
          runtime.log(logLine(context, pools[context.pool]?.name, status, reason, runtime.now()));
      },
  };
}

/** Server-Timing on every answer. */
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

/** The request's id, to the caller; the origin is told on the way there. */
export function startRequestId({ settings }: Isolate): Hooks {
  if (settings.compat !== null || !settings.requestId) return {};
  return {
    finish:
      () =>
      (context, { change }) =>
        change().set('X-Request-Id', requestIdOf(context)),
  };
}
