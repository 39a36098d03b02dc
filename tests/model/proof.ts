/**
 * Tests that no order of events violates an invariant, and that each defect planted in the engine does: a model that
 * finds no defect proves nothing. MODEL_DEPTH overrides the default of 5 events.
 */
import t from 'tap';
import { loadEngine, type Engine } from './engine.ts';
import { explore, type Explored, type Run } from './explore.ts';

const DEPTH = Number(process.env['MODEL_DEPTH'] ?? 5);

/** The start states to explore, with names. */
export type Situations<E> = (engine: Engine) => Iterable<readonly [name: string, start: () => Run<E>]>;
/** By file: the defect, the source and its replacement, and the violation that the model finds. */
export type Defects = Record<
  string,
  readonly (readonly [name: string, from: string, to: string, found: RegExp])[]
>;

function exploreAll<E>(situations: ReturnType<Situations<E>>, depth: number): Explored {
  let states = 0;
  for (const [name, start] of situations) {
    const explored = explore(start, depth);
    states += explored.states;
    if (explored.violation !== null) return { states, violation: `${name}: ${explored.violation}` };
  }
  return { states, violation: null };
}

export function prove<E>(title: string, situations: Situations<E>, defects: Defects): void {
  t.setTimeout(600_000);
  t.test(title, async (t) => {
    const { states, violation } = exploreAll(situations(await loadEngine()), DEPTH);
    t.equal(violation, null);
    t.comment(`${states} states`);
    t.ok(states > 10_000, `${states} states`);
  });
  for (const [file, planted] of Object.entries(defects))
    for (const [name, from, to, found] of planted)
      t.test(`a planted defect is found: ${name}`, async (t) => {
        const broken = await loadEngine({ file, from, to });
        let violation: string | null = null;
        // Most are found at a small depth, in one of the last situations.
        for (let depth = 2; depth <= 5 && violation === null; depth++)
          ({ violation } = exploreAll(situations(broken), depth));
        t.match(violation, found);
      });
}
