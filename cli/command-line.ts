/**
 * The words behind a command, read as node's parseArgs does, with two ends of their own. `--help` is the usage and exit code 0. A command
 * that cannot be understood is one line on standard error, the usage below it, and exit code 2, as shells and scripts expect: nobody who
 * mistypes an option wants a stack of calls.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** `usage` is the whole interface: the command, then a line for each option. */
export function readCommandLine<T extends ParseArgsConfig>(
  usage: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  if ((config.args ?? process.argv.slice(2)).some((word) => word === '--help' || word === '-h')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    const [what = ''] = (error as Error).message.split('. ');
    refuseCommand(usage, what);
  }
}

export function refuseCommand(usage: string, what: string): never {
  console.error(`Cannot understand the command: ${what}\n${usage}`);
  process.exit(2);
}
