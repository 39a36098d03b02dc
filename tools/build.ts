/**
 * Makes dist/worker.js: one plain script that reads from top to bottom like a tutorial. First the configuration as it
 * was written, then the rooms in the floors' order, then the front door.
 *
 * esbuild bundles, unminified. The configuration is never seen by it: it is text put on top, and the sources know it as
 * `declare const CONFIG`, so that nothing in it is reformatted or renamed. Prettier gives the chapters the sources' form.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build as bundle, transform } from 'esbuild';
import type { Plugin } from 'esbuild';
import { parseSync } from 'oxc-parser';
import { format, resolveConfig } from 'prettier';
import { FLOORS, fileOf } from './floors.ts';
import { declaredNames, keepComments, markComments, unmarkComments } from './keep-comments.ts';
import { ROOT } from './paths.ts';
import { readConfig } from './read-config.ts';
import { ROOMS, absentRooms, standInFor } from './rooms.ts';
import type { Absence } from './rooms.ts';

export { ROOT };

export interface BuildOptions {
  /**
   * A file of JSON, or of JavaScript with `const CONFIG = {...}`: it stands on top, and rooms that it never enters are left out.
   * Default: the example of two nodes on top of the whole.
   */
  readonly config?: string;
  /** Where the script goes. Default dist/worker.js. */
  readonly out?: string;
  /** Default true. */
  readonly write?: boolean;
}

/**
 * Bytes that the whole script may have, as it is and minified and gzipped: a ratchet. Lower it whenever the script has become smaller;
 * raise it only for what is worth its weight. The aims are 160 KB and 16 KB.
 */
export const CEILINGS = { raw: 223_000, small: 33_200 };

const HEAD = `// An API load balancer and gateway in one Cloudflare Worker.
// Paste this file as it is, edit the configuration right below, deploy. MIT licence.
`;

const BRIEF = `${'// ---- What is left out '.padEnd(72, '-')}

/** In a line each, what the rest still calls of the rooms that are not here: they do nothing, or know the defaults alone. */
`;

/** Builds the script and returns its text; throws an Error whose message says what to mend. */
export async function build(options: BuildOptions = {}): Promise<string> {
  const { config, out = `${ROOT}/dist/worker.js`, write = true } = options;
  if (!existsSync(`${ROOT}/worker.ts`)) throw new Error('Cannot build dist/worker.js: worker.ts must exist');
  const { text, value } = readConfig(config ?? `${ROOT}/examples/two-nodes/config.js`);
  const absent: Absence = config === undefined ? { rooms: [], settings: [] } : absentRooms(value);
  const plugins = [leaveOut(absent), keepComments(await keptNames(absent))];
  const chapters = chapterHeads(unmarkComments(await bundleRooms(plugins, absent)), absent);
  const style = await resolveConfig(`${ROOT}/worker.ts`);
  const head = [HEAD, missingNote(absent), text.trim()].filter((part) => part !== '').join('\n');
  const script = `${head}\n\n${fillList(await format(chapters, { ...style, parser: 'babel' }))}`;
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
export async function keptNames(absent: Absence = { rooms: [], settings: [] }): Promise<Set<string>> {
  return declaredNames(parseSync('chapters.js', await bundleRooms([leaveOut(absent)], absent)).program.body);
}

/** Puts a stand-in where a room is absent, and tells the check of configurations which settings need it. */
function leaveOut({ rooms, settings }: Absence): Plugin {
  return {
    name: 'leave-out',
    setup(builder) {
      builder.onLoad({ filter: /\/lib\/[\w-]+\.ts$/ }, async ({ path }) => {
        const room = /([\w-]+)\.ts$/.exec(path)?.[1] ?? '';
        if (rooms.includes(room)) return { loader: 'ts', contents: await standInFor(room) };
        if (room !== 'left-out' || settings.length === 0) return undefined;
        const source = readFileSync(path, 'utf8');
        return {
          loader: 'ts',
          contents: markComments(path, source, null).replace('[] = []', `[] = ${JSON.stringify(settings)}`),
        };
      });
    },
  };
}

/** Prettier gives each text of the list of what is left out a line of its own. */
function fillList(script: string): string {
  return script.replace(/(?<=^const LEFT_OUT = \[\n)[^\]]+(?=\n\])/m, (list) =>
    (list.replaceAll(/\s+/g, ' ').match(/.{1,105}(?:\s|$)/g) ?? [])
      .map((line) => `  ${line.trim()}`)
      .join('\n'),
  );
}

function missingNote({ rooms }: Absence): string {
  if (rooms.length === 0) return '';
  const lines = [
    `Left out, since the configuration below never enters them: ${rooms.join(', ')}.`,
    'Settings that need one of them, listed in LEFT_OUT, are refused at start-up: npm run build -- --config FILE puts it in again.',
  ];
  return `${lines
    .flatMap((line) => line.match(/.{1,117}(?:\s|$)/g) ?? [])
    .map((line) => `// ${line.trim()}`)
    .join('\n')}\n`;
}

/** Rooms of the floors' table that exist, in its order. */
export function presentRooms(): string[] {
  return FLOORS.flatMap((floor) => floor.files).filter((room) => existsSync(`${ROOT}/${fileOf(room)}`));
}

/** Rooms of which a line or two remain: they share the first chapter. */
function briefRooms({ rooms }: Absence): string[] {
  return presentRooms().filter((room) => rooms.includes(room) && !ROOMS[room]?.file);
}

/** Chapters appear in the order of imports, so a table of contents imports them in the floors' order. */
async function bundleRooms(plugins: Plugin[], absent: Absence): Promise<string> {
  const order = new Set([...briefRooms(absent), ...presentRooms()]);
  const contents = [...order].map((room) => `import './${fileOf(room)}';`);
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
function chapterHeads(text: string, absent: Absence): string {
  const lets = declaredWithLet();
  const floors = new Map(
    FLOORS.flatMap((floor, at) => floor.files.map((room) => [fileOf(room), `${at} ${floor.name}`])),
  );
  const brief = new Set(briefRooms(absent).map(fileOf));
  const standIns = new Map(absent.rooms.map((room) => [fileOf(room), ROOMS[room]?.file]));
  let inBrief = false;
  const head = (file: string) => {
    const standIn = standIns.get(file);
    const first = !inBrief;
    inBrief = brief.has(file);
    if (inBrief) return first ? `\n\n${BRIEF}` : '';
    const title = standIn ? `${standIn} in place of ${file}` : `${file} (floor ${floors.get(file) ?? '?'})`;
    return `\n\n${`// ---- ${title} `.padEnd(72, '-')}\n`;
  };
  return text
    .replaceAll(/^var (\w+)/gm, (_, name: string) => `${lets.has(name) ? 'let' : 'const'} ${name}`)
    .replaceAll(/(?:^|\n)\n*\/\/ ((?:lib\/)?[\w-]+\.ts)$/gm, (_, file: string) => head(file))
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
