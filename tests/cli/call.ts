/**
 * Runs a command in this process, since starting one costs a second of CPU, and captures its output. Calls run one after
 * another, since exit code, standard input and environment belong to the process.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { programFor } from '../../cli/main.ts';
import type { Command } from '../../cli/program.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
interface Context {
  /** Standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const calls = new AsyncLocalStorage<{ out: string; err: string }>();
for (const [name, key] of [
  ['stdout', 'out'],
  ['stderr', 'err'],
] as const) {
  const stream = process[name];
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    const call = calls.getStore();
    if (!call) return write(chunk, ...rest);
    call[key] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return true;
  };
}

/** `edge-gateway ARGS`. */
export async function call(...args: readonly string[]): Promise<Ended> {
  return callProgram(await programFor(args), args);
}

let last: Promise<unknown> = Promise.resolve();

export function callProgram(
  program: Command,
  args: readonly string[],
  context: Context = {},
): Promise<Ended> {
  const ended = last.then(() => callNow(program, args, context));
  last = ended.catch(() => undefined);
  return ended;
}

async function callNow(program: Command, args: readonly string[], { input, env }: Context): Promise<Ended> {
  // As the process would exit: 2 for an invalid command line.
  for (const command of [program, ...program.commands]) command.exitOverride();
  const written = { out: '', err: '' };
  const before = { exitCode: process.exitCode, env: process.env };
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;
  process.env = { ...process.env, ...env };
  if (input !== undefined) Object.defineProperty(process, 'stdin', { value: Readable.from([input]) });
  process.exitCode = 0;
  const code = await calls.run(written, async () => {
    try {
      await program.parseAsync(args, { from: 'user' });
      return Number(process.exitCode);
    } catch (error) {
      const { exitCode } = error as { exitCode?: number };
      if (exitCode === undefined) throw error;
      return exitCode === 0 ? 0 : 2;
    } finally {
      Object.assign(process, before);
      Object.defineProperty(process, 'stdin', stdin);
    }
  });
  return { code, ...written };
}
