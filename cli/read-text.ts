/** Reads a file that the command line names. */
import { readFileSync } from 'node:fs';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it must be a file, received a directory'],
  ['EACCES', 'you may not read it'],
]);

/** Why a file cannot be read, in words. */
export function whyUnreadable(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS.get(code) ?? message;
}

/** Throws an Error of one line: the file and why it cannot be read. */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${whyUnreadable(error)}`);
  }
}
