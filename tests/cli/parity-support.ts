/** Runs `edge-gateway parity` as its users do: as a process, with a recording in a folder of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Summary } from '../../cli/parity/report.ts';
import type { Exchange } from '../../cli/parity/tally.ts';

export const TOOL = [fileURLToPath(new URL('../../cli/edge-gateway.js', import.meta.url)), 'parity'];

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
export interface Folder {
  /** Writes the file and returns its path. */
  readonly write: (name: string, text: string | Buffer) => string;
  readonly read: (name: string) => string;
  readonly path: (name: string) => string;
  readonly remove: () => void;
}

export function makeFolder(): Folder {
  const folder = mkdtempSync(join(tmpdir(), 'parity-'));
  const path = (name: string) => join(folder, name);
  return {
    path,
    write: (name, text) => {
      writeFileSync(path(name), text);
      return path(name);
    },
    read: (name) => readFileSync(path(name), 'utf8'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

export interface Running {
  readonly kill: (signal: NodeJS.Signals) => void;
  /** To its standard input, which stays open. */
  readonly write: (text: string) => void;
}

/** `onStart` gets the process, to feed or interrupt it. */
export async function runParity(
  args: readonly string[],
  onStart: (running: Running) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...TOOL, ...args], { stdio: 'pipe' });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
  onStart({ kill: (signal) => void child.kill(signal), write: (text) => void child.stdin.write(text) });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}

export type JsonReport = Summary & { readonly exchanges: readonly Exchange[] };

/** `GET /a -> header x-b`, one for each difference, sorted. */
export function found(report: JsonReport): string[] {
  return report.exchanges
    .flatMap(({ method, target, differences }) =>
      differences.map(({ kind, name }) => `${method} ${target} -> ${kind}${name === '' ? '' : ` ${name}`}`),
    )
    .sort();
}

export function ndjson(requests: readonly object[]): string {
  return requests.map((request) => `${JSON.stringify(request)}\n`).join('');
}
