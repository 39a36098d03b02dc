/**
 * `import-kong FILE…`: a Kong configuration in, this gateway's configuration as JSON on standard output, a line on standard error
 * for each thing that is open, closed or lost. Exit 1, with every fault and its place, for a file that cannot be imported, and with
 * --strict where anything was lost; exit 2 for a command that cannot be understood.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readCommandLine, refuseCommand } from '../command-line.ts';
import { readTextFile } from '../read-config.ts';
import { parseConf } from './conf.ts';
import { mappingFault } from './hosts.ts';
import { importKong, type ImportOptions } from './import.ts';

const USAGE = `Usage: npm run --silent import-kong -- [options] FILE... > gateway.json

FILE is declarative YAML or JSON, decK's state in one file or several, an answer of GET /config, a ConfigMap that holds one of
these, or pages of the Admin API; "-" reads standard input.

  --with FILE             an overlay of this gateway's own settings (YAML or JSON), merged by name: what the next import keeps
  --host NAME=URL         where a host of a private network can be reached; repeatable, NAME may have a port
  --assume-harmless NAME  a plug-in that is not carried over and closes nothing; repeatable
  --strict                exit 1 where anything is open, closed or lost
  --profile NAME          whose statuses and texts answers have: 3 (default) or 2018
  --flavor NAME           how routes are ranked: traditional or traditional_compatible; default: as the file's format implies
  --conf FILE             Kong's own settings, kong.conf

Each line on standard error begins with the file and one of:
  open    Kong refused, and here the origin is reached
  closed  Kong let some in, and here nobody is: 503 (or 401)
  lost    works, without something
  check   nothing is lost; look at it before the deployment`;

const PROFILES: ReadonlyMap<string, 'kong-3' | 'kong-2018'> = new Map([
  ['3', 'kong-3'],
  ['kong-3', 'kong-3'],
  ['2018', 'kong-2018'],
  ['kong-2018', 'kong-2018'],
]);

function main(args: readonly string[]): number {
  const { values, positionals: files } = readCommandLine(USAGE, {
    args: [...args],
    allowPositionals: true,
    options: {
      profile: { type: 'string', default: '3' },
      flavor: { type: 'string' },
      conf: { type: 'string' },
      with: { type: 'string' },
      host: { type: 'string', multiple: true, default: [] },
      'assume-harmless': { type: 'string', multiple: true, default: [] },
      strict: { type: 'boolean', default: false },
    },
  });
  if (files.length === 0) refuseCommand(USAGE, 'FILE must be one file or several, received none');
  const profile = PROFILES.get(values.profile);
  if (profile === undefined)
    refuseCommand(USAGE, `--profile must be 3 or 2018, received "${values.profile}"`);
  const { flavor = null } = values;
  if (flavor !== null && flavor !== 'traditional' && flavor !== 'traditional_compatible')
    refuseCommand(USAGE, `--flavor must be traditional or traditional_compatible, received "${flavor}"`);
  return convert(files, values.strict, {
    profile,
    flavor,
    hosts: readHosts(values.host),
    harmless: new Set(values['assume-harmless']),
    conf: values.conf === undefined ? {} : parseConf(readTextFile(values.conf)),
    ...(values.with === undefined ? {} : { overlay: readOverlay(values.with) }),
    env: process.env,
  });
}

function readHosts(pairs: readonly string[]): Map<string, string> {
  return new Map(
    pairs.map((pair): [string, string] => {
      const [name = '', ...rest] = pair.split('=');
      const fault = mappingFault(name, rest.join('='));
      if (fault !== null) refuseCommand(USAGE, fault);
      return [name, rest.join('=')];
    }),
  );
}

function readOverlay(file: string): unknown {
  try {
    return parse(readTextFile(file)) as unknown;
  } catch (error) {
    const [why] = (error as Error).message.split('\n');
    throw new Error(
      why!.startsWith('Cannot ') ? why : `Cannot read ${file}: it must be YAML or JSON: ${why}`,
    );
  }
}

function convert(files: readonly string[], strict: boolean, options: ImportOptions): number {
  const texts = files.map((name) => ({
    name,
    text: name === '-' ? readFileSync(0, 'utf8') : readTextFile(name),
  }));
  const { config, faults, notes } = importKong(texts, options);
  const name = files.join(', ');
  for (const fault of faults) console.error(`Cannot import ${name}: ${fault}`);
  for (const { effect, text } of notes) console.error(`${name}: ${effect}: ${text}`);
  if (config === null) return 1;
  console.log(JSON.stringify(config, null, 2));
  return strict && notes.some(({ effect }) => effect !== 'check') ? 1 : 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  console.error(why.startsWith('Cannot ') ? why : `Cannot import: ${why}`);
  process.exitCode = 1;
}
