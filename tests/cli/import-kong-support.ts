import type { Config } from '../../lib/config/types.ts';
import { importKong, type ImportOptions } from '../../cli/import-kong/import.ts';

/** What becomes of a Kong configuration without faults. */
export function imported(text: string, options?: ImportOptions): Config {
  const { config, faults } = importKong(text, options);
  if (config === null) throw new Error(faults.join('\n'));
  return config;
}
