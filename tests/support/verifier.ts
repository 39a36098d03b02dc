/**
 * A real key verifier on loopback: `GET /keys/<key>` responds 200 for known keys and 401 for others. It can be slow,
 * fail, hang, revoke keys, and report the largest number of concurrent requests.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { act, originFor } from './origin.ts';
import type { Behaviour, Origin, Tap } from './origin.ts';

export interface Verifier {
  readonly url: string;
  /** Keys that are valid from now on. */
  readonly good: Set<string>;
  /** The keys that it was asked to verify, in order. */
  readonly asked: string[];
  /** Most concurrent requests so far. */
  readonly most: () => number;
  /** Requests that were answered. */
  readonly answered: () => number;
  /** From now on it answers nobody until the returned function is called. */
  readonly hold: () => () => void;
  /** Delay and, if set, the response instead of a verdict. */
  delayMs: number;
  instead: Behaviour | null;
  /** Headers and body of its verdicts. */
  headers: Record<string, string>;
  body: (key: string, good: boolean) => string;
  /** True: 200 for bad keys too. */
  always200: boolean;
  readonly origin: Origin;
}

export async function startVerifier(t: Tap, ...good: string[]): Promise<Verifier> {
  let now = 0;
  let most = 0;
  let answered = 0;
  let held: Promise<unknown> | null = null;
  const origin = await originFor(t, async (received, _request, response) => {
    const key = received.header('x-key') ?? decodeURIComponent(received.url.slice('/keys/'.length));
    verifier.asked.push(key);
    most = Math.max(most, ++now);
    const isGood = verifier.good.has(key);
    try {
      await held;
      await sleep(verifier.delayMs);
      if (verifier.instead !== null) return await act(verifier.instead, response);
      const status = isGood || verifier.always200 ? 200 : 401;
      await act(
        {
          status,
          headers: { 'content-type': 'application/json', ...verifier.headers },
          body: verifier.body(key, isGood),
        },
        response,
      );
      answered++;
    } finally {
      now--;
    }
  });
  const verifier: Verifier = {
    url: `${origin.url}/keys/{key}`,
    good: new Set(good),
    asked: [],
    most: () => most,
    answered: () => answered,
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return () => {
        held = null;
        resolve();
      };
    },
    delayMs: 0,
    instead: null,
    headers: {},
    body: (_key, isGood) => JSON.stringify({ valid: isGood }),
    always200: false,
    origin,
  };
  return verifier;
}
