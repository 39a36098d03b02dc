/** The words of the comparison: what a difference is, whose side it is on, and when two moments count as one. */
import type { Answer } from './answer.ts';
import type { Gateway } from './options.ts';

export type Kind = 'answer' | 'status' | 'header' | 'redirect' | 'cookie' | 'body' | 'latency';
export interface Difference {
  readonly kind: Kind;
  /** Header, cookie or JSON pointer; "" where the kind says it all. */
  readonly name: string;
  /** Null: not there. */
  readonly from: string | null;
  readonly to: string | null;
  readonly note: string;
}
export interface Side {
  readonly gateway: Gateway;
  /** The Host header that was sent. */
  readonly host: string;
}

/** What one gateway answered. */
export interface Reply {
  readonly answer: Answer;
  readonly side: Side;
}

/** The two answers are made at two moments. */
const SAME_MOMENT_MS = 60_000;

export function difference(
  kind: Kind,
  name: string,
  from: string | null,
  to: string | null,
  note = '',
): Difference {
  return { kind, name, from, to, note };
}

/** Two dates (or two numbers of seconds) that the time between two answers explains. */
export function sameMoment(left: string, right: string): boolean {
  const moment = (text: string) => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));
  return Math.abs(moment(left) - moment(right)) <= SAME_MOMENT_MS;
}
