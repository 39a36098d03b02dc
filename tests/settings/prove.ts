/**
 * Proves that a setting is not ignored: sends the same requests to two gateways, one with the setting and one without
 * it (or with another value if it is required). The first must show the expected behaviour, the second must not.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { startGateway } from '../support/gateway.ts';
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
export type Headers = Record<string, string>;
export interface Observer extends World {
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
/** A value, or one that needs the addresses of the world's servers. */
type Given = string | number | boolean | null | object | ((world: World) => unknown);
export interface Case {
  /** The name in the table of settings: `Pool.hedge.afterMs`. */
  readonly key: string;
  /** Its path in the configuration: `pools.default.hedge.afterMs`; of a list, the first element if no other. */
  readonly at: string;
  readonly value: Given;
  readonly sees: (observer: Observer) => Promise<unknown>;
  readonly expected: unknown;
  /** The rest of the configuration; a record is beside `origins`, which is origin a. */
  readonly beside?: object | ((world: World) => object);
  /** Another value for a setting that is required, or whose default would take long to observe. */
  readonly instead?: Given;
  readonly a?: Behaviour | Handler;
  readonly b?: Behaviour | Handler;
}
type More = Partial<Omit<Case, 'sees' | 'expected'>>;

/** Makes the cases of one record in the table of settings; `place` is its path in the configuration. */
export const settingsOf =
  (record: string, place: string, common: More = {}) =>
  (name: string, value: Case['value'], sees: Case['sees'], expected: unknown, more: More = {}): Case => ({
    key: `${record}.${name}`,
    at: place === '' ? name : `${place}.${name}`,
    value,
    sees,
    expected,
    ...common,
    ...more,
  });

/** How many times longer than on a fast machine a test waits. */
const SLOWDOWN = new AsyncLocalStorage<number>();
const MAX_SLOWDOWN = 27;

/** A duration that is extended on a busy machine: of a wait, and of what it is compared with. */
export const scaled = (ms: number): number => ms * (SLOWDOWN.getStore() ?? 1);
export const wait = <T>(ms: number, value?: T): Promise<T> => sleep(scaled(ms), value as T);

/** Cases that are proved at once: much of the time is waiting. */
const AT_ONCE = 16;
/** Cases whose gateways start at once, so that they share processes. */
const TOGETHER = 64;

export function proveSettings(cases: readonly Case[]): void {
  for (let at = 0; at < cases.length; at += TOGETHER)
    void t.test('each setting', { jobs: AT_ONCE }, async (t) => {
      const some = cases.slice(at, at + TOGETHER);
      const opened = await Promise.allSettled(some.map(openBoth));
      for (const [i, one] of some.entries())
        void t.test(one.key, (t) => provesSetting(t as Test, one, opened[i]!));
    });
}

/** What fails on a busy machine is retried with longer time-outs. */
async function provesSetting(t: Test, one: Case, first: PromiseSettledResult<Stage[]>): Promise<void> {
  if (first.status === 'rejected') throw first.reason;
  let stages = first.value;
  for (let slowdown = 1; ; slowdown *= 3) {
    const [seen, otherwise] = await SLOWDOWN.run(slowdown, () =>
      Promise.all(stages.map((stage) => observe(one, stage))),
    );
    const isShown = isDeepStrictEqual(seen, one.expected) && !isDeepStrictEqual(otherwise, one.expected);
    if (!isShown && slowdown < MAX_SLOWDOWN) {
      stages = await SLOWDOWN.run(slowdown * 3, () => openBoth(one));
      continue;
    }
    t.same(seen, one.expected, `${one.key} has its effect`);
    t.strictNotSame(otherwise, one.expected, `${one.key} makes a difference`);
    return;
  }
}

async function observe(one: Case, stage: Stage): Promise<unknown> {
  try {
    return await one.sees(stage);
  } finally {
    await stage.close();
  }
}

interface Stage extends Observer {
  readonly close: () => Promise<void>;
}

/** A gateway with the setting, and one without it. */
const openBoth = (one: Case): Promise<Stage[]> =>
  Promise.all([true, false].map((present) => open(one, present)));

async function open(one: Case, present: boolean): Promise<Stage> {
  const world = await startWorld(one);
  const ends = [world.a, world.b, world.verifier].map((origin) => origin.stop);
  const close = async (): Promise<void> => void (await Promise.all(ends.map((end) => end())));
  try {
    const gateway = await startGateway(configFor(one, world, present), { shares: 'isolate' });
    ends.push(gateway.stop);
    return { ...observerOf(world, gateway), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function configFor(one: Case, world: World, present: boolean): Config {
  const beside = given(one.beside, world);
  const config = structuredClone(
    typeof one.beside === 'function' ? beside : { origins: [world.a.url], ...(beside as object) },
  ) as Config;
  setAt(config as Values, one.at.split('.'), given(present ? one.value : one.instead, world));
  return config;
}

const given = (value: Given | undefined, world: World): unknown =>
  typeof value === 'function' ? (value as (world: World) => unknown)(world) : value;

async function startWorld(one: Case): Promise<World> {
  const [a, b, verifier] = await Promise.all([
    startOrigin(one.a ?? { body: 'a' }),
    startOrigin(one.b ?? { body: 'b' }),
    startOrigin(verify),
  ]);
  return { a, b, verifier };
}

function observerOf(world: World, gateway: Gateway): Observer {
  const get: Observer['get'] = (path = '/', headers = {}, method = 'GET', body = '') =>
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

type Values = { [key: string]: unknown };
/** Sets the value at a path, or deletes it if it is undefined. */
function setAt(record: Values, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length > 0) {
    const inner = (record[key] ??= {}) as Values;
    setAt(Array.isArray(inner) && !(rest[0]! in inner) ? (inner[0] as Values) : inner, rest, value);
  } else if (value === undefined) delete record[key];
  else record[key] = value;
}
