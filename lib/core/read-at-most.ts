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
  const reader = stream?.getReader();
  for (;;) {
    const { value } = (await reader?.read()) ?? {};
    if (value === undefined) return new Blob(pieces).arrayBuffer();
    size += value.length;
    if (size > most) {
      // Not waited for: the cancelling of a copy ends when that of its original does.
      void reader?.cancel().catch(() => undefined);
      return null;
    }
    pieces.push(value as Uint8Array<ArrayBuffer>);
  }
}
