/** The soak's callers: what they ask for, by seeded dice, and one request of theirs, which may hang up in the middle. */
import { request as httpRequest } from 'node:http';

export type Dice = () => number;
export const oneOf = <T>(dice: Dice, list: readonly T[]): T => list[Math.floor(dice() * list.length)]!;

export interface Shape {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers: Record<string, string>;
  /** Hang up after so many ms; 0 never. */
  readonly resetAfterMs: number;
}

export function drawRequest(dice: Dice): Shape {
  const method = oneOf(dice, [
    'GET',
    'GET',
    'GET',
    'GET',
    'HEAD',
    'POST',
    'POST',
    'PUT',
    'DELETE',
    'OPTIONS',
  ]);
  const path = oneOf(dice, [
    '/v1/things',
    '/v1/things',
    '/v1/things',
    '/keys/mine',
    '/keys/mine',
    `/made-up/${dice()}`,
  ]);
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

/** The status; 0 where the connection broke or the answer was cut off. */
export function sendOne(url: string, { method, path, body, headers, resetAfterMs }: Shape): Promise<number> {
  return new Promise((resolve) => {
    const sending = httpRequest(url + path, { method, headers, timeout: 5000 }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0)).on('error', () => resolve(0));
    });
    sending.on('error', () => resolve(0)).on('timeout', () => sending.destroy());
    if (resetAfterMs > 0) setTimeout(() => sending.socket?.resetAndDestroy(), resetAfterMs);
    sending.end(body);
  });
}
