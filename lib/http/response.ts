/**
 * Finishes every response, of an origin or of the gateway, before it is sent to the caller.
 *
 * Adds what the features of the route add, and nothing else. Headers are read only if needed: each costs as much in the
 * runtime as all the code around it. A response to which nothing is added is sent as received.
 */
import { dropConnectionNamed, isPlainConnection, pathAtOrigin } from './headers.ts';
import type { Refusal } from '../core/errors.ts';
import type { Exit, RoutePlan } from '../core/feature.ts';
import { publicHostOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { State } from './state.ts';

export function finishResponse(
  context: Context,
  from: Response | Refusal,
  plan: RoutePlan,
  state: State,
): Response {
  const refused = 'reason' in from;
  let response = refused ? state.refusal(from, context) : from;
  let opened = refused;
  // Cached, since each access to `response.headers` and `response.status` goes through the runtime.
  let headers: Headers | null = null;
  let status = 0;
  const exit: Exit = {
    get status() {
      return (status ||= response.status);
    },
    reason: refused ? from.reason : null,
    get response() {
      return response;
    },
    get headers() {
      return (headers ??= response.headers);
    },
    change: () => {
      if (!opened) {
        response = openResponse(response);
        headers = null;
        opened = true;
      }
      return (headers ??= response.headers);
    },
    replace: (other) => {
      response = other;
      headers = null;
      status = 0;
      opened = true;
    },
  };
  if (!refused && context.origin !== null) {
    for (const received of plan.received) received(context, response);
    // If headers will be added anyway, copy first: reading the headers of the original and the copy would cost twice.
    if (plan.adds || context.answerHeaders.length > 0) exit.change();
    cleanAnswer(context, exit, state);
  }
  for (const [name, value] of context.answerHeaders)
    if (name === 'Set-Cookie') exit.change().append(name, value);
    else exit.change().set(name, value);
  for (const finish of plan.finish) finish(context, exit);
  return response;
}

/** The same response with mutable headers, its body untouched. */
function openResponse(from: Response): Response {
  const { webSocket } = from as { webSocket?: object | null };
  if (!webSocket) return new Response(from.body, from);
  return new Response(null, { status: from.status, headers: from.headers, webSocket } as ResponseInit);
}

/** Drops hop-by-hop headers of an origin's response, and rewrites a Location that names the origin. */
function cleanAnswer(context: Context, exit: Exit, state: State): void {
  const { status, headers } = exit;
  if (!isPlainConnection(headers.get('connection'))) dropConnectionNamed(exit.change());
  if (state.settings.rewriteLocation && (status === 201 || (status > 299 && status < 400)))
    publishLocation(context, exit, state);
}

function publishLocation(context: Context, exit: Exit, state: State): void {
  const location = exit.headers.get('location');
  if (location === null) return;
  const origins = state.settings.pools[context.pool]?.origins ?? [];
  const path = origins.reduce<string | null>(
    (found, origin) => found ?? pathAtOrigin(location, origin),
    null,
  );
  if (path === null) return;
  const site = `${context.scheme}://${publicHostOf(context)}`;
  exit.change().set('location', site + state.routing.publicPath(path, context));
}
