/**
 * Readings from the machine: CPU time and memory of a process from /proc.
 *
 * CPU time is the primary metric of this bench: on a shared machine the wall clock measures the other load, the CPU
 * clock of one process mostly itself. /proc/PID/task/TID/schedstat has it in nanoseconds, whereas /proc/PID/stat counts
 * ticks of 10 ms, too coarse for the start of a script. Rejected: `process.cpuUsage`, which covers its own process
 * only. Linux only: elsewhere the figures are 0.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** CPU time of all threads of the process, in microseconds. */
export function cpuMicros(pid: number): number {
  let nanos = 0;
  try {
    for (const task of readdirSync(`/proc/${pid}/task`))
      nanos += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    // A thread or the process ended between the two readings.
  }
  return nanos / 1000;
}

/** Resident memory of the process in megabytes (10^6 bytes). */
export function residentMb(pid: number): number {
  try {
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return (Number(kilobytes ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}

/** Describes the machine in one line. */
export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const memory = Math.round(totalmem() / 1e9);
  return `${cpus().length} cores of ${model}, ${memory} GB, ${type()} ${release()}, Node ${process.version}`;
}

/** The load of the machine during the last minute. */
export const loadAverage = (): string => loadavg()[0]!.toFixed(1);
