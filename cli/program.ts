/**
 * Shared by all commands: how options are parsed and how a command ends.
 *
 * An error is one line on standard error, never a stack trace.
 */
import { Command, InvalidArgumentError, Option } from 'commander';

export { InvalidArgumentError, Option, type Command };

const EXIT_CODES = '0 done; 1 something is wrong, and told; 2 the command was not understood.';

/** The command's help ends with `exitCodes`. */
export function createCommand(name: string, exitCodes = EXIT_CODES): Command {
  return new Command(name)
    .addHelpText('after', `\nExit codes: ${exitCodes}`)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'Cannot understand the command: ')),
    })
    .configureHelp({ helpWidth: 110, optionDescription: describe })
    .showHelpAfterError('(add --help for what there is)');
}

/** Commander shows every default, even for options that are off, empty or unlimited. */
function describe({ description, argChoices, defaultValue, defaultValueDescription }: Option): string {
  const value: unknown = defaultValueDescription ?? defaultValue;
  const isSimple = typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
  const choices = argChoices ? ` (${argChoices.join(', ')})` : '';
  return `${description}${choices}${isSimple ? `; default ${value}` : ''}`;
}

/** Reads the value of an option: a number from `least` to `most`, whole unless `step` is "any". */
export function numberFrom(
  least: number,
  most: number,
  step: 'whole' | 'any' = 'whole',
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const fits = text.trim() !== '' && value >= least && value <= most;
    if (fits && (step === 'any' || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(
      `It must be a ${step === 'whole' ? 'whole ' : ''}number from ${least} to ${most}.`,
    );
  };
}

/** Collects an option that may be repeated. */
export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** Runs a command's action; an error that it throws is printed as one line, with exit code 1. */
export async function run(work: () => Promise<number> | number): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
