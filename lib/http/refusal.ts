/** The one place where a refusal becomes a response: small JSON, or what Kong's callers know (kong-answers.ts). */
import type { Settings } from '../config/types.ts';
import type { Refusal } from '../core/errors.ts';
import { kongBody, oldRefusal } from '../kong/error-bodies.ts';

/**
 * The response to a refusal. `accept` and `contentType` are the request's; `head` leaves the body out. A refusal without
 * a message, such as a redirect, has no body.
 */
export function answerRefusal(
  refusal: Refusal,
  profile: Settings['compat'],
  accept: string | null,
  contentType: string | null,
  id: string,
  head: boolean,
): Response {
  const old = profile === 'kong-2018';
  const told = old ? oldRefusal(refusal) : refusal;
  const { status, message } = told;
  const headers = new Headers(told.headers as [string, string][] | undefined);
  if (message === '') return new Response(null, { status, headers });
  const kong = profile === null ? null : kongBody(told, old, accept, contentType, id);
  headers.set('content-type', kong?.[0] ?? 'application/json; charset=utf-8');
  const text = kong?.[1] ?? JSON.stringify({ message, request_id: id });
  return new Response(head ? null : text, { status, headers });
}
