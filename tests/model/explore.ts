/**
 * An explicit-state model checker: breadth-first over all orders of events up to a depth, each state once. A state is
 * reached again by replaying its events from the start, since the engine changes its records in place.
 */

export interface Run<E> {
  /** The events that are possible next. */
  readonly events: () => readonly E[];
  /** Applies an event; throws if an invariant does not hold afterwards. */
  readonly apply: (event: E) => void;
  /** Equal for equivalent states. */
  readonly fingerprint: () => string;
  /** Runs to the end from here; throws if that is not a good one. The run cannot be used afterwards. */
  readonly settle: () => void;
}

export interface Explored {
  readonly states: number;
  /** The events that lead to the violation, and its message; null if none was found. */
  readonly violation: string | null;
}

export function explore<E>(start: () => Run<E>, depth: number): Explored {
  const seen = new Set<string>();
  let frontier: E[][] = [[]];
  for (let level = 0; level <= depth && frontier.length > 0; level++) {
    const next: E[][] = [];
    for (const path of frontier) {
      try {
        const run = replay(start, path);
        const print = run.fingerprint();
        if (seen.has(print)) continue;
        seen.add(print);
        for (const event of run.events()) next.push([...path, event]);
        run.settle();
      } catch (error) {
        const trace = path.map((event) => JSON.stringify(event)).join(' ');
        return { states: seen.size, violation: `${trace}: ${(error as Error).message}` };
      }
    }
    frontier = next;
  }
  return { states: seen.size, violation: null };
}

function replay<E>(start: () => Run<E>, path: readonly E[]): Run<E> {
  const run = start();
  for (const event of path) run.apply(event);
  return run;
}

export function ensure(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}
