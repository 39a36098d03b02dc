/**
 * `npm run --silent import-kong -- FILE`: a Kong configuration in, this gateway's configuration as JSON on standard output, a line on standard error for each
 * thing that is not carried over. Exit 1, with every fault and its place, for a file that is no valid Kong configuration or
 * cannot be read; exit 2 for a command that cannot be understood.
 */
import { readFileSync } from 'node:fs';
import { readCommandLine, refuseCommand } from '../command-line.ts';
import { parseConf } from './conf.ts';
import { importKong, type ImportOptions } from './import.ts';
import { readTextFile } from '../read-config.ts';

const USAGE = `Usage: npm run --silent import-kong -- [options] FILE > gateway.json

FILE is declarative YAML or JSON, decK's dump, or pages of the Admin API; "-" reads standard input.

  --profile NAME    whose statuses and texts answers have: 3 (default) or 2018
  --flavor NAME     how routes are ranked: traditional or traditional_compatible; default: as the file's format implies
  --conf FILE       Kong's own settings, kong.conf`;
const PROFILES: Readonly<Record<string, 'kong-3' | 'kong-2018'>> = {
  '3': 'kong-3',
  'kong-3': 'kong-3',
  '2018': 'kong-2018',
  'kong-2018': 'kong-2018',
};

function main(args: readonly string[]): number {
  const { values, positionals } = readCommandLine(USAGE, {
    args: [...args],
    allowPositionals: true,
    options: {
      profile: { type: 'string', default: '3' },
      flavor: { type: 'string' },
      conf: { type: 'string' },
    },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0)
    refuseCommand(USAGE, `FILE must be one file, received ${positionals.length || 'none'}`);
  const profile = PROFILES[values.profile];
  if (profile === undefined)
    refuseCommand(USAGE, `--profile must be 3 or 2018, received "${values.profile}"`);
  const { flavor } = values;
  if (flavor !== undefined && flavor !== 'traditional' && flavor !== 'traditional_compatible')
    refuseCommand(USAGE, `--flavor must be traditional or traditional_compatible, received "${flavor}"`);
  const conf = values.conf === undefined ? {} : parseConf(readTextFile(values.conf));
  return convert(file, { profile, flavor: flavor ?? null, conf, env: process.env });
}

function convert(file: string, options: ImportOptions): number {
  const { config, faults, notes } = importKong(
    file === '-' ? readFileSync(0, 'utf8') : readTextFile(file),
    options,
  );
  for (const fault of faults) console.error(`Cannot import ${file}: ${fault}`);
  if (config === null) return 1;
  for (const note of notes) console.error(`${file}: ${note}`);
  console.log(JSON.stringify(config, null, 2));
  return 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  console.error(why.startsWith('Cannot ') ? why : `Cannot import: ${why}`);
  process.exitCode = 1;
}
