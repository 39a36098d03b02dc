/**
 * Sends every recorded request to both gateways at the same time and passes on the differences. Concurrency and rate
 * are limited, and no line of the recording is read before there is room for it.
 *
 * Latency is the only difference that varies by chance: a pair that seems to differ by an order of magnitude is sent
 * again once (safe methods only), and the faster of each gateway's two responses counts.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { cutPointer } from './json-body.ts';
import { compareAnswers, compareLatency, type Asked, type Rules } from './compare.ts';
import type { Difference, Side } from './difference.ts';
import type { Options } from './options.ts';
import type { Recorded, Unusable } from './recorded.ts';
import type { Redactor } from './redact.ts';
import type { Answer } from './answer.ts';
import { SAFE, type Sender } from './send.ts';
import { countExchange, countLatency, countSkipped, type Exchange, type Tally } from './tally.ts';

export interface Replay {
  readonly options: Options;
  readonly sender: Sender;
  readonly redactor: Redactor;
  readonly tally: Tally;
  /**
   * Called after each differing exchange; the run waits for it, so that a slow disk slows the run instead of filling
   * memory.
   */
  readonly onDifferent: (exchange: Exchange) => Promise<void> | void;
  readonly onProgress: (offset: number) => void;
  readonly stop: AbortSignal;
}

/** Resolves when the recording has ended, the limit is reached, or `stop` fires. Rejects for an error in the input. */
export async function replay(requests: AsyncGenerator<Recorded | Unusable>, run: Replay): Promise<void> {
  const { options, tally, stop } = run;
  setMaxListeners(0, stop);
  const rules = rulesOf(options);
  const pause = pacer(options.rate, stop);
  const faults: Error[] = [];
  const worker = async () => {
    while (!stop.aborted && faults.length === 0 && tally.counts.sent < options.limit) {
      const next = await requests.next();
      if (next.done === true) return;
      const request = next.value;
      tally.counts.read++;
      const reason = whyNot(request, options);
      if (reason !== null) countSkipped(tally, reason);
      else if (tally.counts.sent < options.limit) {
        tally.counts.sent++;
        await pause();
        await exchange(request as Recorded, run, rules);
      }
      run.onProgress(request.offset);
    }
  };
  const guarded = () =>
    worker().catch((error: unknown) => {
      faults.push(error instanceof Error ? error : new Error(String(error)));
    });
  await Promise.all(Array.from({ length: options.concurrency }, guarded));
  await requests.return(undefined).catch(() => {});
  if (faults[0] && !stop.aborted) throw faults[0];
}

function whyNot(request: Recorded | Unusable, options: Options): string | null {
  if ('unusable' in request) return request.unusable;
  if (request.method === 'CONNECT') return 'CONNECT';
  if (!SAFE.has(request.method) && !options.unsafe) return `${request.method} without --unsafe`;
  const upgrade = request.headers.find(([name]) => name.toLowerCase() === 'upgrade');
  return upgrade && /websocket/i.test(upgrade[1]) ? 'a WebSocket' : null;
}

/** Spaces the starts evenly; after a stall there is no burst to catch up. */
function pacer(rate: number, stop: AbortSignal): () => Promise<void> {
  if (rate === Infinity) return async () => {};
  let due = performance.now();
  return async () => {
    const now = performance.now();
    due = Math.max(due, now - 1000 / rate);
    const wait = due - now;
    due += 1000 / rate;
    if (wait > 0) await sleep(wait, undefined, { signal: stop }).catch(() => {});
  };
}

function rulesOf(options: Options): Rules {
  const { from, to } = options;
  return {
    ignoreHeaders: options.ignoreHeader.map((name) => name.toLowerCase()),
    ignoreCookies: options.ignoreCookie,
    ignorePointers: options.ignorePointer.map(cutPointer),
    latencyFactor: options.latencyFactor,
    latencyFloorMs: options.latencyFloor,
    links: options.relativeLinks ? { from: from.origin + from.basePath, to: to.origin + to.basePath } : null,
  };
}

