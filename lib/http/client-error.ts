/**
 * Requests that failed by the caller's own doing, of which nothing follows for any origin: an address that cannot be asked for, or a
 * body that broke off. Plain workerd throws the same for that and for an origin that is lost; were they not told apart, any caller could
 * have origins left out.
 */
import type { Context } from '../core/request.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';

/** Whether what `fetch` threw is the caller's doing: a TypeError is thrown before anything is sent. */
export function isSpoilt({ upload }: Context, error: unknown): boolean {
  return error instanceof TypeError || upload?.stop.signal.aborted === true;
}

const SPOILT = refuse('bad_request', 400, 'Bad request');

/** What the caller is told where no attempt failed for another reason; null where none was made. */
export function refuseSpoilt(reason: string, attempts: number, { stopped }: Context): Refusal | null {
  return reason === 'no_origin' && attempts > 0 ? (stopped ?? SPOILT) : null;
}
