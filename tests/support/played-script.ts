/**
 * Runs a built script in a world of its own: node:vm, a virtual clock, dice that always fall alike, and a network whose answers hang on
 * nothing but what is asked. Two builds that do the same tell the same story, to the millisecond and the byte; hundreds play in a minute.
 *
 * Not workerd: what only the platform does is for tests/e2e.
 */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { createContext, runInContext } from 'node:vm';
import { answerOf, hashOf, readBody } from './played-network.ts';

export interface Asked {
  /** How long after the one before it. */
  readonly afterMs: number;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string | undefined;
  readonly cf?: Record<string, unknown> | undefined;
}
export interface Plan {
  readonly seed: number;
  /** What Math.random says each time. */
  readonly dice: number;
  readonly asked: readonly Asked[];
}
/** What came of one request: what the caller got and when, what was sent in the meantime, what was logged. */
export interface Told {
  readonly asked: string;
  readonly answer: string[];
  readonly sent: string[];
  readonly lines: string[];
}
export type Story = { readonly refused: string } | { readonly told: Told[] };

const START = Date.UTC(2026, 0, 6, 12);
/** No request of a story takes longer, nor what it leaves behind. */
const MOST_MS = 200_000;

interface World {
  now: number;
  index: number;
  last: number;
  readonly timers: Map<number, { at: number; callback: () => void }>;
  readonly counts: Map<string, number>;
  sent: string[];
  lines: string[];
}

/** As long as it is. */
const PlainStream = function (): TransformStream {
  return new TransformStream();
};

type Listener = (event: object) => void;

/** `bound` undefined: there is no binding. */
export async function playScript(script: string, bound: unknown, plan: Plan): Promise<Story> {
  const world: World = { now: START, index: 0, last: 0, timers: new Map(), counts: new Map(), sent: [], lines: [] }; // prettier-ignore
  let listener: Listener = () => undefined;
  const context = createContext({
    ...globalsOf(world, plan),
    addEventListener: (_: string, given: Listener) => (listener = given),
    ...(bound === undefined ? {} : { GATEWAY_CONFIG: bound }),
  });
  runInContext('Date.now = () => CLOCK(); Math.random = () => DICE;', context);
  try {
    runInContext(script, context);
  } catch (error) {
    return { refused: (error as Error).message };
  }
  const told: Told[] = [];
  for (const asked of plan.asked) told.push(await ask(world, listener, asked));
  return { told };
}

function globalsOf(world: World, plan: Plan): Record<string, unknown> {
  const digest = (_: string, bytes: Uint8Array) =>
    Promise.resolve(new Uint8Array(createHash('sha256').update(bytes).digest()).buffer);
  return {
    ...{ Request, Response, Headers, URL, URLSearchParams, AbortController, TextEncoder, TextDecoder },
    ...{ IdentityTransformStream: TransformStream, FixedLengthStream: PlainStream },
    ...{ FormData, TypeError, atob, btoa, CLOCK: () => world.now, DICE: plan.dice },
    // Where in its script a defect was found is all that two builds may tell otherwise.
    console: { log: (line: string) => void world.lines.push(line.replace(/,"at":.*/, '')) },
    setTimeout: (callback: () => void, ms: number) => {
      world.timers.set(++world.last, { at: world.now + ms, callback });
      return world.last;
    },
    clearTimeout: (timer: number) => void world.timers.delete(timer),
    crypto: {
      subtle: { digest },
      randomUUID: () => `00000000-0000-4000-8000-${String(world.index).padStart(12, '0')}`,
    },
    fetch: (input: Request | string, init: RequestInit = {}) => send(world, plan, input, init),
  };
}

