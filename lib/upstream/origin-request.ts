/**
 * One attempt at one origin: how its request is built, and what its response means.
 *
 * Promises that requests go to configured origins only: scheme and host of the URL are the origin's, and the path after
 * them starts with "/", so that no caller can change the host. Redirects are returned to the caller: following one
 * would send cookies and keys to any host that it names.
 */
import type { Outcome } from '../balance/outlier-detection.ts';
import { hasBody } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { OriginSettings } from '../config/types.ts';
import { dropLikeOwn } from '../http/headers.ts';
import type { Runtime } from '../core/runtime.ts';

/**
 * Sends the request in the form that this origin gets. A buffered body can be sent again, a streamed one only once.
 *
 * `fetch` copies its input, so building a Request here first would cost as much again as all the changes to it. Only a
 * GET with a body needs one: the platform forwards such a body, but does not let a Worker create it.
 */
export function sendUpstream(
  context: Context,
  origin: OriginSettings,
  path: string,
  runtime: Runtime,
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
  const body = context.body ?? context.upload?.readable ?? (hasBody(context) ? request.body : null);
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
