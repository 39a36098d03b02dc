/**
 * Request bodies: read ahead where they are small and say so, else streamed, once, and watched.
 *
 * A caller may take minutes over its body, or break off in the middle. Neither is the origin's doing, yet at the answer's end both look
 * like an origin that is silent or lost: uploads would be cut off, and any caller could have origins left out. So time-outs begin when
 * the body has been sent. An origin that stops reading is waited for as long as the caller waits.
 * Costs a sixth of a request of 10 KB, and up to 64 KiB (Linkerd's bound for replays). Rejected: watching small bodies too, which costs
 * twice that; pieces read here, which would tell who is waited for but take 50 µs of CPU each; a clone, which is buffered without bound.
 */
import type { Context } from '../core/request.ts';
import type { Runtime } from '../core/runtime.ts';

const LARGEST_REPLAY = 65_536;

/** "Content-Length: 0" is none, whatever stream comes with it. */
export function hasBody({ request, headers }: Context): boolean {
  return request.body !== null && headers.get('content-length') !== '0';
}

/** True where the body can go out twice. One that breaks off here fails when it is sent. */
export async function takeBody(context: Context, runtime: Runtime): Promise<boolean> {
  const body = context.stream ?? context.request.body;
  if (context.body !== null || body === null) return true;
  const length = Number(context.headers.get('content-length') ?? NaN);
  if (length <= LARGEST_REPLAY && context.stream === null) {
    context.body = await context.request.arrayBuffer().catch(() => null);
    return context.body !== null;
  }
  const { readable, writable } = runtime.pipe(length);
  const upload = { readable, doneAt: Infinity, stop: new AbortController() };
  context.upload = upload;
  // A pipe that is aborted ends at the origin as if it were whole.
  body.pipeTo(writable, { preventAbort: true }).then(
    () => void (upload.doneAt = runtime.now()),
    () => writable.getWriter().desiredSize !== null && upload.stop.abort(),
  );
  return false;
}
