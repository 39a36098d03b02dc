/** Reads a body of unknown length up to a limit. */

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
