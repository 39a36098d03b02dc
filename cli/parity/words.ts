/** How differences are told to people, the same in every report. */
import type { Difference } from './difference.ts';

export const ABSENT = '(absent)';

/** `header x-a: "1" became "2"`, in one line. */
export function sentence(difference: Difference): string {
  const { kind, name, from, to, note } = difference;
  const what = name === '' ? kind : `${kind} ${name}`;
  const value = (text: string | null) => (text === null ? ABSENT : JSON.stringify(text));
  return `${what}: ${value(from)} became ${value(to)}${note === '' ? '' : ` (${note})`}`;
}

export function short(text: string | null, length: number): string {
  if (text === null) return ABSENT;
  const line = text.replace(/\p{Cc}+/gu, ' ');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
