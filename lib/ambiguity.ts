/**
 * How long a regular expression may take: JavaScript backtracks, so some need time exponential in the length of a text
 * that any caller may choose.
 *
 * The test is exact up to counted repetitions. It builds the pattern's position automaton (Glushkov 1961) and looks for
 * a state that one text leads back to itself in two ways: exponential (the EDA criterion; Weideman et al., "Analyzing
 * Matching Time Behavior of Backtracking Regular Expression Matchers", 2016). Refusing every nested quantifier was
 * rejected: "(/[^/]+)*" is an honest path pattern and linear. What is merely polynomial gets a bound on the length of
 * the text, so that no match takes more than some 10^8 steps. Runs at start-up only.
 */

const STEPS = 1e8;

/** A piece of the pattern: where it may begin and end, whether it may be empty, whether its length is fixed. */
interface Piece {
  first: number[];
  last: number[];
  empty: boolean;
  fixed: boolean;
}

/** The position automaton: `follow` may name a position twice, where two ways lead to it. */
interface Automaton {
  readonly sets: bigint[];
  readonly follow: number[][];
  /** Bodies of loops, as ranges of positions. */
  readonly loops: [number, number][];
}

const ATOM =
  /\(\?<?[=!]|\((?:\?:|\?<\w+>)?|\[(?:\\[^]|[^\]])*\]|\\(?:u[\da-f]{4}|x[\da-f]{2}|[pk][{<][^}>]*[}>]|[^])|[^]/iy;
const COUNT = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y;

/** Which characters an atom takes: one bit for each of ASCII, one for all others; 0 for an assertion. */
function atomSet(atom: string, flags: string, known: Map<string, bigint>): bigint {
  if (/^(?:[$^]|\\[bBk\d])/.test(atom)) return 0n;
  let set = known.get(atom);
  if (set !== undefined) return set;
  const regex = new RegExp(`^(?:${atom})$`, flags);
  set = 0n;
  for (let code = 0; code < 129; code++) if (regex.test(String.fromCharCode(code))) set |= 1n << BigInt(code);
  known.set(atom, set);
  return set;
}

function readPattern(source: string, flags: string): Automaton {
  const sets: bigint[] = [0n];
  const follow: number[][] = [[]];
  const loops: [number, number][] = [];
  const known = new Map<string, bigint>();
  let at = 0;
  const link = (from: number[], to: number[]): void => {
    for (const position of from) follow[position]?.push(...to);
  };
  const join = (a: Piece, b: Piece): Piece => {
    link(a.last, b.first);
    return {
      first: a.empty ? [...a.first, ...b.first] : a.first,
      last: b.empty ? [...a.last, ...b.last] : b.last,
      empty: a.empty && b.empty,
      fixed: a.fixed && b.fixed,
    };
  };
  const nothing = (): Piece => ({ first: [], last: [], empty: true, fixed: true });
  const take = (regex: RegExp): RegExpExecArray | null => {
    regex.lastIndex = at;
    const found = regex.exec(source);
    if (found) at = regex.lastIndex;
    return found;
  };
  const readAtom = (): Piece => {
    const text = take(ATOM)?.[0] ?? '';
    if (!text.startsWith('(')) {
      const set = atomSet(text, flags, known);
      if (set === 0n) return nothing();
      follow.push([]);
      const position = sets.push(set) - 1;
      return { first: [position], last: [position], empty: false, fixed: true };
    }
    const inner = readChoice();
    at++;
    // What is looked at is not taken: it constrains no position but its own.
    return /[=!]$/.test(text) ? nothing() : inner;
  };
  const readCounted = (): Piece => {
    const start = at;
    const from = sets.length;
    let piece = readAtom();
    const to = sets.length;
    const count = take(COUNT);
    if (!count) return piece;
    const least = count[1] ? (count[1] === '+' ? 1 : 0) : Number(count[2]);
    const exact = count[2] !== undefined && !count[3];
    const most = count[1] === '?' ? 1 : exact ? least : count[4] ? Number(count[4]) : Infinity;
    const after = at;
    if (most > 1 && !(exact && (piece.fixed || least < 4))) {
      link(piece.last, piece.first);
      // An iteration that must happen but may be empty can be spent anywhere: "(a?){30}" tries them all.
      if (piece.empty && least > 3) link(piece.last, piece.first);
      loops.push([from, to]);
    } else if (exact && !piece.fixed) {
      for (let copy = 1; copy < least; copy++) {
        at = start;
        piece = join(piece, readAtom());
      }
    }
    at = after;
    return { ...piece, empty: piece.empty || least === 0, fixed: piece.fixed && exact };
  };
  const readChoice = (): Piece => {
    let choice: Piece | null = null;
    do {
      if (choice) at++;
      let branch = nothing();
      while (at < source.length && source[at] !== '|' && source[at] !== ')')
        branch = join(branch, readCounted());
      choice = choice
        ? {
            first: [...choice.first, ...branch.first],
            last: [...choice.last, ...branch.last],
            empty: choice.empty || branch.empty,
            fixed: false,
          }
        : branch;
    } while (source[at] === '|');
    return choice;
  };
  follow[0] = readChoice().first;
  return { sets, follow, loops };
}

/** Does some text lead from this position back to it in two ways? */
function loopsTwice({ sets, follow }: Automaton, start: number): boolean {
  const size = sets.length;
  const seen = new Set<number>();
  const queue: [number, number, boolean][] = [[start, start, false]];
  for (const [left, right, apart] of queue)
    for (const [i, a] of (follow[left] ?? []).entries())
      for (const [j, b] of (follow[right] ?? []).entries()) {
        if (!((sets[a] ?? 0n) & (sets[b] ?? 0n))) continue;
        const parted = apart || left !== right || i !== j;
        if (parted && a === start && b === start) return true;
        const key = (a * size + b) * 2 + Number(parted);
        if (!seen.has(key)) queue.push([a, b, parted]);
        seen.add(key);
      }
  return false;
}

/**
 * How long a text the pattern (in JavaScript's words) may be tried on: Infinity where time is linear, 0 where no bound
 * would help. `anchored` says that it is tried at the text's start alone.
 */
export function longestText(source: string, flags: string, anchored: boolean): number {
  // One loop over one atom can't be ambiguous: nearly every pattern leaves here.
  if (anchored && !/\)[*+{]|[*+{][^]*[*+{]/.test(source)) return Infinity;
  const automaton = readPattern(source, flags);
  const { sets, follow, loops } = automaton;
  const chooses = (position: number): boolean =>
    (follow[position] ?? []).some((a, i, all) =>
      all.some((b, j) => i < j && ((sets[a] ?? 0n) & (sets[b] ?? 0n)) !== 0n),
    );
  let degree = anchored ? 0 : 1;
  for (const [from, to] of loops) {
    let choice = false;
    for (let position = from; position < to; position++) {
      choice ||= chooses(position);
      if (chooses(position) && loopsTwice(automaton, position)) return 0;
    }
    degree += Number(choice);
  }
  return degree < 2 ? Infinity : Math.floor(STEPS ** (1 / degree));
}
