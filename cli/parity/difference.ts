/** A difference between two responses, and when two dates count as equal. */
type Kind = 'answer' | 'status' | 'header' | 'redirect' | 'cookie' | 'body' | 'latency';
export interface Difference {
  readonly kind: Kind;
  /** Header, cookie or JSON pointer; "" if the kind suffices. */
  readonly name: string;
  /** Null: absent. */
  readonly from: string | null;
  readonly to: string | null;
  readonly note: string;
}

/** The two responses are not made at exactly the same time. */
const SAME_MOMENT_MS = 60_000;

export function difference(
  kind: Kind,
  name: string,
  from: string | null,
  to: string | null,
  note = from === null ? 'added' : to === null ? 'missing' : '',
): Difference {
  return { kind, name, from, to, note };
}

/** Whether two dates (or numbers of seconds) differ by no more than the time between the two responses. */
export function sameMoment(left: string, right: string): boolean {
  const moment = (text: string) => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));
  return Math.abs(moment(left) - moment(right)) <= SAME_MOMENT_MS;
}
