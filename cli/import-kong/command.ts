/**
 * `edge-gateway import-kong FILE…`: reads a Kong configuration, writes this gateway's configuration as JSON to standard
 * output, and a line to standard error for each thing that is open, closed or lost. Exit code 1, with every error and
 * its location, for a file that cannot be imported, and with --strict if anything was lost; exit code 2 for an invalid
 * command line.
 */
import { collect, createCommand, InvalidArgumentError, Option, run } from '../program.ts';
import { readTextFile } from '../read-text.ts';
import { parseConf } from './conf.ts';
import { mappingFault } from './hosts.ts';
import { importKong, type ImportOptions } from './import.ts';

interface Options {
  readonly with?: string;
  readonly host: ReadonlyMap<string, string>;
  readonly assumeHarmless: readonly string[];
  readonly strict: boolean;
  readonly profile: string;
  readonly flavor?: ImportOptions['flavor'];
  readonly conf?: string;
}

export const command = createCommand(
  'import-kong',
  `0 done; 1 a file that cannot be imported, or with --strict anything open, closed or lost;
2 the command was not understood.`,
)
  .description("turns Kong's configuration into this gateway's, as JSON on standard output")
  .argument(
    '<file...>',
    "declarative YAML or JSON, decK's state in one file or several, a response of GET /config, a ConfigMap " +
      'that contains one of these, or pages of the Admin API; "-" reads standard input',
  )
  .option(
    '--with <file>',
    "an overlay of this gateway's own settings, merged by name, which the next import keeps",
  )
  .option(
    '--host <name=url>',
    'where a host of a private network can be reached; repeatable, NAME may have a port',
    readHost,
    new Map(),
  )
  .option(
    '--assume-harmless <name>',
    'a plug-in that is not carried over and must not close routes; repeatable',
    collect,
    [],
  )
  .option('--strict', 'exit 1 where anything is open, closed or lost', false)
  .addOption(
    new Option('--profile <name>', 'whose statuses and messages responses have')
      .choices(['3', '2018', 'kong-3', 'kong-2018'])
      .default('3'),
  )
  .addOption(
    new Option('--flavor <name>', "how routes are ranked; default: as the file's format implies").choices([
      'traditional',
      'traditional_compatible',
    ]),
  )
  .option('--conf <file>', "Kong's own settings, kong.conf")
  .addHelpText(
    'after',
    `
Each line on standard error begins with the file and one of:
  open    Kong rejected some requests, and here they reach the origin
  closed  Kong let some requests in, and here all are rejected: 503 (or 401)
  lost    works, but something is missing
  check   nothing is lost; review it before the deployment`,
  )
  .action((files: string[], options: Options) => run(() => main(files, options)));

async function main(files: readonly string[], options: Options): Promise<number> {
  const { profile, flavor, host, assumeHarmless, conf, strict } = options;
  const { config, faults, notes } = importKong(
    files.map((name) => ({ name, text: readTextFile(name) })),
    {
      profile: profile.endsWith('2018') ? 'kong-2018' : 'kong-3',
      flavor,
      hosts: host,
      harmless: new Set(assumeHarmless),
      conf: conf === undefined ? {} : parseConf(readTextFile(conf)),
      ...(options.with === undefined ? {} : { overlay: await readOverlay(options.with) }),
      env: process.env,
    },
  );
  const name = files.join(', ');
  for (const fault of faults) console.error(`Cannot import ${name}: ${fault}`);
  for (const { effect, text } of notes) console.error(`${name}: ${effect}: ${text}`);
  if (config === null) return 1;
  console.log(JSON.stringify(config, null, 2));
  return strict && notes.some(({ effect }) => effect !== 'check') ? 1 : 0;
}

/** Only an overlay needs the parsers of configurations. */
async function readOverlay(file: string): Promise<unknown> {
  const { readConfig } = await import('../read-config.ts');
  return readConfig(file).value;
}

function readHost(pair: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const [name = '', ...rest] = pair.split('=');
  const fault = mappingFault(name, rest.join('='));
  if (fault !== null) throw new InvalidArgumentError(fault);
  return new Map([...before, [name, rest.join('=')]]);
}
