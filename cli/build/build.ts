/**
 * Builds dist/worker.js: one plain script, in reading order: first the configuration as it was written, then the code
 * that handles a request, then the modules that this code uses.
 *
 * esbuild bundles without minifying and drops unused code. It never sees the configuration: that text is prepended, and
 * the sources declare it with `declare const CONFIG`, so nothing in it is reformatted or renamed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build as bundle, transform } from 'esbuild';
import type { Plugin } from 'esbuild';
import { parseSync } from 'oxc-parser';
import { everyFeature } from '../../lib/config/settings.ts';
import { absentSettings, featuresUsed } from '../../lib/config/usage.ts';
import { FEATURES } from '../../lib/features.ts';
import * as FULL from '../../lib/features-full.ts';
import type { GatewayFeature } from '../../lib/http/state.ts';
import { RELEASE } from '../../lib/core/release.ts';
import { inReadingOrder } from './sections.ts';
import { declaredNames, keepComments, unmarkComments } from './keep-comments.ts';
import { format } from '../format.ts';
import { ROOT } from '../paths.ts';
import { readConfig } from '../read-config.ts';
import type { ConfigFile } from '../read-config.ts';

export { ROOT };

const EVERYTHING = FULL.FEATURES;

/** Which features a file contains: those of worker.js, all, or those that its configuration uses. */
export type Carried = 'worker' | 'worker-full' | 'used';

export interface BuildOptions {
  /** Default "used" with a configuration, else "worker". */
  readonly carries?: Carried;
  /** A file with JSON or with JavaScript `const CONFIG = {...}`, or its parsed content. Default: examples/two-nodes. */
  readonly config?: string | Pick<ConfigFile, 'text' | 'value'>;
  /** The output file. Default dist/worker.js. */
  readonly out?: string;
  /** Default true. */
  readonly write?: boolean;
  /** Default true. False: to be run at once, without comments and the sources' style, in a tenth of the time. */
  readonly readable?: boolean;
}

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
export async function build(options: BuildOptions = {}): Promise<string> {
  const { config = `${ROOT}/examples/two-nodes/config.js`, write = true, readable = true } = options;
  const { carries = options.config === undefined ? 'worker' : 'used' } = options;
  const { out = `${ROOT}/dist/${carries}.js` } = options;
  const { text, value } = typeof config === 'string' ? readConfig(config) : config;
  const carried = featuresOf(carries, value);
  const entry = entryOf(carried);
  const code = readable
    ? await format('worker.js', inReadingOrder(await bundleReadable(entry)))
    : await bundleSources(entry, []);
  const script = `${headOf(carried)}\n${text.trim()}\n\n${code}`;
  refuseModules(script);
  if (write) {
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, script);
  }
  return script;
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

/** In Kong's order of priority, as lib/features-full.ts lists them. */
function featuresOf(carries: Carried, config: unknown): readonly GatewayFeature[] {
  if (carries !== 'used') return carries === 'worker' ? FEATURES : EVERYTHING;
  const used = featuresUsed(config, everyFeature());
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
