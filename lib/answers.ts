/** First draft. */
import type { Refusal } from './errors.ts';
export function answerRefusal(refusal: Refusal, _profile: string, _accept: string | null, _contentType: string | null, id: string, head: boolean): Response {
  const headers = new Headers(refusal.headers as [string, string][] | undefined);
  headers.set('Content-Type', 'application/json; charset=utf-8');
  return new Response(head ? null : JSON.stringify({ message: refusal.message, request_id: id }), { status: refusal.status, headers });
}
