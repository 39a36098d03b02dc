/**
 * Runs one of the repository's own commands as a user would, and interacts with it.
 */
import { spawn } from 'node:child_process';
import { ROOT } from '../../cli/paths.ts';

export interface Command {
  readonly pid: number;
  /** Standard output and standard error so far. */
  readonly output: () => string;
  /** Resolves with the output once it contains the text; rejects if the command ends first or the time is over. */
  readonly says: (text: string, ms?: number) => Promise<string>;
  /** Sends a signal and resolves with the exit code once the command has ended. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

/** `runCommand('node', ['examples/demo/start.ts'])`; the default directory is the repository's. */
export function runCommand(
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = ROOT,
): Command {
  const path = `${ROOT}/node_modules/.bin:${process.env['PATH'] ?? ''}`;
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, PATH: path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
      for (const watch of watchers) watch();
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.on('error', (error) => void (output += String(error)));
    child.on('close', resolve);
  });
  const says = (text: string, ms = 120_000) =>
    new Promise<string>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${why} before "${text}" was printed:\n${output}`));
      const timer = setTimeout(() => fail(`${ms} ms passed`), ms);
      const watch = () => {
        if (!output.includes(text)) return;
        clearTimeout(timer);
        watchers.delete(watch);
        resolve(output);
      };
      watchers.add(watch);
      watch();
      void ended.then((code) => {
        watch();
        clearTimeout(timer);
        fail(`The command ended with ${code}`);
      });
    });
  const end = (signal: NodeJS.Signals = 'SIGINT') => {
    child.kill(signal);
    return ended;
  };
  return { pid: child.pid ?? 0, output: () => output, says, end, ended };
}

/** `edge-gateway COMMAND …` of this clone. */
export function runGateway(args: readonly string[], env: Record<string, string> = {}): Command {
  return runCommand('node', ['cli/edge-gateway.js', ...args], env);
}

/**
 * Runs a shell command to its end, without the hooks that tap adds to each Node process: TypeScript's compiler does not
 * start with them.
 */
export async function runShell(line: string, cwd = ROOT): Promise<{ code: number | null; output: string }> {
  const command = runCommand('sh', ['-c', `unset NODE_OPTIONS; ${line}`], {}, cwd);
  return { code: await command.ended, output: command.output() };
}
