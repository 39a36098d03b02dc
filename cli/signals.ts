/**
 * When a command that runs on ends: on SIGTERM or SIGINT, and under npm as soon as that is gone. `npm run` and `npx` start a shell that
 * starts the command; whoever stops npm or the shell means the command, yet not every shell passes a signal on.
 */
const LOOK_EVERY_MS = 200;

/** Calls `end` once. */
export function onEnd(end: () => void): void {
  let ended = false;
  const once = (): void => {
    if (!ended) end();
    ended = true;
  };
  process.on('SIGTERM', once).on('SIGINT', once);
  // Elsewhere a parent may leave for good reasons: nohup, a service manager.
  if (process.env['npm_command'] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) once();
  }, LOOK_EVERY_MS).unref();
}
