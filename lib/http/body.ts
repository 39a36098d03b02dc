/**
 * Request bodies: buffered if a Content-Length says that they are small, else streamed once with their progress
 * tracked.
 *
 * A caller may take minutes to send its body, or abort it. Neither is the origin's fault, yet both look like an origin
 * that is silent or lost: uploads would be cut off, and any caller could have origins ejected. So timeouts start when
 * the body has been sent. An origin that stops reading is waited for as long as the caller waits. Costs a sixth of a
 * request of 10 KB, and up to 64 KiB of memory (Linkerd's bound for replays). Rejected: tracking small bodies too,
 * which costs twice that; reading chunks here, which would show which side is slow but takes 50 µs of CPU per chunk; a
 * clone, which is buffered without bound.
 */
import type { Context } from '../core/request.ts';
import type { Runtime } from '../core/runtime.ts';

const LARGEST_REPLAY = 65_536;

/** True if the body can be sent twice. A body that is aborted while it is buffered fails when it is sent. */
export async function takeBody(context: Context, runtime: Runtime): Promise<boolean> {
  const { body } = context.request;
  if (context.body !== null) context.upload = null;
  if (context.body !== null || body === null) return true;
  if (context.upload !== null) return false;
  const length = Number(context.headers.get('content-length') ?? NaN);
  if (length <= LARGEST_REPLAY) {
    context.body = await context.request.arrayBuffer().catch(() => null);
    return context.body !== null;
  }
  const { readable, writable } = runtime.pipe(length);
  const upload = { readable, doneAt: Infinity, stop: new AbortController() };
  context.upload = upload;
  // To the origin an aborted pipe would look like a complete body.
  body.pipeTo(writable, { preventAbort: true }).then(
    () => void (upload.doneAt = runtime.now()),
    () => writable.getWriter().desiredSize !== null && upload.stop.abort(),
  );
  return false;
}
