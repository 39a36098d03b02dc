/**
 * A share of GET and HEAD requests, sent to another pool after their caller has been answered, to learn what that pool would have said.
 *
 * Promises that no caller waits for it or fails by it: it runs after the answer, a few at a time in an isolate; what doesn't fit is counted
 * as skipped, never queued. Compared are the status, the headers (but those in which any two servers differ) and the first 64 KiB of the
 * body. The log names what differs and never a value: it may hold a key.
 * Rejected: sending both at once. The copy would take some of the six connections that a request may have waiting.
 */
import type { Call } from '../core/request.ts';
import { ringKey } from '../hash-on.ts';
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

/** Call before the answer's body is handed on. Costs nothing where the route has no shadow or the dice say no. */
export function shadowAnswer(call: Call, answer: Response, state: State, runtime: Runtime): void {
  const shadow = call.route?.shadow;
  if (!shadow || runtime.random() * 100 >= shadow.percent) return;
  if (!/^(GET|HEAD)$/.test(call.method) || call.request.body !== null || answer.status === 101) return;
  // The gateway's own answer has no twin, and a canary's caller may have been on that side already.
  if (call.origin === null || call.pool === shadow.pool) return;
  const now = runtime.now();
  const place = state.shadows.findIndex((until) => until <= now);
  if (place < 0) return countShadow(call.metrics, call.route, 'skipped');
  state.shadows[place] = now + PLACE_MS;
  const free = () => void (state.shadows[place] = 0);
  call.waitUntil(compareShadow(call, shadow.pool, answer, state, runtime).then(free, free));
}

async function compareShadow(
  call: Call,
  index: number,
  from: Response,
  state: State,
  runtime: Runtime,
): Promise<void> {
  const answer = from.clone();
  const route = call.route!;
  const settings = state.settings.pools[index]!;
  // A timer fires when the answer is on its way; a promise alone may run on before that.
  await new Promise<void>((resume) => void runtime.after(0, resume));
  const body = await readStart(answer, runtime);
  const twin: Call = { ...call, pool: index, origin: null, versions: null };
  const path = originPath(route, call.matchedPath, call.path, state.settings.answers !== 'plain');
  const hash = ringKey(settings, twin, runtime.id);
  const other = await race(twin, runtime, { pool: state.pools[index]!, path, hash });
  const differs: string[] = 'reason' in other ? [other.reason] : differences(call, answer, twin, other);
  if (body !== null && 'body' in other && body !== (await readStart(other, runtime).catch(() => null)))
    differs.push('body');
  countShadow(call.metrics, route, differs[0] ? 'different' : 'same');
  if (differs[0] && state.settings.log !== 'off')
    runtime.log(JSON.stringify({ id: call.id, route: route.name, shadow: settings.name, differs }));
}

/** Statuses, and names of headers. An origin's own address in a header is no difference. */
function differences(call: Call, answer: Response, twin: Call, other: Response): string[] {
  const differs = answer.status === other.status ? [] : [`status ${answer.status} ${other.status}`];
  const valueOf = (from: Response, { origin }: Call, name: string) =>
    from.headers.get(name)?.replace(origin?.site ?? '', '');
  for (const name of new Set([...answer.headers.keys(), ...other.headers.keys()]))
    if (
      !VOLATILE.test(name) &&
      !call.route!.shadow!.ignoreHeaders.includes(name) &&
      valueOf(answer, call, name) !== valueOf(other, twin, name)
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
