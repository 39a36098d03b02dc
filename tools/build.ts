/**
 * Makes dist/worker.js: one plain script that reads from top to bottom like a tutorial. First the configuration as it
 * was written, then the rooms in the floors' order, then the front door.
 *
 * esbuild bundles, unminified. The configuration is never seen by it: it is text put on top, and the sources know it as
 * `declare const CONFIG`, so that nothing in it is reformatted or renamed. Prettier gives the chapters the sources' form.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build as bundle, transform } from 'esbuild';
import type { Plugin } from 'esbuild';
import { parseSync } from 'oxc-parser';
import { format, resolveConfig } from 'prettier';
import { FLOORS, fileOf } from './floors.ts';
import { declaredNames, keepComments, unmarkComments } from './keep-comments.ts';
import { readConfig } from './read-config.ts';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

export interface BuildOptions {
  /** A file of JSON, or of JavaScript with `const CONFIG = {...}`. Default: the example of two nodes. */
  readonly config?: string;
  /** Where the script goes. Default dist/worker.js. */
  readonly out?: string;
  /** Default true. */
  readonly write?: boolean;
}

const HEAD = `// An API load balancer and gateway in one Cloudflare Worker.
// Paste this file as it is, edit the configuration right below, deploy. MIT licence.
`;

/** Builds the script and returns its text; throws an Error whose message says what to mend. */
export async function build(options: BuildOptions = {}): Promise<string> {
  const {
    config = `${ROOT}/examples/two-nodes/config.js`,
    out = `${ROOT}/dist/worker.js`,
    write = true,
  } = options;
  if (!existsSync(`${ROOT}/worker.ts`)) throw new Error('Cannot build dist/worker.js: worker.ts must exist');
  const top = readConfig(config).text.trim();
  const chapters = chapterHeads(unmarkComments(await bundleRooms([keepComments(await keptNames())])));
  const style = await resolveConfig(`${ROOT}/worker.ts`);
  const script = `${HEAD}\n${top}\n\n${await format(chapters, { ...style, parser: 'babel' })}`;
  refuseModules(script);
  if (write) {
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, script);
  }
  return script;
}

/** Bytes after minifying and gzip: what a size limit would count at best. */
export async function smallestSize(script: string): Promise<number> {
  const { code } = await transform(script, {
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
  });
  return gzipSync(code, { level: 9 }).length;
}

/** Top-level names that are in the bundle: it leaves out what nobody calls, and the comments of that must go with it. */
export async function keptNames(): Promise<Set<string>> {
  return declaredNames(parseSync('chapters.js', await bundleRooms([])).program.body);
}

/** Rooms of the floors' table that exist, in its order. */
export function presentRooms(): string[] {
  return FLOORS.flatMap((floor) => floor.files).filter((room) => existsSync(`${ROOT}/${fileOf(room)}`));
}

/** Chapters appear in the order of imports, so a table of contents imports them in the floors' order. */
async function bundleRooms(plugins: Plugin[]): Promise<string> {
  const contents = presentRooms().map((room) => `import './${fileOf(room)}';`);
  const { outputFiles } = await bundle({
    stdin: { contents: contents.join('\n'), resolveDir: ROOT, sourcefile: 'contents.js' },
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'silent',
    write: false,
    plugins,
  });
  return outputFiles[0]?.text ?? '';
}

/** esbuild names each file in a line and makes every top-level variable a `var`: heads and `const` again. */
function chapterHeads(text: string): string {
  const lets = declaredWithLet();
  const floors = new Map(
    FLOORS.flatMap((floor, at) => floor.files.map((room) => [fileOf(room), `${at} ${floor.name}`])),
  );
  const head = (file: string) => `// ---- ${file} (floor ${floors.get(file) ?? '?'}) `.padEnd(100, '-');
  return text
    .replaceAll(/^var (\w+)/gm, (_, name: string) => `${lets.has(name) ? 'let' : 'const'} ${name}`)
    .replaceAll(/^\/\/ ((?:lib\/)?[\w-]+\.ts)$/gm, (_, file: string) => `\n${head(file)}\n`)
    .replaceAll(/^(\}.*)\n(?=(?:async )?function |\/\*\*|const |let )/gm, '$1\n\n');
}

function declaredWithLet(): Set<string> {
  const files = ['worker.ts', ...readdirSync(`${ROOT}/lib`).map((file) => `lib/${file}`)];
  const sources = files.map((file) => readFileSync(`${ROOT}/${file}`, 'utf8'));
  return new Set(
    sources.flatMap((text) => [...text.matchAll(/^(?:export )?let (\w+)/gm)].map((hit) => hit[1] ?? '')),
  );
}

function refuseModules(script: string): void {
  const { program, errors } = parseSync('worker.js', script, { sourceType: 'script' });
  const fault = errors[0]?.message ?? program.body.find((node) => /^(Import|Export)/.test(node.type))?.type;
  if (fault) throw new Error(`Cannot build dist/worker.js: it must be a plain script, received ${fault}`);
}
