/**
 * A gateway's response: status, headers and the raw body, of which a bounded part is stored and all is hashed.
 *
 * Never throws: a response that is cut off says so in `cut`.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Gateway } from './options.ts';

export interface Received {
  /** Why there is no response, e.g. ECONNREFUSED; null if there is one. */
  readonly error: string | null;
  readonly status: number;
  /** Lower-case names in the order received, including trailers as `trailer:name`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The raw bytes, up to LARGEST_BODY. */
  readonly body: Buffer;
  /** Size of the whole body. */
  readonly size: number;
  readonly sha256: string;
  /** Why the body is incomplete (timed out or cut off); the received part is compared. */
  readonly cut: string | null;
  /** Milliseconds until the headers. */
  readonly ms: number;
}
export interface Answer extends Received {
  readonly gateway: Gateway;
  /** The Host header that was sent. */
  readonly host: string;
}

/** Of larger bodies only the digests are compared. */
const LARGEST_BODY = 4 * 1024 * 1024;

export function noAnswer(error: string, ms: number): Received {
  return { error, status: 0, headers: [], body: Buffer.alloc(0), size: 0, sha256: '', cut: null, ms };
}

/** Reads a response to its end, or until `timeout`. */
export async function readAnswer(
  incoming: IncomingMessage,
  ms: number,
  timeout: AbortSignal,
): Promise<Received> {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let size = 0;
  let cut: string | null = null;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      hash.update(chunk);
      if (size < LARGEST_BODY) chunks.push(chunk.subarray(0, LARGEST_BODY - size));
      size += chunk.length;
    }
  } catch {
    cut = timeout.aborted ? 'did not end in time' : 'broke off';
  }
  return {
    error: null,
    status: incoming.statusCode ?? 0,
    headers: [...pairs(incoming.rawHeaders, ''), ...pairs(incoming.rawTrailers, 'trailer:')],
    body: Buffer.concat(chunks),
    size,
    sha256: hash.digest('hex'),
    cut,
    ms,
  };
}

function pairs(raw: readonly string[], prefix: string): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [
    prefix + raw[2 * i]!.toLowerCase(),
    raw[2 * i + 1]!,
  ]);
}

/** All values of a header; null if it is absent. */
export function valueOf(answer: Received, name: string): string | null {
  const values = answer.headers.filter(([key]) => key === name).map(([, value]) => value);
  return values.length === 0 ? null : values.join(', ');
}
