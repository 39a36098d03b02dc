/**
 * `npm run --silent import-kong -- [--profile 2018] [--conf kong.conf] [--flavor traditional] FILE`
 *
 * A Kong configuration in, this gateway's configuration as JSON on standard output, a line on standard error for each
 * thing that is not carried over. Exit 1, with every fault and its place, for a file that is no valid Kong configuration or
 * cannot be read; exit 2 for a command that cannot be understood. `-` reads standard input.
 */
import { readFileSync } from 'node:fs';
import { readCommandLine } from './command-line.ts';
import { parseConf } from './kong/conf.ts';
import { importKong, type ImportOptions } from './kong/import.ts';

const USAGE =
  'usage: import-kong [--profile 3|2018] [--flavor traditional|traditional_compatible] [--conf kong.conf] FILE';
const PROFILES: Readonly<Record<string, 'kong-3' | 'kong-2018'>> = {
  '3': 'kong-3',
  'kong-3': 'kong-3',
  '2018': 'kong-2018',
  'kong-2018': 'kong-2018',
};

function main(args: readonly string[]): number {
  const { values, positionals } = readCommandLine({
    args: [...args],
    allowPositionals: true,
    options: {
      profile: { type: 'string', default: '3' },
      flavor: { type: 'string' },
      conf: { type: 'string' },
    },
  });
  const file = positionals[0];
  const profile = PROFILES[values.profile];
  const { flavor } = values;
  if (
    file === undefined ||
    positionals.length > 1 ||
    profile === undefined ||
    (flavor !== undefined && flavor !== 'traditional' && flavor !== 'traditional_compatible')
  ) {
    console.error(USAGE);
    return 2;
  }
  const conf = values.conf === undefined ? {} : parseConf(readFileSync(values.conf, 'utf8'));
  return convert(file, { profile, flavor: flavor ?? null, conf, env: process.env });
}

function convert(file: string, options: ImportOptions): number {
  const { config, faults, notes } = importKong(readFileSync(file === '-' ? 0 : file, 'utf8'), options);
  for (const fault of faults) console.error(`Cannot import ${file}: ${fault}`);
  if (config === null) return 1;
  for (const note of notes) console.error(`${file}: ${note}`);
  console.log(JSON.stringify(config, null, 2));
  return 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(`Cannot import: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
