/**
 * When a long-running command ends: on SIGTERM or SIGINT, and under npm as soon as its parent has gone. `npm run` and
 * `npx` start a shell that starts the command; stopping npm or the shell is meant to stop the command, but not every
 * shell forwards signals.
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
  // Without npm a parent may exit for good reasons: nohup, a service manager.
  if (process.env['npm_command'] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) once();
  }, LOOK_EVERY_MS).unref();
}
