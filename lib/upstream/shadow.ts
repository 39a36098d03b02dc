/**
 * Shadow traffic: a share of GET and HEAD requests is sent to another pool after the caller has been answered, to learn
 * how that pool would have responded.
 *
 * Promises that no caller waits for a shadow request or fails because of one: it runs after the response, a few at a
 * time in an isolate; what doesn't fit is counted as skipped, never queued. Compared are the status, the headers
 * (except those in which any two servers differ) and the first 64 KiB of the body. The log names what differs but no
 * value, since a value may hold a key. Rejected: sending both at once (the shadow request would use some of the six
 * connections that a request may have waiting for headers).
 */
import type { Hooks } from '../core/feature.ts';
import { requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { countShadow } from '../core/metrics.ts';
import { race } from '../race.ts';
import { delay } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';
import type { State } from '../http/state.ts';

const BODY_BYTES = 65_536;
/** An event stream never ends: a body is not compared if it takes longer, and differs if only the shadow's does. */
const BODY_MS = 5000;
/** A slot is freed after the time that the platform gives work after a response: it stops such work without notice. */
const PLACE_MS = 30_000;
const VOLATILE =
  /^(age|alt-svc|cf-.+|connection|date|expires|keep-alive|nel|report-to|server|server-timing|set-cookie|transfer-encoding|via|x-request-id)$/;

export function startShadow(state: State): Hooks {
  const places = [0, 0, 0, 0, 0, 0, 0, 0];
  return {
    finish: (route) =>
      route?.shadow
        ? (context, { reason, response }) => {
            if (reason === null) shadowAnswer(context, response, state, places);
          }
        : null,
  };
}

/**
 * Call before the response's body is passed on. `places`: one slot per concurrent shadow request, with the latest time
 * at which it ends, in ms since 1970.
 */
export function shadowAnswer(context: Context, answer: Response, state: State, places: number[]): void {
  const { runtime } = state;
  const shadow = context.route?.shadow;
  if (!shadow || runtime.random() * 100 >= shadow.percent) return;
  if (!/^(GET|HEAD)$/.test(context.originMethod) || context.request.body !== null || answer.status === 101)
    return;
  // The gateway's own response and a cached one have nothing to compare with, and a canary's caller may have been on
  // that pool already.
  const pool = state.settings.pools.findIndex(({ name }) => name === shadow.pool);
  if (context.attempts === 0 || context.pool === pool) return;
  const now = runtime.now();
  const place = places.findIndex((until) => until <= now);
  if (place < 0) return countShadow(context.metrics, context.route, 'skipped');
  places[place] = now + PLACE_MS;
  const free = () => void (places[place] = 0);
  context.waitUntil(compareShadow(context, pool, answer, state).then(free, free));
}

async function compareShadow(context: Context, index: number, from: Response, state: State): Promise<void> {
  const { runtime } = state;
  const answer = from.clone();
  const route = context.route!;
  const settings = state.settings.pools[index]!;
  // A timer fires once the response is being sent; a promise by itself may continue before that.
  await delay(runtime, 0);
  const body = await readStart(answer, runtime);
  const twin: Context = { ...context, pool: index, origin: null };
  const other = await race(twin, state.pools[index]!, state);
  const differs: string[] = 'reason' in other ? [other.reason] : differences(context, answer, twin, other);
  if (body !== null && 'body' in other && body !== (await readStart(other, runtime).catch(() => null)))
    differs.push('body');
  countShadow(context.metrics, route, differs[0] ? 'different' : 'same');
  if (differs[0] && state.settings.log !== 'off')
    runtime.log(
      JSON.stringify({ id: requestIdOf(context), route: route.name, shadow: settings.name, differs }),
    );
}

/** The statuses and the names of headers that differ. An origin's own address in a header is not a difference. */
function differences(context: Context, answer: Response, twin: Context, other: Response): string[] {
  const differs = answer.status === other.status ? [] : [`status ${answer.status} ${other.status}`];
  const valueOf = (from: Response, { origin }: Context, name: string) =>
    from.headers.get(name)?.replace(origin?.site ?? '', '');
  for (const name of new Set([...answer.headers.keys(), ...other.headers.keys()]))
    if (
      !VOLATILE.test(name) &&
      !context.route!.shadow!.ignoreHeaders.includes(name) &&
      valueOf(answer, context, name) !== valueOf(other, twin, name)
    )
      differs.push(name);
  return differs;
}

/** The body's first bytes, one character each; null if they take too long. The rest is cancelled. */
async function readStart({ body }: Response, runtime: Runtime): Promise<string | null> {
  if (!body) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder('latin1');
  let text = '';
  let late = false;
  const timer = runtime.after(BODY_MS, () => {
    late = true;
    reader.cancel().catch(() => undefined);
  });
  while (text.length < BODY_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value);
  }
  runtime.cancel(timer);
  reader.cancel().catch(() => undefined);
  return late ? null : text.slice(0, BODY_BYTES);
}
