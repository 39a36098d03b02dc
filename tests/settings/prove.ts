/**
 * Proves that a setting is not ignored: sends the same requests to two gateways, one with the setting and one without
 * it (or with another value if it is required). The first must show the expected behaviour, the second must not.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { startGateway, startGateways } from '../support/gateway.ts';
import type { Gateway } from '../support/gateway.ts';
import { startOrigin } from '../support/origin.ts';
import type { Behaviour, Handler, Origin } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import type { RawAnswer } from '../support/raw.ts';

/** Two origins that respond with their name, and a verifier that accepts the key "good". */
export interface World {
  readonly a: Origin;
  readonly b: Origin;
  readonly verifier: Origin;
}
type Headers = Record<string, string>;
export interface Eyes extends World {
  readonly gateway: Gateway;
  readonly get: (path?: string, headers?: Headers, method?: string, body?: string) => Promise<RawAnswer>;
  /** Bodies of `count` responses, in sequence. */
  readonly bodies: (count: number, headers?: (at: number) => Headers) => Promise<string[]>;
  readonly statuses: (...headers: Headers[]) => Promise<number[]>;
  /** The outcome of a request within that time: its status, or "waiting". */
  readonly within: (ms: number) => Promise<number | string>;
  /** Requests that reached the origins, including version calls and the like. */
  readonly received: () => number;
}
export interface Case {
  /** The name in lib/config/types.ts: `Pool.hedge.afterMs`. */
  readonly key: string;
  /** Its path in this configuration: `pools.default.hedge.afterMs`. */
  readonly at: string;
  readonly config: (world: World) => unknown;
  readonly sees: (eyes: Eyes) => Promise<unknown>;
  readonly expected: unknown;
  /** Another value for a setting that is required, or whose default would take long to observe. */
  readonly instead?: (world: World) => unknown;
  readonly a?: Behaviour | Handler;
  readonly b?: Behaviour | Handler;
  /** Examines the gateways' logs: each has its own process. */
  readonly logs?: boolean;
}

/** How many times longer than on a fast machine a test waits. */
const PATIENCE = new AsyncLocalStorage<number>();
const LONGEST = 27;

/** A duration that is extended on a busy machine: of a wait, and of what it is compared with. */
export const patient = (ms: number): number => ms * (PATIENCE.getStore() ?? 1);
export const wait = <T>(ms: number, value?: T): Promise<T> => sleep(patient(ms), value as T);

interface Stage {
  /** With and without the setting. */
  readonly worlds: readonly World[];
  readonly gateways: readonly Gateway[];
}

/** The number of cases whose gateways share a workerd, and of those run concurrently: much of the time is waiting. */
const ON_ONE = 12;
const AT_ONCE = 4;

export function proveSettings(cases: readonly Case[]): void {
  for (let first = 0; first < cases.length; first += ON_ONE) {
    const set = cases.slice(first, first + ON_ONE);
    void t.test(`settings from ${set[0]!.key} on`, { jobs: AT_ONCE }, async (t) => {
      const sharing = set.filter(({ logs }) => !logs);
      // A rejected configuration would stop the others of its workerd: each case then gets its own.
      const { stages, stop } = await openStages(sharing).catch(() => ({ stages: [], stop: null }));
      t.teardown(() => stop?.());
      for (const one of set)
        void t.test(one.key, (t) => provesSetting(t as Test, one, stages[sharing.indexOf(one)]));
    });
  }
}

/** What fails on a busy machine is retried with more patience. */
async function provesSetting(t: Test, one: Case, stage?: Stage): Promise<void> {
  for (let patience = 1; ; patience *= 3) {
    const [seen, otherwise] = await PATIENCE.run(patience, () =>
      stage && patience === 1 ? see(one, stage) : observe(one),
    );
    const isShown = isDeepStrictEqual(seen, one.expected) && !isDeepStrictEqual(otherwise, one.expected);
    if (!isShown && patience < LONGEST) continue;
    t.same(seen, one.expected, `${one.key} does what it says`);
    t.strictNotSame(otherwise, one.expected, `${one.key} makes a difference`);
    return;
  }
}

async function observe(one: Case): Promise<unknown[]> {
  const { stages, stop } = await openStages([one]);
  try {
    return await see(one, stages[0]!);
  } finally {
    await stop();
  }
}

function see(one: Case, { worlds, gateways }: Stage): Promise<unknown[]> {
  return Promise.all(worlds.map((world, index) => one.sees(eyesOn(world, gateways[index]!))));
}

async function openStages(cases: readonly Case[]): Promise<{ stages: Stage[]; stop: () => Promise<void> }> {
  const worlds = await Promise.all(cases.map((one) => Promise.all([true, false].map(() => startWorld(one)))));
  const gateways: Gateway[] = [];
  const stop = async (): Promise<void> => {
    const origins = worlds.flat().flatMap(({ a, b, verifier }) => [a, b, verifier]);
    await Promise.all([...gateways, ...origins].map((one) => one.stop()));
  };
  try {
    const plans = cases.flatMap((one, at) =>
      worlds[at]!.map((world, index) => ({ config: configFor(one, world, index === 0), options: {} })),
    );
    if (cases.some(({ logs }) => logs))
      gateways.push(...(await Promise.all(plans.map(({ config }) => startGateway(config)))));
    else if (plans.length > 0) gateways.push(...(await startGateways(plans)));
  } catch (error) {
    await stop();
    throw error;
  }
  const stages = worlds.map((two, at) => ({ worlds: two, gateways: gateways.slice(2 * at, 2 * at + 2) }));
  return { stages, stop };
}

function configFor(one: Case, world: World, present: boolean): Config {
  const config = structuredClone(one.config(world)) as Record<string, unknown>;
  if (!present) replaceAt(config, one.at, one.instead?.(world));
  return config;
}

async function startWorld(one: Case): Promise<World> {
  const [a, b, verifier] = await Promise.all([
    startOrigin(one.a ?? { body: 'a' }),
    startOrigin(one.b ?? { body: 'b' }),
    startOrigin(verify),
  ]);
  return { a, b, verifier };
}

function eyesOn(world: World, gateway: Gateway): Eyes {
  const get: Eyes['get'] = (path = '/', headers = {}, method = 'GET', body = '') =>
    rawRequest(gateway.port, {
      path,
      headers: Object.entries(headers).filter(([name]) => name !== 'host'),
      method,
      body,
      ...(headers['host'] ? { host: headers['host'] } : {}),
    });
  const each = async <T>(count: number, make: (at: number) => Promise<T>): Promise<T[]> => {
    const all: T[] = [];
    for (let at = 0; at < count; at++) all.push(await make(at));
    return all;
  };
  return {
    ...world,
    gateway,
    get,
    bodies: (count, headers = () => ({})) => each(count, async (at) => (await get('/', headers(at))).text),
    statuses: (...headers) => each(headers.length, async (at) => (await get('/', headers[at])).status),
    within: (ms) => Promise.race([get().then((answer) => answer.status), wait(ms, 'waiting')]),
    received: () => world.a.received.length + world.b.received.length,
  };
}

/** 200 for the key "good", wherever it is sent; 401 for others. The body is always the same. */
const verify: Handler = (received, _request, response) => {
  const good = received.url.includes('good') || received.headers.some(([, value]) => value === 'good');
  response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
  response.end('{"ok":false,"id":"7","name":"ada","custom":"c7","plan":"gold"}');
};

/** Deletes or replaces the value at a path. */
function replaceAt(config: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, config);
  if (!(last in parent)) throw new Error(`The configuration holds nothing at ${path}`);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}
