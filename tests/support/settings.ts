/**
 * Proof that a setting is not ignored: the same requests through two gateways, one with the setting and one without it (or with
 * another value where it is required). The first must be seen to do what is expected, the second must be seen to do something else.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { startGateway } from './gateway.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { startOrigin } from './origin.ts';
import type { Behaviour, Handler, Origin } from './origin.ts';
import { rawRequest } from './raw.ts';
import type { RawAnswer } from './raw.ts';

/** Two origins that answer with their name, and a verifier that knows the key "good". */
export interface World {
  readonly a: Origin;
  readonly b: Origin;
  readonly verifier: Origin;
}
type Headers = Record<string, string>;
export interface Eyes extends World {
  readonly gateway: Gateway;
  readonly get: (path?: string, headers?: Headers, method?: string, body?: string) => Promise<RawAnswer>;
  /** Bodies of so many answers, one after the other. */
  readonly bodies: (count: number, headers?: (at: number) => Headers) => Promise<string[]>;
  readonly statuses: (...headers: Headers[]) => Promise<number[]>;
  /** What becomes of a request within that time: its status, or "waiting". */
  readonly within: (ms: number) => Promise<number | string>;
  /** Requests that reached the origins, version calls and the like included. */
  readonly received: () => number;
}
export interface Case {
  /** As lib/config/types.ts has it: `Pool.hedge.afterMs`. */
  readonly key: string;
  /** Where it stands in this configuration: `pools.default.hedge.afterMs`. */
  readonly at: string;
  readonly config: (world: World) => unknown;
  readonly sees: (eyes: Eyes) => Promise<unknown>;
  readonly expected: unknown;
  /** Another value for a setting that is required, or whose default would take long to show. */
  readonly instead?: (world: World) => unknown;
  readonly a?: Behaviour | Handler;
  readonly b?: Behaviour | Handler;
  readonly options?: GatewayOptions;
}

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
export const wait = <T>(ms: number, value?: T): Promise<T> => sleep(ms, value as T);

export async function provesSetting(t: Test, one: Case): Promise<void> {
  const [seen, otherwise] = await Promise.all([observe(one, true), observe(one, false)]);
  t.same(seen, one.expected, `${one.key} does what it says`);
  t.strictNotSame(otherwise, one.expected, `${one.key} makes a difference`);
}

async function observe(one: Case, present: boolean): Promise<unknown> {
  const [a, b, verifier] = await Promise.all([
    startOrigin(one.a ?? { body: 'a' }),
    startOrigin(one.b ?? { body: 'b' }),
    startOrigin(verify),
  ]);
  const world = { a, b, verifier };
  const config = structuredClone(one.config(world)) as Record<string, unknown>;
  if (!present) replaceAt(config, one.at, one.instead?.(world));
  const stops = [a.stop, b.stop, verifier.stop];
  try {
    const gateway = await startGateway(config as Config, one.options);
    stops.push(gateway.stop);
    return await one.sees(eyesOn(world, gateway));
  } finally {
    await Promise.all(stops.map((stop) => stop()));
  }
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
    within: (ms) => Promise.race([get().then((answer) => answer.status), sleep(ms, 'waiting')]),
    received: () => world.a.received.length + world.b.received.length,
  };
}

/** 200 for the key "good", wherever it is shown; 401 for others. Its body is always the same. */
const verify: Handler = (received, _request, response) => {
  const good = received.url.includes('good') || received.headers.some(([, value]) => value === 'good');
  response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
  response.end('{"ok":false,"id":"7","name":"ada","custom":"c7","plan":"gold"}');
};

/** Deletes what stands at a path, or puts something else there. */
function replaceAt(config: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, config);
  if (!(last in parent)) throw new Error(`The configuration holds nothing at ${path}`);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}
