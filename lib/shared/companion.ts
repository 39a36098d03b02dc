/**
 * This isolate's side of what isolates share: how it asks the companion, which of its messages it can be told apart by,
 * and what is known of each of the companion's objects.
 *
 * Asked by fetch with JSON alone, so that the same binding means a Worker on Cloudflare and another process or machine
 * on plain workerd. Nothing here throws: an answer that does not come is null.
 */
import type { SharedSettings } from '../config/types.ts';
import { askCompanion, hasCompanion, tryWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';
import type { Envelope } from '../limits/lease-messages.ts';
import { createLink } from '../limits/shared-limit.ts';
import type { LeaseLink } from '../limits/shared-limit.ts';

/** One object of the companion. */
export interface Link {
  readonly shard: number;
  readonly lease: LeaseLink;
  /** What its last answer said; "" before there was one. */
  session: string;
  /** Number of the last message to it. */
  sequence: number;
}
export interface Companion {
  readonly settings: SharedSettings;
  readonly runtime: Runtime;
  /** By shard. */
  readonly links: readonly [Link, ...Link[]];
  /** A random name, given with the first message: there is no chance before the first request. */
  isolate: string;
  /** The log was told that there is no companion, or that it refuses what it is asked. */
  complained: boolean;
}

export function createCompanion(settings: SharedSettings, runtime: Runtime): Companion {
  const link = (shard: number): Link => ({ shard, lease: createLink(), session: '', sequence: 0 });
  const others = Array.from({ length: settings.shards - 1 }, (_, i) => link(i + 1));
  return { settings, runtime, links: [link(0), ...others], isolate: '', complained: false };
}

/** What marks a new message of this isolate. */
export function newEnvelope(companion: Companion, link: Link): Envelope {
  companion.isolate ||= companion.runtime.id();
  return { isolate: companion.isolate, session: link.session, sequence: ++link.sequence };
}

/** A message with a number of its own, and what the companion says to it; null where no answer came. */
export async function postMessage<T extends { readonly session: string }>(
  companion: Companion,
  link: Link,
  path: string,
  message: object,
): Promise<T | null> {
  const body = { ...newEnvelope(companion, link), ...message };
  const answer = await callCompanion<T>(companion, link.shard, path, body);
  if (answer !== null) link.session = answer.session;
  return answer;
}

/** What the companion says to `body`, or to a GET without one; null where it says nothing within `timeoutMs`. */
export function callCompanion<T>(
  companion: Companion,
  shard: number,
  path: string,
  body?: object,
): Promise<T | null> {
  const { runtime, settings } = companion;
  if (!hasCompanion()) complain(companion, 'there is no service binding SHARED');
  return tryWithin<T | null>(runtime, settings.timeoutMs, async (signal) => {
    const init = body === undefined ? { signal } : { method: 'POST', body: JSON.stringify(body), signal };
    const response = await askCompanion(
      `http://shared${path}${path.includes('?') ? '&' : '?'}shard=${shard}`,
      init,
    );
    if (response.ok) return (await response.json()) as T;
    complain(companion, `the companion answers ${response.status}`);
    return null;
  });
}

/** Once: each isolate is on its own from then on, and requests are not to fill the log. */
function complain(companion: Companion, what: string): void {
  if (!companion.complained) companion.runtime.log(JSON.stringify({ error: `shared: ${what}` }));
  companion.complained = true;
}
