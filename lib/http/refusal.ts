/**
 * What a refusal looks like outside Kong's profiles: small JSON that no cache keeps, since the next caller may be let
 * in.
 */
import type { Refusal } from '../core/errors.ts';
import type { Context } from '../core/request.ts';

/**
 * `id` is named where callers are told it; null otherwise. A refusal without a message, such as a redirect, has no
 * body.
 */
export function plainRefusal(
  { status, message, headers }: Refusal,
  context: Context,
  id: string | null,
): Response {
  const told = new Headers(headers as [string, string][] | undefined);
  if (message === '') return new Response(null, { status, headers: told });
  told.set('content-type', 'application/json; charset=utf-8');
  told.set('cache-control', 'no-store');
  const text = JSON.stringify(id === null ? { message } : { message, request_id: id });
  return new Response(context.method === 'HEAD' ? null : text, { status, headers: told });
}
