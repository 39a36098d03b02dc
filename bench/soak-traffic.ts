/**
 * The soak's callers: their requests, chosen by a seeded generator, and the sending of one, which may disconnect
 * midway.
 */
import { request as httpRequest } from 'node:http';
import { words } from '../tests/support/words.ts';

export type Dice = () => number;
export const oneOf = <T>(dice: Dice, list: readonly T[]): T => list[Math.floor(dice() * list.length)]!;

interface Shape {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers: Record<string, string>;
  /** Disconnect after this many ms; 0: never. */
  readonly resetAfterMs: number;
}

const METHODS = words`GET GET GET GET HEAD POST POST PUT DELETE OPTIONS`;
const PATHS = words`/v1/things /v1/things /v1/things /keys/mine /keys/mine /made-up`;

export function drawRequest(dice: Dice): Shape {
  const method = oneOf(dice, METHODS);
  const path = oneOf(dice, PATHS).replace('made-up', `made-up/${dice()}`);
  const key = dice() < 0.8 ? `good-${Math.floor(dice() * 50)}` : `bad-${dice()}`;
  const long = dice() < 0.1;
  return {
    method,
    path,
    ...(method === 'POST' || method === 'PUT' ? { body: 'b'.repeat(long ? 100_000 : 100) } : {}),
    headers: {
      'x-key': key,
      origin: 'https://page.example',
      ...(dice() < 0.1 ? { 'idempotency-key': String(dice()) } : {}),
    },
    resetAfterMs: dice() < 0.05 ? 1 + dice() * 100 : 0,
  };
}

interface Ending {
  /** 0 if the connection failed or the response was truncated. */
  readonly status: number;
  /** A rejection by the gateway whose body should state why, but is empty. */
  readonly lacksBody: boolean;
}
const BROKEN: Ending = { status: 0, lacksBody: false };

export function sendOne(url: string, { method, path, body, headers, resetAfterMs }: Shape): Promise<Ending> {
  return new Promise((resolve) => {
    const sending = httpRequest(url + path, { method, headers, timeout: 5000 }, (response) => {
      let bytes = 0;
      const end = (): void => {
        const lacksBody = response.headers['error'] !== undefined && method !== 'HEAD' && bytes === 0;
        resolve({ status: response.statusCode ?? 0, lacksBody });
      };
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('end', end).on('error', () => resolve(BROKEN));
    });
    sending.on('error', () => resolve(BROKEN)).on('timeout', () => sending.destroy());
    if (resetAfterMs > 0) setTimeout(() => sending.socket?.resetAndDestroy(), resetAfterMs);
    sending.end(body);
  });
}
