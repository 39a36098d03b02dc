/**
 * Records that are told to somebody elsewhere, by HTTP, behind the answers: lines of the access log, spans.
 *
 * No caller waits for them or fails by them. So many requests at once and so many records in wait, and what does not
 * fit is dropped and counted: a log server that is down costs memory for a moment, and no request. Records wait in this
 * isolate alone, and no longer than a request may work on behind its answer (30 s): what an isolate has not sent when
 * it goes is lost.
 */
import type { LogServer } from '../config/types.ts';
import { tryWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';

export interface Sent {
  sent: number;
  /** Refused by their destination, or not taken in time. */
  failed: number;
  /** There was no room for them. */
  dropped: number;
}

export interface BatchSender {
  readonly counts: Sent;
  /** `waitUntil` is that of the request which the record is of. */
  readonly send: (record: string, waitUntil: (work: Promise<unknown>) => void) => void;
}

const MOST_WAITING = 1000;
const MOST_AT_ONCE = 8;
/**
 * A place is taken for no longer than the platform lets work go on after an answer: it says nothing when it stops it.
 */
const SEND_PLACE_MS = 30_000;
/** Waits before the second and the third try. */
const SEND_RETRY_MS = [500, 3000];

/** `write` makes a body of a batch. */
export function createBatchSender(
  destination: LogServer,
  write: (records: readonly string[]) => string,
  runtime: Runtime,
): BatchSender {
  const counts: Sent = { sent: 0, failed: 0, dropped: 0 };
  const places = Array<number>(MOST_AT_ONCE).fill(0);
  const waiting: string[] = [];

  const flush = async (): Promise<void> => {
    const now = runtime.now();
    const place = places.findIndex((until) => until <= now);
    if (place < 0 || waiting.length === 0) return;
    const batch = waiting.splice(0, Math.max(1, destination.batchSize));
    places[place] = now + SEND_PLACE_MS;
    const good = await deliver(destination, write(batch), runtime);
    places[place] = 0;
    counts[good ? 'sent' : 'failed'] += batch.length;
    if (waiting.length >= destination.batchSize) await flush();
  };

  return {
    counts,
    send: (record, waitUntil) => {
      if (waiting.length >= MOST_WAITING) return void counts.dropped++;
      waiting.push(record);
      if (waiting.length >= destination.batchSize) return waitUntil(flush());
      waitUntil(
        new Promise<void>((resume) => runtime.after(destination.delaySeconds * 1000, resume)).then(flush),
      );
    },
  };
}

/** Never rejects. */
async function deliver(to: LogServer, body: string, runtime: Runtime): Promise<boolean> {
  for (let turn = 0; ; turn++) {
    const status = await tryWithin(runtime, to.timeoutMs, async (signal) => {
      const headers = new Headers(to.headers as [string, string][]);
      if (!headers.has('content-type')) headers.set('content-type', 'application/json');
      const response = await runtime.fetch(to.url, {
        method: to.method,
        headers,
        body,
        redirect: 'manual',
        signal,
      });
      response.body?.cancel().catch(() => undefined);
      return response.status;
    });
    if (status !== null && status >= 200 && status < 300) return true;
    const wait = SEND_RETRY_MS[turn];
    // What was understood and refused is refused again.
    if (wait === undefined || (status !== null && status < 500 && status !== 429)) return false;
    await new Promise<void>((resume) => runtime.after(wait, resume));
  }
}
