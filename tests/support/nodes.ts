/** The tutorial's scenario: origins that answer the version call like a Steem-like node, with a gateway in front. */
import type { Config } from '../../lib/config/types.ts';
import { startGateway } from './gateway.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { act, startOrigin } from './origin.ts';
import type { Behaviour, Handler, Origin } from './origin.ts';

interface Tap {
  readonly teardown: (end: () => unknown) => unknown;
}
/** What the tutorial's Worker adds to a response, as in docs/tutorial.md. */
export const TUTORIAL = {
  cors: {},
  responseHeaders: { origin: 'Origin', country: 'Country', cacheControl: 'max-age=3', version: {} },
} as const;
export const VERSION = '{"id":0,"jsonrpc":"2.0","result":{"blockchain_version":"0.23.0"}}';

/** An origin that answers the version call like a Steem-like node, and everything else as specified. */
export const node =
  (behaviour: Behaviour = {}): Handler =>
  (received, _request, response) =>
    received.method === 'POST' && received.url === '/'
      ? act({ body: VERSION }, response)
      : act(behaviour, response);

export async function origins(t: Tap, ...behaviours: (Behaviour | Handler)[]): Promise<Origin[]> {
  const started = await Promise.all(behaviours.map((behaviour) => startOrigin(behaviour)));
  t.teardown(() => Promise.all(started.map((origin) => origin.stop())));
  return started;
}

export async function gatewayFor(t: Tap, config: Config | null, options?: GatewayOptions): Promise<Gateway> {
  const gateway = await startGateway(config, options);
  t.teardown(gateway.stop);
  return gateway;
}

export const urls = (list: Origin[]) => list.map((origin) => origin.url);
/** All requests except the version calls. */
export const requests = (origin: Origin) =>
  origin.received.filter((received) => !(received.method === 'POST' && received.url === '/'));
