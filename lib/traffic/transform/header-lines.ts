/** Operations on the headers of requests and responses; the two differ in what counts as present. */
import type { Operations } from './operations.ts';

/** The part of Headers that is used. */
export interface HeaderLines {
  readonly get: (name: string) => string | null;
  readonly set: (name: string, value: string) => void;
  readonly delete: (name: string) => void;
}

/**
 * A line end would start another header, and every runtime refuses NUL; a value that comes from a request may hold
 * them.
 */
export const oneLine = (value: string): string => value.replace(/[\0\r\n]+/g, ' ');

/**
 * Each operation sees the result of the one before. Several values of a name become one line, which means the same (RFC
 * 9110, 5.2).
 */
export function transformRequestHeaders(headers: HeaderLines, operations: Operations<string>): void {
  for (const name of operations.remove) if (headers.get(name) !== null) headers.delete(name);
  for (const [from, to] of operations.rename) {
    const value = headers.get(from);
    if (value === null || from === to) continue;
    headers.delete(from);
    headers.set(to, value);
  }
  for (const [name, value] of operations.replace)
    if (headers.get(name) !== null) headers.set(name, oneLine(value));
  for (const [name, value] of operations.add)
    if (headers.get(name) === null) headers.set(name, oneLine(value));
  for (const [name, value] of operations.append) {
    const before = headers.get(name);
    headers.set(name, (before === null ? '' : `${before}, `) + oneLine(value));
  }
}

/**
 * Presence is judged by the response as it came (Kong since 1.0): a header that is removed and added stays removed, one
 * that is removed and replaced comes back. `live` judges by its current state, as Kong 0.x did.
 */
export function transformAnswerHeaders(headers: Headers, operations: Operations<string>, live = false): void {
  const before = live ? headers : new Headers(headers);
  for (const name of operations.remove) headers.delete(name);
  for (const [from, to] of operations.rename) {
    if (!before.has(from) || from.toLowerCase() === to.toLowerCase()) continue;
    const lines = from.toLowerCase() === 'set-cookie' ? before.getSetCookie() : [before.get(from) as string];
    headers.delete(from);
    headers.delete(to);
    for (const line of lines) headers.append(to, line);
  }
  for (const [name, value] of operations.replace) if (before.has(name)) headers.set(name, value);
  for (const [name, value] of operations.add) if (!before.has(name)) headers.set(name, value);
  for (const [name, value] of operations.append) headers.append(name, value);
}
