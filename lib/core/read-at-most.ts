/** Reading a body whose length nobody vouches for. */

/**
 * The bytes of a stream; null, and the rest is not read, where there are more than `most`. Rejects where the stream
 * breaks off.
 */
export async function readAtMost(
  stream: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<ArrayBuffer | null> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of (stream ?? []) as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    size += piece.length;
    // Leaving the loop cancels the stream.
    if (size > most) return null;
    pieces.push(piece);
  }
  return new Blob(pieces).arrayBuffer();
}
