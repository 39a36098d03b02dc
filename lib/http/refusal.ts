/**
 * The response to a refusal under the plain profile: small JSON with `no-store`, since the next caller may be admitted.
 */
import type { Refusal } from '../core/errors.ts';
import type { Context } from '../core/request.ts';

/**
 * `id` is the request's id if callers are sent it, else null. A refusal without a message, such as a redirect, has no
 * body.
 */
export function plainRefusal(
  { status, message, headers }: Refusal,
  context: Context,
  id: string | null,
): Response {
  const sent = new Headers(headers as [string, string][] | undefined);
  if (message === '') return new Response(null, { status, headers: sent });
  sent.set('content-type', 'application/json; charset=utf-8');
  sent.set('cache-control', 'no-store');
  const text = JSON.stringify(id === null ? { message } : { message, request_id: id });
  return new Response(context.method === 'HEAD' ? null : text, { status, headers: sent });
}