async function exchange(request: Recorded, run: Replay, rules: Rules): Promise<void> {
  const { options, sender, tally, stop } = run;
  const ask = (gateway: Options['from']) => sender.send(gateway, request, stop);
  const [from, to, again] = await Promise.all([
    ask(options.from),
    ask(options.to),
    options.noise && SAFE.has(request.method) ? ask(options.from) : null,
  ]);
  if (stop.aborted) {
    tally.counts.sent--;
    return;
  }
  if (from.error !== null && to.error !== null) {
    if (tally.counts.unanswered++ === 0)
      tally.firstUnanswered = `${request.where}: ${from.error} and ${to.error}`;
    return;
  }
  const sideOf = (gateway: Options['from']): Side => ({ gateway, host: sender.hostFor(gateway, request) });
  const [a, b] = [sideOf(options.from), sideOf(options.to)];
  const asked: Asked = {
    target: request.target,
    acceptEncoding: valueOf(request, options, 'accept-encoding'),
  };
  let differences = compareAnswers({ answer: from, side: a }, { answer: to, side: b }, asked, rules);
  if (again) {
    const noise = new Set(
      compareAnswers({ answer: from, side: a }, { answer: again, side: a }, asked, rules).map(fingerprint),
    );
    differences = differences.filter((difference) => !noise.has(fingerprint(difference)));
  }
  if (from.error === null && to.error === null) {
    countLatency(tally, from.ms, to.ms);
    const slower = await confirmLatency(request, from, to, run, rules);
    if (slower) differences.push(slower);
  }
  await finish(request, from, to, differences, run);
}

function fingerprint(difference: Difference): string {
  return `${difference.kind}\n${difference.name}`;
}

async function confirmLatency(
  request: Recorded,
  from: Answer,
  to: Answer,
  run: Replay,
  rules: Rules,
): Promise<Difference | null> {
  const suspected = compareLatency(from.ms, to.ms, rules);
  if (!suspected || !SAFE.has(request.method)) return suspected;
  const { options, sender, stop } = run;
  const [a, b] = await Promise.all([
    sender.send(options.from, request, stop),
    sender.send(options.to, request, stop),
  ]);
  return compareLatency(Math.min(a.ms, from.ms), Math.min(b.ms, to.ms), rules);
}

/** The result holds redacted data only. */
async function finish(
  request: Recorded,
  from: Answer,
  to: Answer,
  differences: readonly Difference[],
  run: Replay,
): Promise<void> {
  const { options, redactor, tally } = run;
  const secrets = redactor.secretsOf(request, options.header);
  const shown: Exchange = {
    where: request.where,
    method: request.method,
    target: redactor.text(redactor.target(request.target), secrets),
    fromStatus: from.status,
    toStatus: to.status,
    fromMs: Math.round(from.ms * 10) / 10,
    toMs: Math.round(to.ms * 10) / 10,
    differences: differences.map((difference) => show(difference, redactor, secrets)),
  };
  countExchange(tally, shown);
  if (shown.differences.length > 0) await run.onDifferent(shown);
}

function show(difference: Difference, redactor: Redactor, secrets: readonly string[]): Difference {
  const { kind, name } = difference;
  const secret =
    kind === 'body' ? cutPointer(name).some(redactor.isSecret) : kind === 'header' && redactor.isSecret(name);
  const safe = (text: string | null) => {
    if (text === null) return null;
    return secret ? '[redacted]' : redactor.text(text, secrets);
  };
  return {
    ...difference,
    name: redactor.text(name, secrets),
    from: safe(difference.from),
    to: safe(difference.to),
  };
}

function valueOf(request: Recorded, options: Options, name: string): string {
  const pairs = [...request.headers, ...options.header];
  return pairs.findLast(([key]) => key.toLowerCase() === name)?.[1] ?? '';
}
