/**
 * A key on standard input, its SHA-256 on standard output: what stands in the configuration instead of the key.
 *
 *   read -rs KEY && printf %s "$KEY" | edge-gateway hash-key
 *
 * One newline at the end is the terminal's or the editor's and is cut off; every other byte belongs to the key, and is told about
 * where it is hardly meant. The key is not taken as an argument: those stand in the shell's history and in the list of processes.
 */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { createCommand, run } from './program.ts';

/** The digest of the key, 64 lower-case hex digits; throws where the input can be no key. */
export function hashKey(input: Uint8Array): string {
  const bytes = Buffer.from(input);
  const end =
    bytes.at(-1) !== 0x0a ? bytes.length : bytes.at(-2) === 0x0d ? bytes.length - 2 : bytes.length - 1;
  const key = bytes.subarray(0, end);
  const refuse = (what: string, received: string): never => {
    throw new Error(`Cannot hash key: standard input must be ${what}, received ${received}`);
  };
  if (key.length === 0) refuse('one key', 'nothing');
  if (key.includes(0x0a)) refuse('one key on one line', `${key.toString().split('\n').length} lines`);
  if (!Buffer.from(key.toString()).equals(key)) refuse('UTF-8', 'other bytes');
  return createHash('sha256').update(key).digest('hex');
}

/** Spaces and quotes around a key are copied by accident more often than meant. */
export function doubtsAbout(input: Uint8Array): string | null {
  const key = Buffer.from(input)
    .toString()
    .replace(/\r?\n$/, '');
  if (key !== key.trim()) return 'the key begins or ends with white space: a header can never carry it';
  return /^(["']).*\1$/.test(key) ? 'the key stands in quotes: they are taken for a part of it' : null;
}

export const hashKeyCommand = createCommand('hash-key')
  .description(
    'reads a key on standard input and prints its SHA-256, which stands in the configuration instead of the key',
  )
  .addHelpText('after', '\n  read -rs KEY && printf %s "$KEY" | edge-gateway hash-key')
  .action(() => run(main));

async function main(): Promise<number> {
  if (process.stdin.isTTY)
    console.error('Type the key and press Enter, then Ctrl-D. It is visible while you type.');
  const input = await buffer(process.stdin);
  const digest = hashKey(input);
  const doubt = doubtsAbout(input);
  if (doubt !== null) console.error(`Note: ${doubt}`);
  console.log(digest);
  return 0;
}
