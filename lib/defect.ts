/**
 * What is written about a defect of the gateway itself, whatever `log` says: where an exception came from.
 *
 * Never its message: "Invalid URL" quotes the URL, and that may hold a key.
 */
import type { Call } from './call.ts';

export function defectLine(call: Call, error: unknown): string {
  const { name, stack = '' } = error instanceof Error ? error : { name: typeof error };
  return JSON.stringify({
    id: call.id,
    route: call.route?.name,
    error: name,
    at: stack.match(/^ +at .*/gm)?.slice(0, 5),
  });
}
