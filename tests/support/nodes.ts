/** The tutorial's scenario: origins that answer the version call like a Steem-like node, with a gateway in front. */
import { act } from './origin.ts';
import type { Behaviour, Handler, Origin } from './origin.ts';

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

export const urls = (list: Origin[]) => list.map((origin) => origin.url);
/** All requests except the version calls. */
export const requests = (origin: Origin) =>
  origin.received.filter((received) => !(received.method === 'POST' && received.url === '/'));
