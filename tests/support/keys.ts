/** A gateway with a real key verifier, in front of a real origin: the setup of the e2e tests on keys. */
import type { Auth, Config } from '../../lib/config/types.ts';
import { gatewayFor } from './gateway.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { originFor } from './origin.ts';
import type { Origin, Tap } from './origin.ts';
import { startVerifier } from './verifier.ts';
import type { Verifier } from './verifier.ts';

export interface Scene {
  readonly gateway: Gateway;
  readonly verifier: Verifier;
  readonly origin: Origin;
  /** Status of a request with that key in the header `apikey`. */
  readonly status: (key: string | null, path?: string) => Promise<number>;
}

/** For busy machines. */
const LONG_TIMEOUTS = { timeoutMs: 60_000, totalTimeoutMs: 120_000 };

/** "good" is a valid key. The verifier's URL is filled in; `verify` may override it. */
export async function keyScene(
  t: Tap,
  auth: Omit<Auth, 'verify'> & { verify?: Partial<Auth['verify']> } = {},
  more: Partial<Config> = {},
  options: GatewayOptions = {},
): Promise<Scene> {
  const origin = await originFor(t);
  const verifier = await startVerifier(t, 'good');
  const verify = { url: verifier.url, timeoutMs: 30_000, ...auth.verify };
  const pools = { default: { origins: [origin.url], ...LONG_TIMEOUTS } };
  const gateway = await gatewayFor(t, { pools, ...more, auth: { ...auth, verify } }, options);
  const status = async (key: string | null, path = '/v1'): Promise<number> => {
    const response = await fetch(gateway.url + path, key === null ? {} : { headers: { apikey: key } });
    await response.text();
    return response.status;
  };
  return { gateway, verifier, origin, status };
}

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** How often each value occurs. */
export const tally = (list: readonly number[]): Record<string, number> =>
  Object.fromEntries(
    [...new Set(list)].sort((a, b) => a - b).map((each) => [each, list.filter((one) => one === each).length]),
  );
