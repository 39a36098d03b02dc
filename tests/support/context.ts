/** Request contexts, and a pool of scripted origins on a virtual clock. */
import { createPool } from '../../lib/balance/pool.ts';
import type { Pool as PoolState } from '../../lib/balance/pool.ts';
import type { Context } from '../../lib/core/request.ts';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Pool, PoolSettings } from '../../lib/config/types.ts';
import { HOST_OVERRIDES } from '../../lib/http/host-override.ts';
import { forwardPlainHeaders } from '../../lib/http/headers.ts';
import type { Sender } from '../../lib/race.ts';
import { scriptedOrigins } from './scripted-origins.ts';
import type { Script, ScriptedOrigins } from './scripted-origins.ts';
import { virtualRuntime } from './virtual-runtime.ts';
import type { VirtualRuntime } from './virtual-runtime.ts';
import { ALL_POOL_FEATURES } from './pool-features.ts';

const SENT = { forwardedHeaders: 'all', requestId: true } as const;

export interface World {
  readonly runtime: VirtualRuntime;
  readonly network: ScriptedOrigins;
  readonly pool: PoolState;
  readonly sender: Sender;
}

/** A pool of the scripted hosts, in order; its random numbers are always 0, so that the first is tried first. */
export function worldOf(scripts: Record<string, Script>, keys: Partial<Pool> = {}): World {
  const network = scriptedOrigins(scripts);
  const origins = Object.keys(scripts).map((host) => `http://${host}`);
  const settings = checkConfig({ pools: { default: { origins, ...keys } } }).pools[0] as PoolSettings;
  const runtime = virtualRuntime({ fetch: network.fetch });
  const pool = createPool(settings, () => 0, ALL_POOL_FEATURES);
  return { runtime, network, pool, sender: { runtime, routing: { originPath: ({ path }) => path } } };
}

export interface Parts extends Partial<Context> {
  readonly clientIp?: string;
  readonly peerIp?: string;
}

/** A request's context as the entry point creates it, with `parts` replaced. */
export function callTo(path: string, init: RequestInit = {}, parts: Parts = {}): Context {
  const request = new Request('http://gateway.example' + path, init);
  const cut = path.indexOf('?');
  const query = cut < 0 ? '' : path.slice(cut);
  const { clientIp = '203.0.113.7', peerIp = '203.0.113.7', ...others } = parts;
  return {
    request: request as unknown as Context['request'],
    headers: request.headers as unknown as Context['headers'],
    method: request.method,
    forward: forwardPlainHeaders(SENT),
    scheme: 'http',
    host: 'gateway.example',
    path: cut < 0 ? path : path.slice(0, cut),
    query,
    unreadable: null,
    names: null,
    normalPath: null,
    caller: { peer: peerIp, client: clientIp },
    reader: {
      hostOverride: HOST_OVERRIDES,
      dnsErrors: null,
      ipv6Prefix: 128,
      id: () => 'f'.repeat(32),
    },
    trusted: false,
    selfHosted: true,
    id: 'f'.repeat(32),
    startedAt: 0,
    kong: null,
    waitUntil: () => undefined,
    route: null,
    matchedPath: '',
    captures: null,
    consumer: null,
    credentialId: null,
    anonymous: false,
    originQuery: query,
    originMethod: request.method,
    originPath: null,
    claimed: [],
    fields: null,
    originHeaders: [],
    body: null,
    stopped: null,
    upload: null,
    costsPassed: false,
    correlationId: null,
    span: null,
    cache: null,
    answerHeaders: [],
    admittedAt: 0,
    sentAt: 0,
    answeredAt: 0,
    attempts: 0,
    failed: null,
    origin: null,
    pool: 0,
    trace: null,
    metrics: null,
    ...others,
  };
}
