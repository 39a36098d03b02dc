/**
 * Sends records (lines of the access log, spans) to a server in batches, after the answers have gone out.
 *
 * No caller waits for a record or fails because of one. Requests in flight and queued records are bounded; what does
 * not fit is dropped and counted, so that a log server that is down costs a little memory and no request. The queue is
 * this isolate's, and a record waits no longer than the platform lets work go on after an answer (30 s). What an
 * isolate has not sent when it ends is lost.
 */
import type { LogServer } from '../config/types.ts';
import type { SentRecords } from '../core/feature.ts';
import { memo } from '../core/memo.ts';
import { delay, tryWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';

interface BatchSender<To extends LogServer> {
  /** Of all servers together. */
  readonly counts: SentRecords;
  /** `waitUntil` is that of the request that the record describes. */
  readonly send: (to: To, record: string, waitUntil: (work: Promise<unknown>) => void) => void;
}

interface Queue {
  readonly waiting: string[];
  /** Until when each slot is taken, in ms since 1970. */
  readonly places: number[];
  /** A delay ended while every slot was taken: the next one that is free sends what waits, be it less than a batch. */
  overdue: boolean;
}

const MOST_WAITING = 1000;
const MOST_AT_ONCE = 8;
/** A slot is freed after the time that the platform gives work after an answer: it stops such work without notice. */
const SEND_PLACE_MS = 30_000;
/** Delays before the second and the third attempt. */
const SEND_RETRY_MS = [500, 3000];

/** `write` makes the body of a batch. Each server has a queue and slots of its own. */
export function createBatchSender<To extends LogServer>(
  write: (records: readonly string[], to: To) => string,
  runtime: Runtime,
): BatchSender<To> {
  const counts: SentRecords = { sent: 0, failed: 0, dropped: 0 };
  const queueOf = memo<To, Queue>(() => ({
    waiting: [],
    places: Array<number>(MOST_AT_ONCE).fill(0),
    overdue: false,
  }));

  const flush = async (to: To): Promise<void> => {
    const queue = queueOf(to);
    const { waiting, places } = queue;
    const now = runtime.now();
    const place = places.findIndex((until) => until <= now);
    if (place < 0) queue.overdue = true;
    if (place < 0 || waiting.length === 0) return;
    const batch = waiting.splice(0, Math.max(1, to.batchSize));
    if (waiting.length === 0) queue.overdue = false;
    places[place] = now + SEND_PLACE_MS;
    const good = await deliver(to, write(batch, to), runtime);
    places[place] = 0;
    counts[good ? 'sent' : 'failed'] += batch.length;
    if (queue.overdue || waiting.length >= to.batchSize) await flush(to);
  };

  return {
    counts,
    send: (to, record, waitUntil) => {
      const { waiting } = queueOf(to);
      if (waiting.length >= MOST_WAITING) return void counts.dropped++;
      waiting.push(record);
      if (waiting.length >= to.batchSize) return waitUntil(flush(to));
      waitUntil(delay(runtime, to.delaySeconds * 1000).then(() => flush(to)));
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
    await delay(runtime, wait);
  }
}