/** The network: who is asked what the how-manieth time decides what comes back, and when. One path cannot be asked for at all. */
async function send(world: World, { seed }: Plan, input: Request | string, init: RequestInit) {
  const request = typeof input === 'string' ? { ...init, url: input } : { ...init, url: input.url };
  const { method = 'GET', signal } = request;
  if (request.url.includes('/v2/x')) throw new TypeError('Invalid URL');
  const { at, index } = { at: world.now - START, index: world.index };
  const headers = [...new Headers(init.headers ?? (input as Request).headers)].map((pair) => pair.join(': '));
  const url = new URL(request.url);
  const extra = JSON.stringify([init.redirect, (init as { cf?: unknown }).cf]);
  const body = await readBody(init.body);
  world.sent.push([at, method, request.url, ...headers, body, extra].join(' | '));
  const place = `${index} ${method} ${url.origin} ${url.pathname}`;
  const count = (world.counts.get(place) ?? 0) + 1;
  world.counts.set(place, count);
  const { ms, response } = answerOf(seed, url, hashOf(`${seed} ${place} ${count}`));
  return new Promise<Response>((resolve, reject) => {
    const stop = () => reject(new Error('aborted'));
    if (signal?.aborted) return stop();
    signal?.addEventListener('abort', stop);
    world.timers.set(++world.last, {
      at: world.now + ms,
      callback: () => (response ? resolve(response) : reject(new Error('Network connection lost.'))),
    });
  });
}

/** Lets all promises run on; streams take more than one turn. */
async function settle(): Promise<void> {
  for (let round = 0; round < 4; round++) await turn();
}

async function ask(world: World, listener: Listener, asked: Asked): Promise<Told> {
  await passUntil(world, world.now + asked.afterMs, () => false);
  world.index++;
  world.sent = [];
  world.lines = [];
  const startedAt = world.now;
  const waited: Promise<unknown>[] = [];
  const work: { answer: Promise<Response> | null; passed: boolean } = { answer: null, passed: false };
  listener({
    request: requestOf(asked),
    waitUntil: (promise: Promise<unknown>) => void waited.push(promise),
    respondWith: (promise: Promise<Response>) => void (work.answer = promise),
    passThroughOnException: () => void (work.passed = true),
  });
  let answer: string[] | null = null;
  work.answer?.then(
    (response) =>
      void response.text().then((text) => {
        answer = [`${world.now - startedAt} ms, ${response.status}`, ...[...response.headers].map((pair) => pair.join(': ')), text]; // prettier-ignore
      }),
    (error: Error) => void (answer = [`threw ${error.message}`]),
  );
  await passUntil(world, startedAt + MOST_MS, () => answer !== null);
  // A copy may be on its way to a shadow pool, or a question to a health check.
  let rest = waited.length;
  for (const promise of waited) void promise.finally(() => rest--).catch(() => undefined);
  await passUntil(world, world.now + MOST_MS, () => rest === 0);
  const passed = work.passed ? ['passes through'] : [];
  return {
    asked: `${asked.method} ${asked.url} ${JSON.stringify(asked.headers)}`,
    answer: [...(answer ?? ['never answered']), ...passed],
    sent: world.sent.sort(),
    lines: world.lines,
  };
}

/** Moves time to the next timer, and to `end` at most. */
async function passUntil(world: World, end: number, isOver: () => boolean): Promise<void> {
  await settle();
  while (!isOver()) {
    const [next] = [...world.timers].sort(([a, x], [b, y]) => x.at - y.at || a - b);
    if (!next || next[1].at > end) break;
    world.timers.delete(next[0]);
    world.now = Math.max(world.now, next[1].at);
    next[1].callback();
    await settle();
  }
  if (!isOver()) world.now = Math.max(world.now, end);
}

/** Node refuses TRACE; the platform hands it over. */
function requestOf({ method, url, headers, body, cf }: Asked): Request {
  const made = new Request(url, {
    method: method === 'TRACE' ? 'PURGE' : method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    ...(body === undefined ? {} : { body }),
  });
  Object.defineProperty(made, 'cf', { value: cf });
  if (method === 'TRACE') Object.defineProperty(made, 'method', { value: method });
  return made;
}
