/**
 * Every method that is not safe: one origin, and sent again only if that cannot do harm.
 *
 * A POST may have been executed although its answer was lost: it is repeated only if it provably never left (the
 * platform's 521, 523, 525, 526 and 530), or if the requester promises by an Idempotency-Key that repeating is
 * harmless and the pool allows it. Under the Kong profiles all but POST, PATCH and LOCK are repeated, as nginx does.
 * Plain workerd throws the same error for a request that was refused and one that was lost, so nothing provably never
 * left there.
 */
import { takeBody } from './http/body.ts';
import type { Context } from './core/request.ts';
import type { Refusal } from './core/errors.ts';
import { exchange, type Target } from './race.ts';
import type { Runtime } from './core/runtime.ts';

const NEVER_AGAIN = /^(?:POST|PATCH|LOCK)$/;

/** The answer to a request that may change something at the origin. */
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
    faultUnclear: context.reader.hostOverride?.isElsewhere(context) === true,
  });
}
