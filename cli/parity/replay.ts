/**
 * Sends every recorded request to both gateways at the same time and passes on the differences. Concurrency and rate
 * are limited, and no line of the recording is read before there is room for it.
 *
 * Latency is the only difference that varies by chance: a pair that seems to differ by an order of magnitude is sent
 * again once (safe methods only), and the faster of each gateway's two responses counts.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import { compareAnswers, compareLatency } from './compare.ts';
import type { Difference } from './difference.ts';
import { cutPointer } from './json-body.ts';
import type { Options } from './options.ts';
import type { Entry, Recorded } from './recorded.ts';
import type { Redactor } from './redact.ts';
import { SAFE, type Sender } from './send.ts';
import { countExchange, countSkipped, type Exchange, type Tally } from './tally.ts';

interface Replay {
  readonly options: Options;
  readonly sender: Sender;
  readonly redactor: Redactor;
  readonly tally: Tally;
  /**
   * Called after each differing exchange; the run waits for it, so that a slow disk slows the run instead of filling
   * memory.
   */
  readonly onDifferent: (exchange: Exchange) => Promise<void> | void;
  readonly onProgress: () => void;
  readonly stop: AbortSignal;
}

/** Resolves when the recording has ended, the limit is reached, or `stop` fires. Rejects for an error in the input. */
export async function replay(entries: AsyncGenerator<Entry>, run: Replay): Promise<void> {
  const { options, tally, stop } = run;
  const { counts } = tally;
  setMaxListeners(0, stop);
  const pause = pacer(options.rate, stop);
  const worker = async (): Promise<void> => {
    // Whoever leaves this loop, by an error too, ends the entries for all.
    for await (const entry of entries) {
      counts.read++;
      const reason = whyNotSent(entry, options);
      if (reason !== null) countSkipped(tally, reason);
      else if (counts.sent < options.limit) {
        counts.sent++;
        await pause();
        await exchange(entry as Recorded, run);
      }
      run.onProgress();
      if (stop.aborted || counts.sent >= options.limit) return;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: options.concurrency }, worker));
  // An interruption ends the reading by an error of the input.
  if (stop.aborted) return;
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

function whyNotSent(entry: Entry, options: Options): string | null {
  if ('unusable' in entry) return entry.unusable;
  if (entry.method === 'CONNECT') return 'CONNECT';
  if (!SAFE.has(entry.method) && !options.unsafe) return `${entry.method} without --unsafe`;
  const upgrade = entry.headers.find(([name]) => name.toLowerCase() === 'upgrade');
  return upgrade && /websocket/i.test(upgrade[1]) ? 'a WebSocket' : null;
}

/** Spaces the starts evenly; after a stall there is no burst to catch up. */
function pacer(rate: number, stop: AbortSignal): () => Promise<void> {
  let due = performance.now();
  return async () => {
    const now = performance.now();
    const wait = Math.max(0, due - now);
    due = now + wait + 1000 / rate;
    if (wait > 0) await sleep(wait, undefined, { signal: stop }).catch(() => {});
  };
}

async function exchange(request: Recorded, run: Replay): Promise<void> {
  const { options, sender, tally, stop } = run;
  const isSafe = SAFE.has(request.method);
  const ask = (which: 'from' | 'to'): Promise<Answer> => sender.send(options[which], request);
  const [from, to, again] = await Promise.all([
    ask('from'),
    ask('to'),
    options.noise && isSafe ? ask('from') : null,
  ]);
  if (stop.aborted) {
    tally.counts.sent--;
    return;
  }
  if (from.error !== null && to.error !== null) {
    tally.firstUnanswered ||= `${request.where}: ${from.error} and ${to.error}`;
    tally.counts.unanswered++;
    return;
  }
  const noise = new Set(again ? compareAnswers(from, again, request, options).map(kindOf) : []);
  const differences = compareAnswers(from, to, request, options).filter(
    (difference) => !noise.has(kindOf(difference)),
  );
  if (from.error === null && to.error === null) {
    let latency = compareLatency(from.ms, to.ms, options.latencyFactor);
    if (latency && isSafe) {
      const [a, b] = await Promise.all([ask('from'), ask('to')]);
      latency = compareLatency(fasterOf(from, a), fasterOf(to, b), options.latencyFactor);
    }
    if (latency) differences.push(latency);
  }
  const shown = shownExchange(request, from, to, differences, run);
  countExchange(tally, shown);
  if (differences.length > 0) await run.onDifferent(shown);
}

/** A second request that failed says nothing about latency. */
const fasterOf = (first: Answer, second: Answer): number =>
  second.error === null ? Math.min(first.ms, second.ms) : first.ms;

const kindOf = ({ kind, name }: Difference): string => `${kind}\n${name}`;

/** The result holds redacted data only. */
function shownExchange(
  request: Recorded,
  from: Answer,
  to: Answer,
  differences: readonly Difference[],
  { options, redactor }: Replay,
): Exchange {
  const secrets = redactor.secretsOf(request, options.header);
  const safe = (text: string): string => redactor.text(text, secrets);
  const show = (difference: Difference): Difference => {
    const { kind, name } = difference;
    const names = kind === 'body' ? cutPointer(name) : kind === 'header' ? [name] : [];
    const value = (text: string | null): string | null => {
      if (text === null) return null;
      return names.some(redactor.isSecret) ? '[redacted]' : safe(text);
    };
    return { ...difference, name: safe(name), from: value(difference.from), to: value(difference.to) };
  };
  return {
    where: request.where,
    method: request.method,
    target: safe(request.target),
    fromStatus: from.status,
    toStatus: to.status,
    fromMs: Math.round(from.ms * 10) / 10,
    toMs: Math.round(to.ms * 10) / 10,
    differences: differences.map(show),
  };
}
