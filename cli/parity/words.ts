/** How differences are worded, the same in every report. */
const ABSENT = '(absent)';

export function short(text: string | null, length: number): string {
  if (text === null) return ABSENT;
  const line = text.replace(/\p{Cc}+/gu, ' ');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
