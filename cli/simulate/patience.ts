/** A caller gives up after this many ms. */
export const PATIENCE_MS = 10_000;
