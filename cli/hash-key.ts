/**
 * Reads a key from standard input and prints its SHA-256, which the configuration holds instead of the key. Or a
 * password, and its PBKDF2 with a random salt: people choose passwords that can be guessed.
 *
 *   read -rs KEY && printf %s "$KEY" | edge-gateway hash-key
 *
 * One trailing newline, added by the terminal or editor, is removed; every other byte belongs to the key, with a
 * warning about bytes that are probably a mistake. The key is not accepted as an argument: arguments are visible in the
 * shell's history and in the process list.
 */
import { createHash, pbkdf2Sync, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { createCommand, numberFrom, run } from './program.ts';

/** The digest of the key, 64 lower-case hex digits; throws if the input cannot be a key. */
export function hashKey(input: Uint8Array): string {
  return createHash('sha256').update(readKey(input)).digest('hex');
}

/** `passwordHash` of a login. */
export function hashPassword(input: Uint8Array, iterations: number, salt: Uint8Array): string {
  const hash = pbkdf2Sync(readKey(input), salt, iterations, 32, 'sha256').toString('hex');
  return `pbkdf2-sha256:${iterations}:${Buffer.from(salt).toString('hex')}:${hash}`;
}

/** The input without its line ending. */
function readKey(input: Uint8Array): Buffer {
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
  return key;
}

/** Spaces and quotes around a key are usually copied by accident. */
export function doubtsAbout(input: Uint8Array): string | null {
  const key = Buffer.from(input)
    .toString()
    .replace(/\r?\n$/, '');
  if (key !== key.trim()) return 'the key begins or ends with white space: a header can never carry it';
  return /^(["']).*\1$/.test(key) ? 'the key stands in quotes: they are taken for a part of it' : null;
}

export const command = createCommand('hash-key')
  .description(
    'reads a key on standard input and prints its SHA-256, which stands in the configuration instead of the key',
  )
  .addHelpText('after', '\n  read -rs KEY && printf %s "$KEY" | edge-gateway hash-key')
  .option('--password', 'prints the `passwordHash` of a login: PBKDF2, with a salt of chance')
  .option(
    '--iterations <number>',
    'how often: each wrong password costs the Worker that much; 5000 are about 2.5 ms',
    numberFrom(1, 100_000),
    5000,
  )
  .action((options: Options) => run(() => main(options)));

interface Options {
  readonly password?: true;
  readonly iterations: number;
}

async function main({ password, iterations }: Options): Promise<number> {
  if (process.stdin.isTTY)
    console.error('Type the key and press Enter, then Ctrl-D. It is visible while you type.');
  const input = await buffer(process.stdin);
  const digest = password ? hashPassword(input, iterations, randomBytes(16)) : hashKey(input);
  const doubt = doubtsAbout(input);
  if (doubt !== null) console.error(`Note: ${doubt}`);
  console.log(digest);
  return 0;
}
