/** The processes of this machine, from /proc, without starting `ps` each time. */
import { readFileSync, readdirSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Its arguments, joined with spaces. */
  readonly command: string;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** All running processes, without zombies. */
function running(): Process[] {
  return readdirSync('/proc').flatMap((id) => {
    const [state, parent] = /\) (.*)/.exec(read(`/proc/${id}/stat`))?.[1]?.split(' ') ?? [];
    if (!/^\d+$/.test(id) || parent === undefined || state === 'Z') return [];
    const command = read(`/proc/${id}/cmdline`).replaceAll('\0', ' ');
    return [{ pid: Number(id), parent: Number(parent), command }];
  });
}

/** A process and its descendants. */
export function treeOf(pid: number): Process[] {
  const all = running();
  const below = (one: Process): Process[] => [
    one,
    ...all.filter(({ parent }) => parent === one.pid).flatMap(below),
  ];
  return all.filter((one) => one.pid === pid).flatMap(below);
}

/** The processes of the list that are still running. */
export function stillRunning(list: readonly Process[]): Process[] {
  const now = new Set(running().map(({ pid }) => pid));
  return list.filter(({ pid }) => now.has(pid));
}
