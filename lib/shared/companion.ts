/**
 * The client of the companion: calls to it, and the envelope that identifies this isolate's messages.
 *
 * Calls are plain fetch with JSON, so that the same binding can be a Worker on Cloudflare and another process or
 * machine on plain workerd. Nothing here throws: a call without an answer returns null.
 */
import type { SharedSettings } from '../config/types.ts';
import { askCompanion, hasCompanion, tryWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';
import { ANSWER_HEADERS } from '../limits/lease-messages.ts';
import type { Envelope, Sender } from '../limits/lease-messages.ts';

/** For work that waits for an isolate to become idle: below the 30 s for which waitUntil extends a request. */
export const IDLE_MS = 20_000;

export interface Companion {
  readonly settings: SharedSettings;
  readonly runtime: Runtime;
  /** A random name, made with the first message: Workers have no randomness before the first request. */
  isolate: string;
  /** The log already says that the companion does not answer. */
  complained: boolean;
}

export function createCompanion(settings: SharedSettings, runtime: Runtime): Companion {
  return { settings, runtime, isolate: '', complained: false };
}

/** The envelope of a new message from this isolate. */
export function newEnvelope(companion: Companion, sender: Sender): Envelope {
  companion.isolate ||= companion.runtime.id();
  return { isolate: companion.isolate, session: sender.session, sequence: ++sender.sequence };
}

/** Sends `body`, or a GET without one. Returns the companion's answer, null if none came within `timeoutMs`. */
export async function callCompanion<T>(companion: Companion, path: string, body?: object): Promise<T | null> {
  const { runtime, settings } = companion;
  let fault = hasCompanion() ? 'the companion does not answer' : 'there is no service binding SHARED';
  const answer = await tryWithin(runtime, settings.timeoutMs, async (signal) => {
    const init = body === undefined ? { signal } : { method: 'POST', body: JSON.stringify(body), signal };
    const response = await askCompanion(`http://shared${path}`, init);
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
