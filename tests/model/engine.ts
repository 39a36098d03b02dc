/** The engine under test: lib/balance unmodified, or with a defect planted in its source. */
import { build, type Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as policies from '../../lib/balance/policies.ts';
import type * as pool from '../../lib/balance/pool.ts';
import type * as raceState from '../../lib/balance/race-state.ts';

const LIB = fileURLToPath(new URL('../../lib/balance/', import.meta.url));
const ENTRY = `
export { POLICIES } from './policies.ts';
export { createPool } from './pool.ts';
export { beginRace, probed, settled, woken } from './race-state.ts';`;

export type Engine = Pick<typeof policies, 'POLICIES'> & Pick<typeof pool, 'createPool'> & typeof raceState;

interface Defect {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export async function loadEngine(defect: Defect | null = null): Promise<Engine> {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: LIB, loader: 'ts' },
    bundle: true,
    format: 'esm',
    write: false,
    plugins: defect ? [planting(defect)] : [],
  });
  const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString('base64')}`;
  return (await import(url)) as Engine;
}

const planting = (defect: Defect): Plugin => ({
  name: 'defect',
  setup: (build) => build.onLoad({ filter: /\.ts$/ }, ({ path }) => plant(path, defect)),
});

async function plant(path: string, { file, from, to }: Defect): Promise<{ contents: string; loader: 'ts' }> {
  const source = await readFile(path, 'utf8');
  if (basename(path) !== file) return { contents: source, loader: 'ts' };
  if (!source.includes(from)) throw new Error(`Cannot plant a defect: ${file} does not contain "${from}"`);
  return { contents: source.replace(from, to), loader: 'ts' };
}
