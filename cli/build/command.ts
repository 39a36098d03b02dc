/**
 * `edge-gateway build`: writes dist/worker.js and dist/worker-full.js, or the script for one configuration. build.ts
 * describes how.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { BuildFailure } from 'esbuild';
import { checkFile } from '../faults.ts';
import { ROOT } from '../paths.ts';
import type * as Builder from './build.ts';
import { asModule } from './module.ts';
import { createCommand, Option, run } from '../program.ts';
import { readConfig, type ConfigFile } from '../read-config.ts';

interface Options {
  readonly config?: string;
  readonly format?: 'script' | 'module';
  readonly withCompanion?: boolean;
  readonly out?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}
interface Built {
  readonly file: string;
  readonly bytes: number;
  readonly gzippedBytes: number;
}

export const command = createCommand('build')
  .description('writes the script that is pasted or deployed: the files of dist/, or one for a configuration')
  .option('--config <file>', 'JSON, YAML, or JavaScript with "const CONFIG = {...}"')
  .addOption(
    new Option('--format <form>', 'with --config: a module is what gradual deployments ask for')
      .choices(['script', 'module'])
      .default('script'),
  )
  .option('--with-companion', 'with --format module: carries the companion of `shared`, one Worker for both')
  .option('--out <file>', 'default: NAME.worker.js beside the configuration NAME.json')
  .option('--check', 'writes nothing, and fails where a file is not what the sources make')
  .option('--json', 'the files and their sizes as JSON')
  .action((options: Options) => run(() => buildFiles(options)));

/** Writes the requested files and reports them; returns the exit code. */
export async function buildFiles({
  config,
  format = 'script',
  withCompanion = false,
  out,
  check = false,
  json = false,
}: Options): Promise<number> {
  if (config === undefined && (out !== undefined || format === 'module'))
    throw new Error('Cannot build: --out and --format module need --config');
  if (withCompanion && (config === undefined || format !== 'module'))
    throw new Error('Cannot build: --with-companion needs --config and --format module');
  const scripts =
    config === undefined
      ? DIST
      : { [out ?? besides(config)]: scriptFor(readConfig(config), format, withCompanion) };
  if (process.stderr.isTTY)
    console.error(
      `Building ${Object.keys(scripts)
        .map((to) => relative('.', to))
        .join(', ')} …`,
    );
  const files = await Promise.all(Object.entries(scripts).map(([to, make]) => put(to, make, check)));
  if (json) console.log(JSON.stringify(files));
  else
    for (const { file: name, bytes, gzippedBytes } of files)
      console.log(`${name}: ${kilobytes(bytes)}, ${kilobytes(gzippedBytes)} minified and gzipped`);
  return 0;
}

/** Makes the text of a script, with what is loaded only then. */
type Make = (builder: typeof Builder) => Promise<string>;

const DIST: Readonly<Record<string, Make>> = {
  [`${ROOT}/dist/worker.js`]: ({ build }) => build('worker'),
  [`${ROOT}/dist/worker-full.js`]: ({ build }) => build('worker-full'),
  [`${ROOT}/dist/shared.js`]: ({ buildCompanion }) => buildCompanion(),
};

function scriptFor(config: ConfigFile, format: 'script' | 'module', withCompanion: boolean): Make {
  // An error is reported here rather than by a deployed script that refuses to start.
  checkFile(config);
  return async ({ build, buildCompanion }) => {
    const script = await build(config);
    if (format === 'script') return script;
    return asModule(script, withCompanion ? await buildCompanion() : undefined);
  };
}

/** Writes the script, or with `check` compares the file with it. */
async function put(out: string, make: Make, check: boolean): Promise<Built> {
  const builder = await import('./build.ts');
  const file = relative('.', out);
  try {
    const script = await make(builder);
    if (!check) writeFileSync(out, script);
    else if (readFileSync(out, 'utf8') !== script)
      throw new Error(`${file} is not what the sources make: build it again, without --check`);
    return { file, bytes: Buffer.byteLength(script), gzippedBytes: await builder.smallestSize(script) };
  } catch (error) {
    throw new Error(explain(error, file));
  }
}

/** The path next to the configuration; never that of a file tracked by git. */
function besides(config: string): string {
  const out = `${config.replace(/\.\w+$/, '')}.worker.js`;
  try {
    execFileSync('git', ['ls-files', '--error-unmatch', out], { stdio: 'ignore' });
  } catch {
    return out;
  }
  throw new Error(`Cannot build: --out must be given, ${out} is under version control`);
}

/** esbuild's errors with their locations, or why the file cannot be written. */
function explain(error: unknown, out: string): string {
  const { errors, code, message } = error as Partial<BuildFailure> & NodeJS.ErrnoException;
  const faults = errors?.map((one) => `${one.location?.file}:${one.location?.line} ${one.text}`);
  if (faults) return faults.join('\n');
  return code ? `Cannot write ${out}: ${message}` : message;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`;
}
