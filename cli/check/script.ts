/** What a built file says of a configuration: it is run as a script, up to the last line, which checks the configuration. */
import { createContext, runInContext } from 'node:vm';
import { readTextFile } from '../read-config.ts';

/** Lines of faults that the file throws; none where it starts. */
export function faultsOfScript(config: unknown, file: string): string[] {
  // Names of the runtime that stand in the file outside its functions.
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
