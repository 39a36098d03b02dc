/** The companion's own class on Node's SQLite instead of a Durable Object's. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { DatabaseSync } from 'node:sqlite';
import { Shared } from '../../lib/companion/shared.ts';
import type { LeaseAnswer, LeaseAsk, LeaseWindow } from '../../lib/limits/lease-messages.ts';

export interface Companion {
  readonly post: <T>(path: string, body: unknown) => Promise<T>;
  readonly get: <T>(path: string) => Promise<T>;
  readonly raw: (path: string, init?: RequestInit) => Promise<Response>;
}

// A Durable Object's timers keep it alive; here they would keep the test process alive.
const inObject = new AsyncLocalStorage<true>();
const { setTimeout: later } = globalThis;
globalThis.setTimeout = ((callback: () => void, ms: number) => {
  const timer = later(callback, ms);
  return inObject.getStore() ? timer.unref() : timer;
}) as never;

export const newDisk = (): DatabaseSync => new DatabaseSync(':memory:');

/** Starts a companion on that disk. */
export function startCompanion(disk: DatabaseSync): Companion {
  const exec = (text: string, ...values: (string | number | null)[]) => ({
    toArray: () => disk.prepare(text).all(...values),
  });
  const shared = new Shared({ storage: { sql: { exec } } } as never);
  const raw = (path: string, init?: RequestInit): Promise<Response> =>
    inObject.run(true, () => shared.fetch(new Request(`http://shared${path}`, init) as never)) as never;
  return {
    raw,
    post: async (path, body) =>
      (await raw(path, { method: 'POST', body: JSON.stringify(body) })).json() as never,
    get: async (path) => (await raw(path)).json() as never,
  };
}

export const windowOf = (length: number, limit: number, now: number): LeaseWindow => ({
  start: now - (now % length),
  length,
  limit,
});

export function askOf(windows: readonly LeaseWindow[], asked: Partial<LeaseAsk> = {}): LeaseAsk {
  return { key: 'me', windows, need: 1, want: 1, spent: 0, back: windows.map(() => 0), ...asked };
}

/** An isolate that talks to a companion: it counts its messages and stores its session. */
export function isolateOf(companion: () => Companion, name: string) {
  let [session, sequence] = ['', 0];
  return async (...asks: LeaseAsk[]): Promise<LeaseAnswer> => {
    const answer = await companion().post<LeaseAnswer>('/lease', {
      isolate: name,
      session,
      sequence: ++sequence,
      asks,
    });
    session = answer.session;
    return answer;
  };
}

/** The outcome of a call: a response, a response that is lost, a rejection, or nothing ever. */
export type Fate = 'answer' | 'lose' | 'refuse' | 'hang';

/** A fake of the service binding SHARED for the duration of a test. */
export function bindCompanion(t: { teardown: (stop: () => void) => void }, disk = newDisk()) {
  const bound = {
    companion: startCompanion(disk),
    fate: 'answer' as Fate,
    /** Method and path of every call. */
    calls: [] as string[],
    /** Loses the companion's memory but not its disk. */
    crash: (): void => void (bound.companion = startCompanion(disk)),
  };
  const scope = globalThis as { SHARED?: unknown };
  scope.SHARED = {
    fetch: async (url: string, init: RequestInit = {}): Promise<Response> => {
      const { pathname, search } = new URL(url);
      bound.calls.push(`${init.method ?? 'GET'} ${pathname}`);
      if (bound.fate === 'refuse') return new Response(null, { status: 403 });
      if (bound.fate !== 'hang') {
        const { signal: _signal, ...rest } = init;
        const response = await bound.companion.raw(pathname + search, rest);
        if (bound.fate === 'answer') return response;
      }
      return new Promise((_, reject) =>
        init.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    },
  };
  t.teardown(() => delete scope.SHARED);
  return bound;
}
