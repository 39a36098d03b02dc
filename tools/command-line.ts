/**
 * The words behind a command, read as node's parseArgs does, except that a command which cannot be understood ends here, with one line
 * on standard error and exit code 2, as shells and scripts expect: nobody who mistypes an option wants a stack of calls.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';

export function readCommandLine<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const [what = ''] = (error as Error).message.split('. ');
    console.error(`Cannot understand the command: ${what}`);
    process.exit(2);
  }
}
