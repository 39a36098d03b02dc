/**
 * Makes dist/worker.js: one plain script that reads from top to bottom like a tutorial. First the configuration as it
 * was written, then the rooms in the floors' order, then the front door.
 *
 * esbuild bundles, unminified. The configuration is never seen by it: it is text put on top, and the sources know it as
 * `declare const CONFIG`, so that nothing in it is reformatted or renamed. Prettier gives the chapters the sources' form.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build as bundle, transform } from 'esbuild';
import type { Plugin } from 'esbuild';
import { parseSync } from 'oxc-parser';
import { format, resolveConfig } from 'prettier';
import {
  briefRooms,
  chapterHeads,
  dropEmptyChapters,
  fillList,
  missingNote,
  presentRooms,
} from './chapters.ts';
import { fileOf } from './floors.ts';
import { declaredNames, keepComments, markComments, unmarkComments } from './keep-comments.ts';
import { keepSpelling } from './keep-spelling.ts';
import { knownOf } from './known.ts';
import type { Silence } from './known.ts';
import { ownRecords } from './own-records.ts';
import { ROOT } from './paths.ts';
import { joinRecords, prune } from './prune.ts';
import { pruneComments } from './prune-words.ts';
import { readConfig } from './read-config.ts';
import type { ConfigFile } from './read-config.ts';
import { absentRooms, exportedNames, ROOMS, standInFor } from './rooms.ts';
import type { Absence } from './rooms.ts';

export { ROOT };

export interface BuildOptions {
  /**
   * A file of JSON, or of JavaScript with `const CONFIG = {...}`, or what was read of one: it stands on top, and rooms that it never
   * enters are left out. Default: the example of two nodes on top of the whole.
   */
  readonly config?: string | ConfigFile;
  /** Where the script goes. Default dist/worker.js. */
  readonly out?: string;
  /** Default true. */
  readonly write?: boolean;
}

/**
 * Bytes that the whole script may have, as it is and minified and gzipped: a ratchet. Lower it whenever the script has become smaller;
 * raise it only for what is worth its weight. The aims are 160 KB and 16 KB.
 */
export const CEILINGS = { raw: 229_200, small: 34_300 };

const HEAD = `// An API load balancer and gateway in one Cloudflare Worker.
// Paste this file as it is, edit the configuration right below, deploy. MIT licence.
`;

const NOTHING: Absence = { rooms: [], settings: [] };

/** Builds the script and returns its text; throws an Error whose message says what to mend. */
export async function build(options: BuildOptions = {}): Promise<string> {
  const { config, out = `${ROOT}/dist/worker.js`, write = true } = options;
  if (!existsSync(`${ROOT}/worker.ts`)) throw new Error('Cannot build dist/worker.js: worker.ts must exist');
  const file = config ?? `${ROOT}/examples/two-nodes/config.js`;
  const { text, value } = typeof file === 'string' ? readConfig(file) : file;
  const silence = config === undefined ? null : knownOf(value);
  const absent = silence === null ? NOTHING : absentBeside(value, silence);
  const plugins = [leaveOut(absent), keepComments(await keptNames(absent))];
  const rooms = keepSpelling(await bundleRooms(plugins, absent), await sourcesOf(absent));
  const whole = unmarkComments(rooms);
  const chapters = chapterHeads(silence === null ? whole : pruneWhole(whole, silence, absent), absent);
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

/** Two configurations of the same shape are built alike, but for their own text. */
export function shapeOf(config: unknown): string {
  const silence = knownOf(config);
  return JSON.stringify([absentBeside(config, silence), Object.keys(silence.known)]);
}

/** Rooms that are left out, and all settings that would need one of them or make untrue what is known. */
function absentBeside(config: unknown, silence: Silence): Absence {
  const { rooms, settings } = absentRooms(config);
  return { rooms, settings: [...new Set([...settings, ...silence.settings])] };
}

/** For a configuration: only what it uses, each comment with its first paragraph. */
function pruneWhole(text: string, { known, gone, words }: Silence, { rooms }: Absence): string {
  const short = rooms.filter((room) => !ROOMS[room]?.file);
  const standIns = new Set(short.flatMap((room) => exportedNames(`${ROOT}/lib/${room}.ts`)));
  const habits = { known, standIns, records: ownRecords(), gone: new Set(gone) };
  return dropEmptyChapters(pruneComments(joinRecords(prune(text, habits)), words));
}

/** As small as it gets: as a module, so that names at the top level are shortened too. */
export async function minify(script: string): Promise<string> {
  const { code } = await transform(script, {
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
  });
  return code;
}

/** Bytes after minifying and gzip: what a size limit would count at best. */
export async function smallestSize(script: string): Promise<number> {
  return gzipSync(await minify(script), { level: 9 }).length;
}

/** Top-level names that are in the bundle: it leaves out what nobody calls, and the comments of that must go with it. */
export async function keptNames(absent: Absence = NOTHING): Promise<Set<string>> {
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

/** What is bundled, by its name in the bundle. */
async function sourcesOf({ rooms }: Absence): Promise<Map<string, string>> {
  const texts = presentRooms().map(async (room): Promise<[string, string]> => {
    const file = fileOf(room);
    return [file, rooms.includes(room) ? await standInFor(room) : readFileSync(`${ROOT}/${file}`, 'utf8')];
  });
  return new Map(await Promise.all(texts));
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

function refuseModules(script: string): void {
  const { program, errors } = parseSync('worker.js', script, { sourceType: 'script' });
  const fault = errors[0]?.message ?? program.body.find((node) => /^(Import|Export)/.test(node.type))?.type;
  if (fault) throw new Error(`Cannot build dist/worker.js: it must be a plain script, received ${fault}`);
}
