/**
 * One feature of lib/traffic on a virtual clock: its effect on a request before an origin is contacted, and on a
 * response.
 *
 *   const one = drive(startRedirect, { redirect: { to: 'https://b.test' } });
 *   const { answer } = await one.enter('/x');
 */
import type { Config, Settings } from '../../lib/config/types.ts';
import type { Exit, Hooks, Isolate } from '../../lib/core/feature.ts';
import { planOf, runSteps } from '../../lib/http/state.ts';
import type { Refusal } from '../../lib/core/errors.ts';
import type { Context } from '../../lib/core/request.ts';
import { configured } from './config.ts';
import { callTo } from './context.ts';
import { virtualRuntime, type VirtualOptions, type VirtualRuntime } from './virtual-runtime.ts';

interface Entered {
  readonly context: Context;
  readonly answer: Response | Refusal | null;
  /** Headers changed by the feature, as the origin receives them; "-" for a removed one. */
  readonly sent: Record<string, string>;
}
export interface Driven {
  readonly runtime: VirtualRuntime;
  readonly settings: Settings;
  readonly hooks: Hooks;
  /** The promises passed to `waitUntil`. */
  readonly work: Promise<unknown>[];
  readonly enter: (path?: string, init?: RequestInit, parts?: Partial<Context>) => Promise<Entered>;
  /** The response as the caller receives it; `route` null: no route matched. */
  readonly leave: (context: Context, response: Response, reason?: Refusal['reason'] | null) => Response;
}
export function drive(
  start: (isolate: Isolate) => Hooks,
  config: Partial<Config>,
  options: VirtualOptions = {},
): Driven {
  const settings = configured(config);
  const route = settings.routes[0]!;
  const runtime = virtualRuntime(options);
  const hooks = start({ settings, runtime, metrics: null, parts: {}, hooks: [] });
  const plan = planOf([hooks], route);
  const unmatched = planOf([hooks], null);
  const work: Promise<unknown>[] = [];
  return {
    runtime,
    settings,
    hooks,
    work,
    enter: async (path = '/', init = {}, parts = {}) => {
      const kong = settings.compat === null ? null : settings;
      const context = callTo(path, init, {
        route,
        kong,
        startedAt: runtime.now(),
        waitUntil: (each) => void work.push(each),
        ...parts,
      });
      const answer = await runSteps(context, plan.steps);
      const sent = Object.fromEntries(context.originHeaders.map(([name, value]) => [name, value ?? '-']));
      return { context, answer, sent };
    },
    leave: (context, from, reason = null) => {
      let response = from;
      const exit: Exit = {
        get status() {
          return response.status;
        },
        reason,
        get response() {
          return response;
        },
        get headers() {
          return response.headers;
        },
        change: () => (response = new Response(response.body, response)).headers,
        replace: (other) => void (response = other),
      };
      const steps = context.route === null ? unmatched : plan;
      if (context.origin !== null) for (const received of steps.received) received(context, response);
      for (const finish of steps.finish) finish(context, exit);
      return response;
    },
  };
}

/** Status and message of a rejection; "in" if the request may proceed. */
export function verdict(answer: Response | Refusal | null): string {
  if (answer === null) return 'in';
  return 'reason' in answer ? `${answer.status} ${answer.message}` : `${answer.status}`;
}
