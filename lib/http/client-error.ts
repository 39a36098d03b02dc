/**
 * Requests that failed because of the caller, which say nothing about an origin: an invalid URL, or an aborted body.
 * Plain workerd throws the same error for these and for a lost connection to the origin; if they were not
 * distinguished, any caller could have origins ejected.
 */
import type { Context } from '../core/request.ts';

/** Whether the caller is to blame for an error of `fetch`: a TypeError is thrown before anything is sent. */
export function isCallersFault({ upload }: Context, error: unknown): boolean {
  return error instanceof TypeError || upload?.stop.signal.aborted === true;
}
