/**
 * Readings from the machine: CPU time and memory of a process from /proc, versions of all programs involved.
 *
 * CPU time is the primary metric of this bench: on a shared machine the wall clock measures the other load, the CPU
 * clock of one process mostly itself. /proc/PID/task/TID/schedstat has it in nanoseconds, whereas /proc/PID/stat counts
 * ticks of 10 ms, too coarse for the start of a script. Rejected: `process.cpuUsage`, which covers its own process
 * only. Linux only: elsewhere the figures are 0 and the tables say so.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, release, type, totalmem } from 'node:os';
import { execFileSync } from 'node:child_process';

/** CPU time of all threads of the process, in microseconds; 0 without /proc. */
export function cpuMicros(pid: number): number {
  let nanos = 0;
  try {
    for (const task of readdirSync(`/proc/${pid}/task`))
      nanos += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    return nanos / 1000; // a thread or the process ended between the two readings
  }
  return nanos / 1000;
}

/** Resident memory of the process in megabytes (10^6 bytes); 0 without /proc. */
export function residentMb(pid: number): number {
  try {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line ? (Number(line[1]) * 1024) / 1e6 : 0;
  } catch {
    return 0;
  }
}

/** The load of the machine during the last minute: Linux's load average. */
export function loadAverage(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
}

/** The first line of a command's version output; null if it is not installed. */
export function versionOf(command: string, argument: string): string | null {
  try {
    const printed = execFileSync(
      'sh',
      ['-c', `command -v "$0" >/dev/null && { "$0" "$1" 2>&1 || true; }`, command, argument],
      {
        encoding: 'utf8',
        timeout: 5000,
      },
    );
    return printed.trim().split('\n')[0] ?? null;
  } catch {
    return null;
  }
}

/** Describes the machine in one line. */
export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  return `${cpus().length} cores of ${model}, ${Math.round(totalmem() / 1e9)} GB, ${type()} ${release()}, Node ${process.version}`;
}
