/**
 * A share of GET and HEAD requests, sent to another pool after their caller has been answered, to learn what that pool would have said.
 *
 * Promises that no caller waits for it or fails by it: it runs after the answer, a few at a time in an isolate; what doesn't fit is counted
 * as skipped, never queued. Compared are the status, the headers (but those in which any two servers differ) and the first 64 KiB of the
 * body. The log names what differs and never a value: it may hold a key.
 * Rejected: sending both at once. The copy would take some of the six connections that a request may have waiting.
 */
import type { Hooks } from '../core/feature.ts';
import { requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { countShadow } from '../core/metrics.ts';
import { race } from '../race.ts';
import { originPath } from '../routing/rewrite.ts';
import type { Runtime } from '../core/runtime.ts';
import type { State } from '../http/state.ts';

const BODY_BYTES = 65_536;
/** An event stream never ends: its body is not compared, and one that comes later than its twin by this counts as different. */
const BODY_MS = 5000;
/** A place is taken for no longer than the platform lets work go on after an answer: it says nothing when it stops it. */
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
 * Call before the answer's body is handed on. `places`: when each of so many copies at once is over at the latest, in ms since 1970.
 */
export function shadowAnswer(context: Context, answer: Response, state: State, places: number[]): void {
  const { runtime } = state;
  const shadow = context.route?.shadow;
  if (!shadow || runtime.random() * 100 >= shadow.percent) return;
  if (!/^(GET|HEAD)$/.test(context.method) || context.request.body !== null || answer.status === 101) return;
  // The gateway's own answer has no twin, and a canary's caller may have been on that side already.
  const pool = state.settings.pools.findIndex(({ name }) => name === shadow.pool);
  if (context.origin === null || context.pool === pool) return;
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
  // A timer fires when the answer is on its way; a promise alone may run on before that.
  await new Promise<void>((resume) => void runtime.after(0, resume));
  const body = await readStart(answer, runtime);
  const twin: Context = { ...context, pool: index, origin: null };
  const path = originPath(route, context.matchedPath, context.path, state.settings.compat !== null);
  const pool = state.pools[index]!;
  const other = await race(twin, runtime, { pool, path, hash: pool.hash?.(twin, runtime.id) ?? 0 });
  const differs: string[] = 'reason' in other ? [other.reason] : differences(context, answer, twin, other);
  if (body !== null && 'body' in other && body !== (await readStart(other, runtime).catch(() => null)))
    differs.push('body');
  countShadow(context.metrics, route, differs[0] ? 'different' : 'same');
  if (differs[0] && state.settings.log !== 'off')
    runtime.log(
      JSON.stringify({ id: requestIdOf(context), route: route.name, shadow: settings.name, differs }),
    );
}

/** Statuses, and names of headers. An origin's own address in a header is no difference. */
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

/** The body's first bytes, one character each; null where it takes too long. The rest is let go. */
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
