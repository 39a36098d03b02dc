/**
 * Unsafe methods: sent to one origin, and retried only if that can do no harm.
 *
 * A POST may have been executed although its response was lost. It is retried only if it provably never left (the
 * platform's 521, 523, 525, 526 and 530), or if the client promises by an Idempotency-Key that a repeat is harmless and
 * the pool allows it. Under the Kong profiles all methods but POST, PATCH and LOCK are retried, as in nginx. Plain
 * workerd throws the same error for a refused connection and a lost request, so there no request provably never left.
 */
import type { Context } from './core/request.ts';
import type { Refusal } from './core/errors.ts';
import type { Pool } from './balance/pool.ts';
import { exchange, type Sender } from './race.ts';
import type { Runtime } from './core/runtime.ts';

/** The largest body that is buffered, in bytes. */
const LARGEST_REPLAY = 65_536;
const NEVER_AGAIN = /^(?:POST|PATCH|LOCK)$/;

/** Sends a request that may change something at the origin. */
export async function forward(context: Context, pool: Pool, sender: Sender): Promise<Response | Refusal> {
  const { origins, idempotencyKey, retrySame } = pool.settings;
  const promised = idempotencyKey && context.headers.has('idempotency-key');
  const harmless = promised || (context.kong !== null && !NEVER_AGAIN.test(context.originMethod));
  const again =
    (origins.length > 1 || retrySame) && (harmless || !context.selfHosted || context.request.body === null);
  const replayable = (await takeBody(context, sender.runtime)) && again;
  return exchange(context, pool, sender, {
    safe: false,
    repeatable: replayable && harmless,
    replayable,
    faultUnclear: false,
  });
}

/**
 * Buffers the body if its Content-Length says that it is small, else streams it once and tracks its progress. True if it
 * can be sent twice. One that is aborted while it is buffered fails when it is sent.
 *
 * A caller may take minutes to send its body, or abort it. Neither is the origin's fault, yet both look like an origin
 * that is silent or lost: uploads would be cut off, and any caller could have origins ejected. So timeouts start when
 * the body has been sent. An origin that stops reading is waited for as long as the caller waits. Costs a sixth of a
 * request of 10 KB, and up to 64 KiB of memory (Linkerd's bound for replays). Rejected: tracking small bodies too,
 * which costs twice that; reading chunks here, which would show which side is slow but takes 50 µs of CPU per chunk; a
 * clone, which is buffered without bound.
 */
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
