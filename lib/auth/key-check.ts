/**
 * One check of a key for all who wait for it, whoever of them hangs up.
 *
 * On Workers a promise belongs to the request that made it and dies with it; whoever awaits it then waits for ever. Therefore a flight's
 * promise never rejects and is plain data; waitUntil keeps its request alive from the same tick on; every waiter, the first included, has
 * a timer of its own; and whoever finds a flight overdue starts the next one. Rejected: a promise that another request resolves (the
 * runtime kills a request that waits for nothing of its own, before the compatibility date 2024-10-14 even with a timer), and polling
 * (late by half a period).
 */
import { LANES, remember } from '../auth-cache.ts';
import type { Book } from '../auth-cache.ts';
import { boardFlight, flightOf, landFlight } from './single-flight.ts';
import type { Flight } from './single-flight.ts';
import { settledWithin } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';
import { askVerifier } from './verifier.ts';
import type { Verdict } from './verifier.ts';

/** Longest wait for a lane. With the check itself it stays within the 30 s that waitUntil lives on after a caller has gone. */
const QUEUE_MS = 10_000;
const GRACE_MS = 250;

type WaitUntil = (work: Promise<unknown>) => void;

/**
 * The verdict on a key, of a check that started after the last forget; null where the verifier gives none or too many are waiting.
 * A key that is known may use every lane, any other all but the last.
 */
export async function checkKey(
  book: Book,
  digest: string,
  key: string,
  known: boolean,
  runtime: Runtime,
  waitUntil: WaitUntil,
): Promise<Verdict | null> {
  const { flights } = book;
  for (let turn = 0; turn < 3; turn++) {
    const now = runtime.now();
    const flight =
      flightOf(flights, digest, now) ?? takeOff(book, digest, key, known, runtime, waitUntil, now);
    if (flight === null) return null;
    const verdict = await settledWithin(flight.promise, flight.until - now, runtime);
    if (verdict === undefined) landFlight(flights, digest, flight);
    else if (!flight.forgotten) return verdict;
  }
  return null;
}

function takeOff(
  book: Book,
  digest: string,
  key: string,
  known: boolean,
  runtime: Runtime,
  waitUntil: WaitUntil,
  now: number,
): Flight<Verdict> | null {
  const timeoutMs = book.auth.verify?.timeoutMs ?? 0;
  const flight = boardFlight(
    book.flights,
    digest,
    known ? LANES : LANES - 1,
    now,
    QUEUE_MS + timeoutMs + GRACE_MS,
  );
  if (flight === null) return null;
  flight.promise = fly(book, digest, key, flight, now + QUEUE_MS, runtime);
  waitUntil(flight.promise);
  return flight;
}

async function fly(
  book: Book,
  digest: string,
  key: string,
  flight: Flight<Verdict>,
  lastCall: number,
  runtime: Runtime,
): Promise<Verdict | null> {
  const before = flight.lane[flight.lane.length - 2];
  if (before !== undefined) await settledWithin(before.promise, before.until - runtime.now(), runtime);
  const askedAt = runtime.now();
  const { verify } = book.auth;
  const verdict =
    askedAt > lastCall || flight.forgotten || verify === null
      ? null
      : await askVerifier(verify, key, runtime);
  if (landFlight(book.flights, digest, flight))
    remember(book, digest, verdict, askedAt, runtime.now(), runtime.random());
  return verdict;
}
