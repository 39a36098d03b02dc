import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_MS = 120_000;

/** Whether the condition becomes true, with a timeout long enough for a busy machine. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  const end = Date.now() + LONGEST_MS;
  while (!(await holds())) {
    if (Date.now() > end) return false;
    await sleep(20);
  }
  return true;
}
