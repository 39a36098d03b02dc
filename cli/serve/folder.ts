/**
 * The folder that workerd reads: the repository's workerd.capnp, the built script, and the configuration as a file next
 * to them. Not as an environment variable: Linux limits one to 128 KiB, which is about a thousand consumers.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../paths.ts';
import { bindCompanion } from './companion.ts';
import type { Companion } from './companion.ts';

/** The path in workerd.capnp. */
const SCRIPT = 'dist/worker-full.js';

export type Folder = ReturnType<typeof createFolder>;

/** `config` null: the script's own; `companion` null: none. The folder is readable by its owner only. */
export function createFolder(config: unknown, companion: Companion | null = null) {
  const path = mkdtempSync(join(tmpdir(), 'edge-gateway-'));
  const file = join(path, 'gateway.json');
  // Written, then renamed, so that no reader sees half a file.
  const write = (value: unknown): void => {
    writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  mkdirSync(join(path, dirname(SCRIPT)));
  copyFileSync(join(ROOT, SCRIPT), join(path, SCRIPT));
  const capnp = readFileSync(join(ROOT, 'workerd.capnp'), 'utf8');
  writeFileSync(join(path, 'workerd.capnp'), companion === null ? capnp : bindCompanion(capnp, companion));
  write(config);
  return { path, write, remove: () => rmSync(path, { recursive: true, force: true }) };
}
