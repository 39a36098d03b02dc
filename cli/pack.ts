/**
 * Before `npm pack`: writes dist/, a copy in small of the repository in which the bundled commands find what they look for: the built
 * Workers, workerd.capnp, and the sources that `build` makes a Worker of. Libraries are bundled, but for the native ones.
 */
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { ROOT } from './paths.ts';

const OUT = `${ROOT}/cli/dist`;
const COPIED = [
  ...[
    'worker.ts',
    'lib',
    '.prettierrc.json',
    'workerd.capnp',
    'dist/worker.js',
    'dist/worker-full.js',
    'dist/shared.js',
  ],
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
  // The ES modules of a library where it has both: esbuild cannot follow the others' require.
  mainFields: ['module', 'main'],
  external: [...Object.keys(dependencies), 'vega', 'vega-lite'],
  // Some libraries are CommonJS, and ask for node's own modules.
  banner: {
    js: "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
});
