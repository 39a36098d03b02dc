/**
 * Requests that failed by the requester's own doing, of which nothing follows for any origin: an address that cannot be asked for, or a
 * body that broke off. Plain workerd throws the same for that and for an origin that is lost; were they not told apart, any caller could
 * have origins ejected.
 */
import type { Context } from '../core/request.ts';

/** Whether what `fetch` threw is the requester's doing: a TypeError is thrown before anything is sent. */
export function isCallersFault({ upload }: Context, error: unknown): boolean {
  return error instanceof TypeError || upload?.stop.signal.aborted === true;
}
