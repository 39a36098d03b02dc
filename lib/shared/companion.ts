/**
 * The client of the companion: calls to it, the envelope that identifies this isolate's messages, and what is known of
 * each of the companion's objects.
 *
 * Calls are plain fetch with JSON, so that the same binding can be a Worker on Cloudflare and another process or
 * machine on plain workerd. Nothing here throws: a call without an answer returns null.
 */
import type { SharedSettings } from '../config/types.ts';
import { askCompanion, hasCompanion, tryWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';
import { ANSWER_HEADERS } from '../limits/lease-messages.ts';
import type { Envelope } from '../limits/lease-messages.ts';
import { createLink } from '../limits/shared-limit.ts';
import type { LeaseLink } from '../limits/shared-limit.ts';

/** One object of the companion. */
export interface Link {
  readonly shard: number;
  readonly lease: LeaseLink;
  /** The session in its last answer; "" before the first. */
  session: string;
  /** Sequence number of the last message to it. */
  sequence: number;
}
export interface Companion {
  readonly settings: SharedSettings;
  readonly runtime: Runtime;
  /** By shard. */
  readonly links: readonly [Link, ...Link[]];
  /** A random name, made with the first message: Workers have no randomness before the first request. */
  isolate: string;
  /** The log already says that the companion does not answer. */
  complained: boolean;
}

export function createCompanion(settings: SharedSettings, runtime: Runtime): Companion {
  const link = (shard: number): Link => ({ shard, lease: createLink(), session: '', sequence: 0 });
  const others = Array.from({ length: settings.shards - 1 }, (_, i) => link(i + 1));
  return { settings, runtime, links: [link(0), ...others], isolate: '', complained: false };
}

/** The envelope of a new message from this isolate. */
export function newEnvelope(companion: Companion, link: Link): Envelope {
  companion.isolate ||= companion.runtime.id();
  return { isolate: companion.isolate, session: link.session, sequence: ++link.sequence };
}

/** Sends a message under a new sequence number. Returns the companion's answer, null if none came. */
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

/** Sends `body`, or a GET without one. Returns the companion's answer, null if none came within `timeoutMs`. */
export async function callCompanion<T>(
  companion: Companion,
  shard: number,
  path: string,
  body?: object,
): Promise<T | null> {
  const { runtime, settings } = companion;
  let fault = hasCompanion() ? 'the companion does not answer' : 'there is no service binding SHARED';
  const answer = await tryWithin(runtime, settings.timeoutMs, async (signal) => {
    const init = body === undefined ? { signal } : { method: 'POST', body: JSON.stringify(body), signal };
    const response = await askCompanion(
      `http://shared${path}${path.includes('?') ? '&' : '?'}shard=${shard}`,
      init,
    );
    if (!response.ok) fault = `the companion answers ${response.status}`;
    else if (response.headers.get('x-shared') !== ANSWER_HEADERS['x-shared'])
      fault = 'SHARED is not a companion of this version';
    else {
      const value = (await response.json()) as T;
      fault = '';
      return value;
    }
    return null;
  });
  // Once per isolate: it works alone while this lasts, and requests must not fill the log.
  if (fault !== '' && !companion.complained) {
    companion.complained = true;
    runtime.log(JSON.stringify({ error: `shared: ${fault}` }));
  }
  return answer;
}
