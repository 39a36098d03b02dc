/** Reads a body of unknown length up to a limit. */
import type { Refusal } from './errors.ts';
import type { Context } from './request.ts';

/**
 * The bytes of a stream; null if there are more than `most`, and the rest is not read. Rejects if the stream fails.
 */
export async function readAtMost(
  stream: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<ArrayBuffer | null> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = stream?.getReader();
  for (;;) {
    const { value } = (await reader?.read()) ?? {};
    if (value === undefined) return new Blob(pieces).arrayBuffer();
    size += value.length;
    if (size > most) {
      // Not awaited: cancelling one branch of a tee settles only when both branches are cancelled.
      void reader?.cancel().catch(() => undefined);
      return null;
    }
    pieces.push(value as Uint8Array<ArrayBuffer>);
  }
}

/** More than any verdict, version or load needs. A larger body would have to be buffered for each of them. */
const LARGEST_TEXT = 65_536;

/** The text of a response to one of the gateway's own requests; null if it is larger than 64 KiB. */
export async function readText({ body }: Response): Promise<string | null> {
  const bytes = await readAtMost(body, LARGEST_TEXT);
  return bytes && new TextDecoder().decode(bytes);
}

/**
 * The request's body, which is then sent from memory; empty if there is none. `broken`: the refusal of a body that
 * breaks off.
 */
export async function readWhole(
  context: Context,
  most: number,
  tooLarge: Refusal,
  broken: Refusal,
): Promise<ArrayBuffer | Refusal> {
  const { body, request, upload } = context;
  if (body !== null) return body;
  // `stopped` is set where the body exceeded maxBodyBytes.
  const read = readAtMost(upload?.readable ?? request.body, most).catch(() => context.stopped ?? broken);
  const bytes = (await read) ?? tooLarge;
  if (request.body !== null && bytes instanceof ArrayBuffer) context.body = bytes;
  return bytes;
}

/** Whether the platform decodes the response's body when it is read; no other coding is decoded here. */
export const isDecoded = ({ headers }: Response): boolean =>
  /^(?:gzip|br|deflate|identity|)$/i.test(headers.get('content-encoding') ?? '');
