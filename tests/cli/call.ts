/**
 * `edge-gateway COMMAND …` in this process: what it writes and how it ends, without the second that a process takes.
 * tap writes to the same streams, so only what is written within the call is caught.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { programFor } from '../../cli/main.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
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

export async function call(...args: readonly string[]): Promise<Ended> {
  const program = await programFor(args);
  // As the process would exit: 2 where a command is not understood.
  for (const command of [program, ...program.commands]) command.exitOverride();
  const written = { out: '', err: '' };
  const before = process.exitCode;
  const code = await calls.run(written, async () => {
    try {
      await program.parseAsync(args, { from: 'user' });
      return Number(process.exitCode ?? 0);
    } catch (error) {
      const { exitCode } = error as { exitCode?: number };
      if (exitCode === undefined) throw error;
      return exitCode === 0 ? 0 : 2;
    } finally {
      process.exitCode = before;
    }
  });
  return { code, ...written };
}
