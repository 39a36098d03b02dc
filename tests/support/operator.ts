/** The operator's side of a gateway: its setting, and the responses that only the operator gets. */
import type { Gateway } from './gateway.ts';
import { rawRequest } from './raw.ts';

export const TOKEN = 'operator-token';
export const STATUS = { path: '/status', token: TOKEN } as const;
export const AS_OPERATOR = { authorization: `Bearer ${TOKEN}` } as const;

export interface Report {
  readonly pools: readonly {
    readonly origins: readonly {
      readonly state: string;
      readonly requests: number;
      readonly estimateMs: number;
      readonly latency: { readonly buckets: readonly number[] };
    }[];
  }[];
  readonly shadows: readonly {
    readonly same: number;
    readonly different: number;
    readonly skipped: number;
  }[];
}

export async function reportOf(url: string): Promise<Report> {
  return (await (await fetch(`${url}/status/json`, { headers: AS_OPERATOR })).json()) as Report;
}

/** The states of the first pool's origins. */
export async function statesOf(url: string): Promise<string[]> {
  return (await reportOf(url)).pools[0]!.origins.map(({ state }) => state);
}

/** All that the operator can read, byte for byte. */
export function pagesOf({ port }: Gateway): Promise<Buffer[]> {
  const paths = ['/', '/json', '/metrics', '/plan'].map((page) => STATUS.path + page);
  const headers = Object.entries(AS_OPERATOR);
  return Promise.all(paths.map(async (path) => (await rawRequest(port, { path, headers })).raw));
}
