/**
 * GET, HEAD and the other safe methods: the first good answer wins.
 *
 * The tutorial asks every origin with a probe, waits for the first answer of any kind, and then asks the winner: three round trips, a
 * request to each origin, and a fast failure wins. Here the request itself is the question, one origin is asked unless there is a reason
 * to ask two, and an answer must be good to win (`balance: "race"` asks them all, in one round trip).
 */
import { beginJourney } from './attempts.ts';
import { hasBody } from './http/body.ts';
import type { Context } from './core/request.ts';
import type { Refusal } from './core/errors.ts';
import { isElsewhere } from './http/host-override.ts';
import { pursue } from './pursue.ts';
import type { Target } from './pursue.ts';
import type { Runtime } from './core/runtime.ts';

/** The answer to a request that several origins may get without harm. */
export function race(context: Context, runtime: Runtime, to: Target): Promise<Response | Refusal> {
  // A GET with a body goes out once: the platform forwards such a body but lets nobody make or watch one.
  const safe = !hasBody(context);
  const place = to.pool.located ? undefined : (context.request as { cf?: unknown }).cf;
  const facts = {
    safe,
    repeatable: safe,
    replayable: safe,
    doubtful: !safe || isElsewhere(context),
    hash: to.hash,
    place,
  };
  return pursue(context, runtime, to, beginJourney(to.pool, facts, runtime.now(), runtime.random));
}
