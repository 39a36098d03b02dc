/** The processes of this machine, from /proc: `ps` would have to be started each time. */
import { readFileSync, readdirSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Its arguments, with spaces between them. */
  readonly command: string;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Those that run; one that has ended and was not waited for does not. */
function running(): Process[] {
  return readdirSync('/proc').flatMap((id) => {
    const [state, parent] = /\) (.*)/.exec(read(`/proc/${id}/stat`))?.[1]?.split(' ') ?? [];
    if (!/^\d+$/.test(id) || parent === undefined || state === 'Z') return [];
    const command = read(`/proc/${id}/cmdline`).replaceAll('\0', ' ');
    return [{ pid: Number(id), parent: Number(parent), command }];
  });
}

/** A process and all below it. */
export function treeOf(pid: number): Process[] {
  const all = running();
  const below = (one: Process): Process[] => [
    one,
    ...all.filter(({ parent }) => parent === one.pid).flatMap(below),
  ];
  return all.filter((one) => one.pid === pid).flatMap(below);
}

/** Those of the list that still run. */
export function stillRunning(list: readonly Process[]): Process[] {
  const now = new Set(running().map(({ pid }) => pid));
  return list.filter(({ pid }) => now.has(pid));
}
