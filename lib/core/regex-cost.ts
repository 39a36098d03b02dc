/**
 * Bounds the time that a pattern may take, for `regex.ts`, by the criteria of Weber and Seidl ("On the degree of
 * ambiguity of finite automata", 1991). Two ways around a loop for the same string mean exponential time. A string that
 * leads around one loop, from it to a second loop and around that one adds a power. The product of the automaton with
 * itself shows both: its states are the pairs of positions that the same string leads to.
 */
import { AMBIGUOUS_LOOP, buildAutomaton, refusePattern } from './regex-automaton.ts';
import type { Automaton } from './regex-automaton.ts';

/** Positions at which a match can still fail, and the edges between them. */
interface Graph {
  readonly takes: readonly bigint[];
  readonly next: readonly (readonly number[])[];
  readonly before: readonly (readonly number[])[];
  /** For positions that may lie in a loop: all that are reachable from it; empty for all others. */
  readonly later: readonly ReadonlySet<number>[];
}
type Step = (node: number) => Iterable<number>;

/** The most ways in which one string may pass the choices. */
const MAX_WAYS = 1000;

/**
 * The power of the string's length that a match may take, and a factor for the retries that do not depend on the
 * length.
 * @throws Error for a pattern that may take exponential time, or whose time cannot be bounded.
 */
export function countCost(source: string): { readonly power: number; readonly factor: number } {
  const automaton = buildAutomaton(source);
  const factor = countWays(automaton);
  if (factor > MAX_WAYS) refusePattern('its alternatives leave too many ways to match one text');
  const graph = graphOf(automaton);
  const loops = loopsOf(graph);
  const chains = new Map([...loops].map(([head, members]) => [head, chainedLoops(graph, loops, members)]));
  const degrees = new Map<number, number>();
  /** How often, from this loop on, a loop can pass on to the next one a string that it could match itself. */
  function degreeOf(head: number): number {
    const known = degrees.get(head);
    if (known !== undefined) return known;
    let degree = 0;
    for (const other of loops.keys())
      if (other !== head && graph.later[head]!.has(other))
        degree = Math.max(degree, degreeOf(other) + Number(chains.get(head)!.has(other)));
    degrees.set(head, degree);
    return degree;
  }
  const power = Math.max(0, ...[...loops.keys()].map(degreeOf)) + 1 + Number(automaton.backReferences);
  return { power, factor };
}

/** In how many ways one string may pass the choices that a single character does not decide. */
function countWays({ choices, takes, follow, root }: Automaton): number {
  const clash = (a: readonly number[], b: readonly number[]): boolean =>
    a.some((p) => b.some((q) => takes[p]! & takes[q]!));
  let ways = 1;
  for (const { starts, empty, from, to } of choices) {
    const all = starts.flat();
    const beside = [root.first, ...follow.map((next) => [...next])]
      .filter((next) => next.includes(all[0] ?? -1))
      .flatMap((next) => next.filter((position) => position < from || position >= to));
    const among = starts.some((a, i) => starts.some((b, j) => j > i && clash(a, b)));
    if (among || (empty && clash(all, beside))) ways *= starts.length + Number(empty);
  }
  return ways;
}

/** Positions from which a match can no longer fail: it may end at each of them and at all that follow. */
function settledPositions({ follow, asserts, root }: Automaton): Set<number> {
  const final = new Set(asserts ? [] : root.last);
  for (let before = -1; before !== final.size;) {
    before = final.size;
    for (const position of final)
      if ([...follow[position]!].some((next) => !final.has(next))) final.delete(position);
  }
  return final;
}

function graphOf(automaton: Automaton): Graph {
  const { takes, follow } = automaton;
  const final = settledPositions(automaton);
  const next = follow.map((all, p) => (final.has(p) ? [] : [...all].filter((q) => !final.has(q))));
  const before: number[][] = takes.map(() => []);
  // Positions are numbered along the pattern: a loop lies between the two ends of a backward edge.
  const looping = new Set<number>();
  for (const [p, all] of next.entries())
    for (const q of all) {
      before[q]!.push(p);
      for (let i = q; i <= p; i++) looping.add(i);
    }
  const later = next.map((_, p) => (looping.has(p) ? reach((node) => next[node]!, [p]) : new Set<number>()));
  return { takes, next, before, later };
}

/** The loops: first position -> all positions. */
function loopsOf({ later }: Graph): Map<number, ReadonlySet<number>> {
  const loops = new Map<number, ReadonlySet<number>>();
  const seen = new Set<number>();
  for (const [p, all] of later.entries()) {
    if (seen.has(p) || !all.has(p)) continue;
    const members = new Set([...all].filter((q) => later[q]!.has(p)));
    for (const member of members) seen.add(member);
    loops.set(p, members);
  }
  return loops;
}

/**
 * Loops to which a string leads from the loop of these members, where the same string also leads around both.
 * @throws Error if one string leads around this loop in two ways.
 */
function chainedLoops(
  graph: Graph,
  loops: ReadonlyMap<number, ReadonlySet<number>>,
  members: ReadonlySet<number>,
): Set<number> {
  const { takes, next, before } = graph;
  const size = takes.length;
  const meets = (p: number, q: number): boolean => (takes[p]! & takes[q]!) !== 0n;
  const left = (pair: number): number => Math.floor(pair / size);
  const right = (pair: number): number => pair % size;
  const onward: Step = (pair) =>
    next[left(pair)]!.flatMap((p) => next[right(pair)]!.filter((q) => meets(p, q)).map((q) => p * size + q));
  const backward: Step = (pair) =>
    meets(left(pair), right(pair))
      ? before[left(pair)]!.flatMap((p) => before[right(pair)]!.map((q) => p * size + q))
      : [];
  const same = [...members].map((p) => p * size + p);
  const inside = (pair: number): boolean => members.has(left(pair));
  const met = reach(onward, same, inside);
  const meeting = reach(backward, same, inside);
  for (const pair of met)
    if (members.has(right(pair)) && left(pair) !== right(pair) && meeting.has(pair))
      refusePattern(AMBIGUOUS_LOOP);
  const chained = new Set<number>();
  for (const [head, others] of loops) {
    const around = new Set([...met].filter((pair) => others.has(right(pair))));
    if (others !== members && hasLoop(onward, around)) chained.add(head);
  }
  return chained;
}

/** All nodes reachable from these in one or more steps, through nodes for which `within` holds. */
function reach(
  step: Step,
  from: Iterable<number>,
  within: (node: number) => boolean = () => true,
): Set<number> {
  const seen = new Set<number>();
  const open = [...from];
  for (let node; (node = open.pop()) !== undefined;)
    for (const next of step(node))
      if (!seen.has(next) && within(next)) {
        seen.add(next);
        open.push(next);
      }
  return seen;
}

/** Removes nodes without a successor among the others until all have one: what remains, if anything, holds a loop. */
function hasLoop(step: Step, nodes: Set<number>): boolean {
  for (let before = -1; before !== nodes.size;) {
    before = nodes.size;
    for (const node of nodes) if (![...step(node)].some((next) => nodes.has(next))) nodes.delete(node);
  }
  return nodes.size > 0;
}
