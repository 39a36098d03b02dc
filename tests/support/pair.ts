/** One gateway in front of one origin, with a raw client: compares what is sent and what is received. */
import type { Config } from '../../lib/config/types.ts';
import type { Workerd } from './both-releases.ts';
import { gatewayFor } from './gateway.ts';
import type { Gateway } from './gateway.ts';
import { originFor } from './origin.ts';
import type { Behaviour, Handler, Origin, Received, Tap } from './origin.ts';
import { rawRequest } from './raw.ts';
import type { RawAnswer, RawRequest } from './raw.ts';

export interface Pair {
  readonly origin: Origin;
  readonly gateway: Gateway;
  readonly send: (request: RawRequest, timeoutMs?: number) => Promise<RawAnswer>;
  /** The last request that the origin received, with its body. */
  readonly got: () => Received;
}

export async function pair(
  t: Tap,
  workerd: Workerd,
  behaviour: Behaviour | Handler = {},
  config: Config = {},
): Promise<Pair> {
  const origin = await originFor(t, behaviour);
  // Without routes only the tutorial's methods are accepted.
  const gateway = await gatewayFor(
    t,
    {
      pools: { api: { origins: [origin.url] } },
      routes: [{ pool: 'api' }],
      ...config,
    },
    { workerd },
  );
  return {
    origin,
    gateway,
    send: (request, timeoutMs = 60_000) => rawRequest(gateway.port, request, { timeoutMs }),
    got: () => origin.received.at(-1)!,
  };
}
