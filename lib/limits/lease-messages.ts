/**
 * The messages about limits between isolates and the companion. All are JSON; all times are ms since 1970.
 *
 * A message may be lost, duplicated, late or overtaken by a later one. Session and sequence tell the companion which of
 * an isolate's messages it has seen, so that tokens are returned, and counts added, only once.
 */

/**
 * The version of all messages, in a header of the companion's answers. An answer without it is none: it is from some
 * other Worker, or from a companion of another version.
 */
export const ANSWER_HEADERS = { 'x-shared': '1' };

/** The sender of a message. */
export interface Envelope {
  /** A random name that the isolate chose for itself. */
  readonly isolate: string;
  /** From the companion's last answer; "" before the first one. */
  readonly session: string;
  /** Incremented with each message of this isolate to this shard. */
  readonly sequence: number;
}

/** What an isolate knows of its messages to one object of the companion. */
export interface Sender {
  /** In the last answer; "" before the first. */
  session: string;
  /** Of the last message. */
  sequence: number;
}

export interface LeaseWindow {
  readonly start: number;
  /** In ms; nominal for months and years. Windows of the same length and start are the same window. */
  readonly length: number;
  readonly limit: number;
}

/** One isolate's request for tokens of one caller. A token counts in all the windows at once. */
export interface LeaseAsk {
  readonly key: string;
  /** Shortest first. */
  readonly windows: readonly LeaseWindow[];
  /** Requests that wait for a token. */
  readonly need: number;
  /** Tokens that it expects to spend within a fraction of the shortest window, including `need`. */
  readonly want: number;
  /** Tokens that were granted ahead of need and have been spent since the last message. */
  readonly spent: number;
  /**
   * For each window, unspent tokens that are returned. Below zero: requests that passed without a token, because the
   * companion could not be reached or had not been asked yet.
   */
  readonly back: readonly number[];
}

export interface LeaseRequest extends Envelope {
  readonly asks: readonly LeaseAsk[];
}

export interface LeaseGrant {
  /**
   * How many tokens of one of the windows were granted is not known, or the isolate's clock is wrong: nothing is
   * granted, and the other fields have no meaning.
   */
  readonly unknown: boolean;
  readonly granted: number;
  /** For each window, how many tokens can still be granted. */
  readonly room: readonly number[];
  /** Index of the longest exhausted window; -1 for none. */
  readonly full: number;
  /** Tokens of that window that isolates hold and may still return. */
  readonly held: number;
}

export interface LeaseAnswer {
  readonly session: string;
  /** Isolates that sent a message within the last minute. */
  readonly isolates: number;
  /** One for each ask. */
  readonly grants: readonly LeaseGrant[];
}
