/**
 * Builds dist/worker.js: one plain script, in reading order: first the configuration as it was written, then the code
 * that handles a request, then the modules that this code uses.
 *
 * esbuild bundles without minifying and drops unused code. It never sees the configuration: that text is prepended, and
 * the sources declare it with `declare const CONFIG`, so nothing in it is reformatted or renamed.
 */
import { gzipSync } from 'node:zlib';
import { build as bundle, transform, type Plugin } from 'esbuild';
import { parseSync } from 'oxc-parser';
import { everyFeature } from '../../lib/config/settings.ts';
import { absentSettings, featuresUsed } from '../../lib/config/usage.ts';
import { FEATURES } from '../../lib/features.ts';
import * as FULL from '../../lib/features-full.ts';
import type { GatewayFeature } from '../../lib/http/state.ts';
import { RELEASE } from '../../lib/core/release.ts';
import { declaredNames, keepComments, unmarkComments } from './keep-comments.ts';
import { format } from '../format.ts';
import { ROOT } from '../paths.ts';
import { readConfig, type ConfigFile } from '../read-config.ts';

const EVERYTHING = FULL.FEATURES;
/** The configuration in the files of dist/. */
const EXAMPLE = `${ROOT}/examples/two-nodes/config.js`;

/** A file of dist/, or a configuration: its script contains only the features that it uses. */
type Carried = 'worker' | 'worker-full' | Pick<ConfigFile, 'text' | 'value'>;

/** The first lines: the release and the features in the file. */
function headOf(carried: readonly GatewayFeature[]): string {
  const names = carried.map(({ name }) => name).join(', ');
  const lines = names.match(/.{1,110}(?:, |$)/g) ?? [];
  return [
    `// Edge gateway ${RELEASE}: an API load balancer and gateway in one Cloudflare Worker. MIT licence.`,
    '// Paste this file as it is, edit the configuration right below, deploy. In this file:',
    ...lines.map((line) => `//   ${line.trim()}`),
    '',
  ].join('\n');
}

/** Builds the script and returns its text; throws an Error whose message says what to fix. */
export async function build(carries: Carried): Promise<string> {
  const { text } = typeof carries === 'string' ? readConfig(EXAMPLE) : carries;
  const carried = featuresOf(carries);
  const code = inReadingOrder(await bundleReadable(entryOf(carried)));
  const script = `${headOf(carried)}\n${text.trim()}\n\n${await format('worker.js', code)}`;
  refuseModules(script);
  return script;
}

/** worker-full.js to be run at once: without comments and the sources' style, in a tenth of the time. */
export async function buildPlain(): Promise<string> {
  const { text } = readConfig(EXAMPLE);
  return `${text}\n\n${await bundleSources(entryOf(EVERYTHING), [])}`;
}

/** Minifies as far as possible: as a module, so that top-level names are shortened too. */
export async function minify(script: string): Promise<string> {
  const options = { minify: true, format: 'esm', target: 'es2022', legalComments: 'none' } as const;
  return (await transform(script, options)).code;
}

/** Bytes after minifying and gzip: the least that a size limit would count. */
export async function smallestSize(script: string): Promise<number> {
  return gzipSync(await minify(script), { level: 9 }).length;
}

/** The text of dist/shared.js, the companion: a module with one Durable Object class. */
export async function buildCompanion(): Promise<string> {
  const code = await bundleReadable("export { Shared, default } from './lib/companion/shared.ts';");
  return format('shared.js', code);
}

/** Bundles with comments. Bundling drops unused code, and the comments of that code must be dropped with it. */
async function bundleReadable(entry: string): Promise<string> {
  const { program } = parseSync('bundle.js', await bundleSources(entry, []));
  return unmarkComments(await bundleSources(entry, [keepComments(declaredNames(program.body))]));
}

/** The files that the tutorial explains, in its order. */
const FRONT = [
  'worker.ts',
  'lib/race.ts',
  'lib/forward.ts',
  'lib/cors.ts',
  'lib/version.ts',
  'lib/auth-cache.ts',
  // dist/shared.js begins with this.
  'lib/companion/shared.ts',
];

/**
 * The files in FRONT first, then the folders. esbuild writes a file after all its imports, under a line `// lib/x.ts`.
 * Functions are hoisted and constants are read only once the last line of the script runs, so the sections before it
 * may be in any order.
 */
function inReadingOrder(code: string): string {
  const sections = code
    .split(/^(?=\/\/ (?:lib\/[\w/-]+|[\w-]+)\.ts$)/m)
    .filter((section) => section.trim() !== '');
  const placeOf = (section: string): number => {
    const place = FRONT.indexOf(section.slice(3, section.indexOf('\n')));
    return place < 0 ? FRONT.length : place;
  };
  return sections.toSorted((a, b) => placeOf(a) - placeOf(b)).join('\n');
}

/** In Kong's order of priority, as lib/features-full.ts lists them. */
function featuresOf(carries: Carried): readonly GatewayFeature[] {
  if (typeof carries === 'string') return carries === 'worker' ? FEATURES : EVERYTHING;
  const used = featuresUsed(carries.value, everyFeature());
  return EVERYTHING.filter(({ name, beside = [] }) => [name, ...beside].some((one) => used.has(one)));
}

/** The last line starts the gateway: by then every constant is initialized. */
function entryOf(carried: readonly GatewayFeature[]): string {
  const exported = new Map(Object.entries(FULL).map(([name, feature]) => [feature, name]));
  const names = carried.map((feature) => exported.get(feature)).join(', ');
  return `import { startWorker } from './worker.ts';
import { ${names} } from './lib/features-full.ts';
//! The last line: the configuration is checked, and a fault stops the script here. The names are those of settings that this file does not carry.
startWorker([${names}], ${JSON.stringify(absentSettings(EVERYTHING, carried))});
`;
}

async function bundleSources(entry: string, plugins: Plugin[]): Promise<string> {
  const { outputFiles } = await bundle({
    stdin: { contents: entry, resolveDir: ROOT, sourcefile: 'start.ts' },
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
  if (fault) throw new Error(`Cannot build the script: it must be a plain script, received ${fault}`);
}
