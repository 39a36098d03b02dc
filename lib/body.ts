/**
 * Which request bodies can be sent twice: those that are small and say so before they arrive.
 *
 * A stream is gone after the first attempt, and a clone is buffered without bound while it waits. So a body is read ahead
 * only where its Content-Length promises at most 64 KiB (Linkerd's bound for replays); every other streams through, once.
 */
import type { Call } from './call.ts';

const LARGEST_REPLAY = 65_536;

/** Reads a small body into `call.body`. False where the body is streamed and can go out only once. */
export async function readSmallBody(call: Call): Promise<boolean> {
  if (call.body !== null || call.request.body === null) return true;
  const length = Number(call.headers.get('content-length') ?? NaN);
  if (!(length <= LARGEST_REPLAY)) return false;
  call.body = await call.request.arrayBuffer();
  return true;
}
