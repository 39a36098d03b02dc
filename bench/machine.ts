/**
 * What the machine says: CPU time and memory of a process from /proc, versions of everything that took part.
 *
 * CPU time is the primary figure of this bench: on a shared machine the wall clock measures the neighbours, the CPU
 * clock of one process measures mostly itself. /proc/PID/task/TID/schedstat has it in nanoseconds, where
 * /proc/PID/stat counts ticks of 10 ms, too coarse for the start of a script. Rejected: `process.cpuUsage`, which knows
 * its own process alone. Linux only: elsewhere the figures are 0 and the tables say so.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, release, type, totalmem } from 'node:os';
import { execFileSync } from 'node:child_process';

/** CPU time that all threads of the process have used, in microseconds; 0 where /proc has no answer. */
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

/** Resident memory of the process in megabytes (10^6 bytes); 0 where /proc has no answer. */
export function residentMb(pid: number): number {
  try {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line ? (Number(line[1]) * 1024) / 1e6 : 0;
  } catch {
    return 0;
  }
}

/** How busy the machine was during the last minute: the load average of Linux. */
export function loadAverage(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
}

/** First line that a command prints about its version; null where it is not installed. */
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

/** The machine in one line. */
export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  return `${cpus().length} cores of ${model}, ${Math.round(totalmem() / 1e9)} GB, ${type()} ${release()}, Node ${process.version}`;
}
