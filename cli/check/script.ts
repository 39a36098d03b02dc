/** Validates a configuration with a built file: runs it as a script; its last line validates the configuration. */
import { createContext, runInContext } from 'node:vm';
import { readTextFile } from '../read-text.ts';

/** The errors that the file throws, a line each; empty if it starts. */
export function faultsOfScript(config: unknown, file: string): string[] {
  // Globals of the runtime that the file uses at the top level.
  const { URL, URLPattern, TextEncoder, TextDecoder, Headers, crypto } = globalThis as Record<
    string,
    unknown
  >;
  const world = createContext({
    ...{ URL, URLPattern, TextEncoder, TextDecoder, Headers, crypto },
    addEventListener: () => undefined,
    GATEWAY_CONFIG: JSON.stringify(config),
  });
  try {
    runInContext(readTextFile(file), world, { filename: file, timeout: 10_000 });
    return [];
  } catch (error) {
    const { message = String(error) } = error as { message?: string };
    const [head = '', ...faults] = message.split('\n  ');
    return faults.length > 0 ? faults : [`Cannot start ${file}: ${head}`];
  }
}
