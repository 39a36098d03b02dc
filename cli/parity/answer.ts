/**
 * A gateway's response: status, headers and the raw body, of which a bounded part is stored and all is hashed.
 *
 * Never throws: a response that is cut off says so in `cut`.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Answer {
  /** Why there is no response, e.g. ECONNREFUSED; null if there is one. */
  readonly error: string | null;
  readonly status: number;
  /** Lower-case names in the order received, including trailers as `trailer:name`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The raw bytes, up to --max-body. */
  readonly body: Buffer;
  /** Size of the whole body. */
  readonly size: number;
  readonly sha256: string;
  /** Why the body is incomplete (timed out or cut off); the received part is compared. */
  readonly cut: string | null;
  /** Milliseconds until the headers. */
  readonly ms: number;
}

export function noAnswer(error: string, ms: number): Answer {
  return { error, status: 0, headers: [], body: Buffer.alloc(0), size: 0, sha256: '', cut: null, ms };
}

/** Reads a response to its end, or until `ended`. */
export async function collect(
  incoming: IncomingMessage,
  ms: number,
  maxBody: number,
  ended: () => boolean,
): Promise<Answer> {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let kept = 0;
  let size = 0;
  let cut: string | null = null;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
      if (kept < maxBody) {
        chunks.push(chunk.subarray(0, maxBody - kept));
        kept = Math.min(maxBody, kept + chunk.length);
      }
    }
  } catch {
    cut = ended() ? 'did not end in time' : 'broke off';
  }
  const headers = pairs(incoming.rawHeaders, '').concat(pairs(incoming.rawTrailers, 'trailer:'));
  const body = Buffer.concat(chunks);
  return {
    error: null,
    status: incoming.statusCode ?? 0,
    headers,
    body,
    size,
    sha256: hash.digest('hex'),
    cut,
    ms,
  };
}

function pairs(raw: readonly string[], prefix: string): [string, string][] {
  const list: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2)
    list.push([`${prefix}${raw[i]?.toLowerCase()}`, raw[i + 1] ?? '']);
  return list;
}
