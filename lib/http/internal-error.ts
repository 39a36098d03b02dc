/**
 * The log line for an internal error, written whatever `log` is set to: where the exception was thrown, without its
 * message, which may quote a URL with a key in it.
 */
import { requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';

export function internalErrorLine(context: Context, error: unknown): string {
  const { name, stack = '' } = error instanceof Error ? error : { name: typeof error };
  return JSON.stringify({
    id: requestIdOf(context),
    route: context.route?.name,
    error: name,
    at: stack.match(/^ +at .*/gm)?.slice(0, 5),
  });
}
