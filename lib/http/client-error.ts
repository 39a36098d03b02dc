/**
 * Requests that failed by the caller's own doing, of which nothing follows for any origin: an address that cannot be asked for, or a
 * body that broke off. Plain workerd throws the same for that and for an origin that is lost; were they not told apart, any caller could
 * have origins ejected.
 */
import type { Call } from '../core/request.ts';

/** Whether what `fetch` threw is the caller's doing: a TypeError is thrown before anything is sent. */
export function isCallersFault({ upload }: Call, error: unknown): boolean {
  return error instanceof TypeError || upload?.stop.signal.aborted === true;
}
