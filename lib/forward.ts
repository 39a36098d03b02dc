/**
 * Unsafe methods: sent to one origin, and retried only if that can do no harm.
 *
 * A POST may have been executed although its response was lost. It is retried only if it provably never left (the
 * platform's 521, 523, 525, 526 and 530), or if the client promises by an Idempotency-Key that a repeat is harmless and
 * the pool allows it. Under the Kong profiles all methods but POST, PATCH and LOCK are retried, as in nginx. Plain
 * workerd throws the same error for a refused connection and a lost request, so there no request provably never left.
 */
import { takeBody } from './http/body.ts';
import type { Context } from './core/request.ts';
import type { Refusal } from './core/errors.ts';
import { exchange, type Target } from './race.ts';
import type { Runtime } from './core/runtime.ts';

const NEVER_AGAIN = /^(?:POST|PATCH|LOCK)$/;

/** Sends a request that may change something at the origin. */
export async function forward(context: Context, runtime: Runtime, to: Target): Promise<Response | Refusal> {
  const { origins, idempotencyKey, retrySame } = to.pool.settings;
  const promised = idempotencyKey && context.headers.has('idempotency-key');
  const harmless = promised || (context.kong !== null && !NEVER_AGAIN.test(context.originMethod));
  const again =
    (origins.length > 1 || retrySame) && (harmless || !context.selfHosted || context.request.body === null);
  const replayable = (await takeBody(context, runtime)) && again;
  return exchange(context, runtime, to, {
    safe: false,
    repeatable: replayable && harmless,
    replayable,
    faultUnclear: false,
  });
}
