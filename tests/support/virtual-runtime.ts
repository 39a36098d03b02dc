/**
 * The outside world on a virtual clock: time advances only when a test says so, timers fire in order of time, random
 * numbers are seeded, and the network is a function of the test. Nothing here waits on the wall clock.
 */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Runtime } from '../../lib/core/runtime.ts';
import { seededRandom } from './seeded-random.ts';

export interface VirtualRuntime extends Runtime {
  /** Advances time, firing every timer that becomes due; promises can settle before and after each. */
  readonly advance: (ms: number) => Promise<void>;
  /** Lets all settled promises continue without advancing time. */
  readonly settle: () => Promise<void>;
  /** Timers that have neither fired nor been cancelled. */
  readonly pending: () => number;
  /** What was logged. */
  readonly lines: string[];
  /** Every request that was sent, in order. */
  readonly sent: Request[];
}

export interface VirtualOptions {
  /** Milliseconds since 1970; default a Tuesday in 2026. */
  readonly now?: number;
  readonly seed?: number;
  /** The network; default: no host is reachable. See scripted-origins.ts. */
  readonly fetch?: (request: Request, runtime: VirtualRuntime) => Promise<Response>;
}

export function virtualRuntime(options: VirtualOptions = {}): VirtualRuntime {
  let now = options.now ?? Date.UTC(2026, 0, 6, 12);
  let last = 0;
  const random = seededRandom(options.seed ?? 1);
  const timers = new Map<number, { at: number; callback: () => void }>();
  const lines: string[] = [];
  const sent: Request[] = [];

  async function settle(): Promise<void> {
    for (let round = 0; round < 3; round++) await turn();
  }
  async function advance(ms: number): Promise<void> {
    const end = now + ms;
    await settle();
    for (let fired = 0; fired < 100_000; fired++) {
      const next = [...timers].sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
      if (!next || next[1].at > end) break;
      timers.delete(next[0]);
      now = Math.max(now, next[1].at);
      next[1].callback();
      await settle();
    }
    now = end;
  }
  const runtime: VirtualRuntime = {
    fetch: (input, init) => {
      // Node requires `duplex` for streamed bodies; Workers do not.
      const request = new Request(input, { ...init, duplex: 'half' } as RequestInit);
      sent.push(request);
      return (options.fetch ?? unreachable)(request, runtime);
    },
    now: () => now,
    random,
    after: (ms, callback) => {
      timers.set(++last, { at: now + ms, callback });
      return last;
    },
    cancel: (timer) => void timers.delete(timer),
    pipe: () => new TransformStream(),
    digest: (text) => Promise.resolve(createHash('sha256').update(text).digest('hex')),
    id: () => Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join(''),
    log: (line) => void lines.push(line),
    advance,
    settle,
    pending: () => timers.size,
    lines,
    sent,
  };
  return runtime;
}

function unreachable(): Promise<Response> {
  return Promise.reject(new Error('Network connection lost.'));
}
