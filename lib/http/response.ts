/**
 * Finishes every response, of an origin or of the gateway, before it is sent to the caller.
 *
 * Adds what the features of the route add, and nothing else. Headers are read only if needed: each costs as much in the
 * runtime as all the code around it. A response to which nothing is added is sent as received.
 */
import { pathAtOrigin } from './headers.ts';
import type { Refusal } from '../core/errors.ts';
import { dropConnectionNamed } from '../core/header-names.ts';
import type { Exit } from '../core/feature.ts';
import { publicHostOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { State } from './state.ts';

export function finishResponse(context: Context, from: Response | Refusal, state: State): Response {
  const plan = state.plans.get(context.route)!;
  const refused = 'reason' in from;
  const asked = !refused && context.origin !== null;
  let response = refused ? state.refusal(from, context) : from;
  let opened = refused;
  if (asked) {
    for (const received of plan.received) received(context, response);
    // If headers will be added anyway, copy first: reading the headers of the original and the copy would cost twice.
    opened = plan.adds || context.answerHeaders.length > 0;
    if (opened) response = openResponse(response);
  }
  const exit: { -readonly [N in keyof Exit]: Exit[N] } = {
    status: response.status,
    reason: refused ? from.reason : null,
    response,
    headers: response.headers,
    change: () => {
      if (!opened) {
        exit.response = openResponse(exit.response);
        exit.headers = exit.response.headers;
        opened = true;
      }
      return exit.headers;
    },
    replace: (other) => {
      exit.response = other;
      exit.headers = other.headers;
      exit.status = other.status;
      opened = true;
    },
  };
  if (asked) {
    dropConnectionNamed(exit.headers, exit.change);
    const { status } = exit;
    if (status === 201 || (status > 299 && status < 400)) publishLocation(context, exit, state);
  }
  for (const [name, value] of context.answerHeaders)
    if (name === 'Set-Cookie') exit.change().append(name, value);
    else exit.change().set(name, value);
  for (const finish of plan.finish) finish(context, exit);
  return exit.response;
}

/** Whether responses of this status have no body (RFC 9110, 15.3.5, 15.3.6 and 15.4.5): the runtime constructs none. */
export const isBodiless = (status: number): boolean => status === 204 || status === 205 || status === 304;

/** The same response with mutable headers, its body untouched. */
function openResponse(from: Response): Response {
  const { webSocket } = from as { webSocket?: object | null };
  if (!webSocket) return new Response(from.body, from);
  return new Response(null, { status: from.status, headers: from.headers, webSocket } as ResponseInit);
}

/** Rewrites a Location that names the origin. */
function publishLocation(context: Context, exit: Exit, state: State): void {
  const location = state.settings.rewriteLocation ? exit.headers.get('location') : null;
  if (location === null) return;
  let path: string | null = null;
  for (const origin of state.settings.pools[context.pool]?.origins ?? [])
    path ??= pathAtOrigin(location, origin);
  if (path === null) return;
  const site = `${context.scheme}://${publicHostOf(context)}`;
  exit.change().set('location', site + state.routing.publicPath(path, context));
}
