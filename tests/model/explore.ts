/**
 * An explicit-state model checker: every order of events up to a depth, shortest first, each state once. A state is
 * reached again by replaying its events from the start, since the engine changes its records in place.
 */

export interface Run<E> {
  /** What can happen next. */
  readonly events: () => readonly E[];
  /** Lets it happen; throws where an invariant does not hold afterwards. */
  readonly apply: (event: E) => void;
  /** Alike for states from which the same can follow. */
  readonly fingerprint: () => string;
  /** Lets things take their course from here; throws where they do not come to a good end. The run is used up by it. */
  readonly settle: () => void;
}

export interface Explored {
  readonly states: number;
  /** The events that lead to the violation, and what it is; null where none was found. */
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
        const told = path.map((event) => JSON.stringify(event)).join(' ');
        return { states: seen.size, violation: `${told}: ${(error as Error).message}` };
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

export function ensure(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
