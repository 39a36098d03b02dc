/**
 * What isolates and the companion say to each other about limits. All of it is JSON, all times are ms since 1970.
 *
 * A message may be lost, doubled, late or overtaken by a later one. Session and sequence tell the companion which of an
 * isolate's messages it has seen: tokens come back, and counts are added, once.
 */

/** Whose message it is. */
export interface Envelope {
  /** A random name that the isolate gave itself. */
  readonly isolate: string;
  /** What the companion's last answer said; "" before there was one. */
  readonly session: string;
  /** Rises by one with each message of this isolate to this shard. */
  readonly sequence: number;
}

export interface LeaseWindow {
  readonly start: number;
  /** Ms; a nominal one for months and years. Windows of one length and start are the same window. */
  readonly length: number;
  readonly limit: number;
}

/** One isolate asks for tokens of one caller. A token counts in all the windows at once. */
export interface LeaseAsk {
  readonly key: string;
  /** From short to long. */
  readonly windows: readonly LeaseWindow[];
  /** Requests that wait for a token. */
  readonly need: number;
  /** What it would spend within a part of the shortest window, `need` included. */
  readonly want: number;
  /** Tokens that were granted ahead of need and have been spent since the last message. */
  readonly spent: number;
  /**
   * For each window, unspent tokens that come back. Below zero: requests that passed without a token, while the
   * companion could not be asked or before it was.
   */
  readonly back: readonly number[];
}

export interface LeaseRequest extends Envelope {
  readonly asks: readonly LeaseAsk[];
}

export interface LeaseGrant {
  /**
   * What was given out in one of the windows is not known, or the asker's clock is wrong: nothing is granted, and no
   * other field says anything.
   */
  readonly unknown: boolean;
  readonly granted: number;
  /** For each window, what is left to be granted. */
  readonly room: readonly number[];
  /** Index of the longest window of which nothing is left; -1 for none. */
  readonly full: number;
  /** Tokens of that window that isolates hold and may yet give back. */
  readonly held: number;
}

export interface LeaseAnswer {
  readonly session: string;
  /** Isolates that asked anything within the last minute. */
  readonly isolates: number;
  /** One for each ask. */
  readonly grants: readonly LeaseGrant[];
}
