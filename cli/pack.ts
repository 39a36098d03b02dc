/**
 * Runs before `npm pack`: writes index.d.ts, and dist/, a reduced copy of the repository in which the bundled commands
 * find their files: the built Workers, workerd.capnp, and the sources that `build` compiles. Libraries are bundled,
 * except native ones.
 */
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import './declarations.ts';
import { ROOT } from './paths.ts';

const OUT = `${ROOT}/cli/dist`;
const COPIED = [
  ...['worker.ts', 'lib', 'workerd.capnp', 'dist/worker.js', 'dist/worker-full.js', 'dist/shared.js'],
  ...['wrangler.toml', 'schema.json', 'examples/two-nodes/config.js', 'cli/package.json'],
];

const { dependencies } = JSON.parse(readFileSync(`${ROOT}/cli/package.json`, 'utf8')) as {
  dependencies: Record<string, string>;
};
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT);
for (const path of COPIED) cpSync(`${ROOT}/${path}`, `${OUT}/${path}`, { recursive: true });
await build({
  entryPoints: [`${ROOT}/cli/main.ts`],
  outdir: `${OUT}/cli`,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Prefer a library's ES modules: esbuild cannot follow the `require` of its CommonJS ones.
  mainFields: ['module', 'main'],
  external: [...Object.keys(dependencies), 'vega', 'vega-lite'],
  // Some libraries are CommonJS and require node's built-in modules.
  banner: {
    js: "import { createRequire as create } from 'node:module'; const require = create(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
});
