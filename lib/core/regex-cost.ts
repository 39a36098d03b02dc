/**
 * How much time a pattern may take: what `regex.ts` promises is counted here.
 *
 * First the pattern becomes its position automaton, then ambiguity is looked for in the automaton's product with itself
 * (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991).
 */

/** A part of the pattern. Positions are numbers of characters of the pattern, from 0. */
interface Part {
  /** It may match nothing. */
  readonly empty: boolean;
  /** Where a match of it may begin and end. */
  readonly first: readonly number[];
  readonly last: readonly number[];
}
/** Alternatives, or an optional part. */
interface Choice {
  /** Where each may begin. */
  readonly starts: readonly (readonly number[])[];
  /** All may be passed by. */
  readonly empty: boolean;
  /** Their positions are numbers from `from` to below `to`. */
  readonly from: number;
  readonly to: number;
}
interface Automaton {
  /** For each position: which of SAMPLES it takes, one bit each. */
  readonly takes: bigint[];
  /** For each position: those that may come next. */
  readonly follow: Set<number>[];
  /** Choices outside all loops: a loop's own are seen in the product. */
  readonly choices: Choice[];
  /** A match may fail at its end: "$" or another assertion stands in the pattern. */
  asserts: boolean;
  backReferences: boolean;
}

const NOTHING: Part = { empty: true, first: [], last: [] };
const MAX_POSITIONS = 250;
const TOKEN =
  /\(\?(?:<?[=!]|<[\w$]+>|[a-z-]*:)|\\(?:u\{[\da-f]+\}|u[\da-f]{4}|x[\da-f]{2}|c[a-z]|k<[\w$]+>|[pP]\{[^}]*\}|[1-9]\d*|[^])|\[(?:\\[^]|[^\]\\])*\]|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[^]/giy;
const QUANTIFIER = /^(?:[*+?]|\{(\d+)(,\d*)?\})\??$/;

const fail = (why: string): never => {
  throw new Error(why);
};

/** Characters that stand for all: the pattern's own, whatever it spells by number, ASCII, and some beyond. */
function samplesOf(source: string): string[] {
  const codes = new Set(
    [...'\u0080\u00a0\u00e9\u00ff\u0416\u2028\uffff'].map((sample) => sample.charCodeAt(0)),
  );
  for (let code = 0; code < 128; code++) codes.add(code);
  for (const { 0: text, 1: hex } of source.matchAll(/[\u0080-\uffff]|\\(?:u\{?|x)([\da-f]+)/gi)) {
    const code = hex ? Number.parseInt(hex, 16) : text.charCodeAt(0);
    for (const near of [code - 1, code, code + 1]) codes.add(near & 0xffff);
  }
  return [...codes].map((code) => String.fromCharCode(code));
}

/** Reads a pattern that `new RegExp` has accepted. */
function buildAutomaton(source: string): { automaton: Automaton; root: Part } {
  const tokens = source.match(TOKEN) ?? [];
  const samples = samplesOf(source);
  const masks = new Map<string, bigint>();
  const automaton: Automaton = { takes: [], follow: [], choices: [], asserts: false, backReferences: false };
  const { takes, follow, choices } = automaton;
  let at = 0;

  /** With and without regard to case: whichever holds, it is among these. */
  function maskOf(atom: string): bigint {
    let mask = masks.get(atom);
    if (mask === undefined) {
      const [exact, loose] = [new RegExp(`^${atom}$`), new RegExp(`^${atom}$`, 'is')];
      const bits = samples.map((sample) => (exact.test(sample) || loose.test(sample) ? '1' : '0'));
      masks.set(atom, (mask = BigInt('0b' + bits.join(''))));
    }
    return mask;
  }
  function addPosition(atom: string): Part {
    const position = takes.push(maskOf(atom)) - 1;
    if (position >= MAX_POSITIONS) fail('it is too long');
    follow.push(new Set());
    return { empty: false, first: [position], last: [position] };
  }
  function sequence(a: Part, b: Part): Part {
    for (const from of a.last) for (const to of b.first) follow[from]!.add(to);
    return {
      empty: a.empty && b.empty,
      first: a.empty ? [...a.first, ...b.first] : a.first,
      last: b.empty ? [...a.last, ...b.last] : b.last,
    };
  }
  function loop(part: Part): Part {
    for (const from of part.last)
      for (const to of part.first) {
        if (follow[from]!.has(to)) fail('it holds a loop that may match one text in two ways');
        follow[from]!.add(to);
      }
    return part;
  }
  function alternatives(): Part {
    const from = takes.length;
    const options = [concatenation()];
    while (tokens[at] === '|') {
      at++;
      options.push(concatenation());
    }
    if (options.length === 1) return options[0]!;
    const empty = options.some((option) => option.empty);
    choices.push({ starts: options.map(({ first }) => first), empty, from, to: takes.length });
    return {
      empty,
      first: options.flatMap(({ first }) => first),
      last: options.flatMap(({ last }) => last),
    };
  }
  function concatenation(): Part {
    let whole = NOTHING;
    while (at < tokens.length && tokens[at] !== '|' && tokens[at] !== ')')
      whole = sequence(whole, quantified());
    return whole;
  }
  /** An atom as often as its quantifier says: fixed counts of few positions are written out, all others are loops. */
  function quantified(): Part {
    const [start, from, chosen] = [at, takes.length, choices.length];
    const part = atom();
    const [quantifier, least = '', open] = QUANTIFIER.exec(tokens[at] ?? '') ?? [];
    if (quantifier === undefined) return part;
    const end = ++at;
    if (quantifier.startsWith('?') || /^\{[01],1\}/.test(quantifier)) {
      choices.push({ starts: [part.first], empty: true, from, to: takes.length });
      return { ...part, empty: true };
    }
    if (part.first.length === 0) return part;
    if (part.empty) fail('it repeats what may match nothing');
    const times = open || least === '' ? Infinity : Number(least);
    if ((takes.length - from) * times > MAX_POSITIONS / 2) {
      choices.length = chosen;
      return { ...loop(part), empty: /^[*]|^\{0,/.test(quantifier) };
    }
    let whole = times === 0 ? NOTHING : part;
    for (let i = 1; i < times; i++) {
      at = start;
      whole = sequence(whole, atom());
    }
    at = end;
    return whole;
  }
  function atom(): Part {
    const token = tokens[at++]!;
    if (token.startsWith('(')) return group(token);
    if (/^(?:[$^]|\\b)$/i.test(token)) {
      automaton.asserts ||= token !== '^';
      return NOTHING;
    }
    if (/^\\(?:[1-9]|k<)/.test(token)) {
      automaton.backReferences = true;
      return { ...loop(addPosition('[^]')), empty: true };
    }
    return addPosition(token);
  }
  function group(open: string): Part {
    const positions = takes.length;
    const inner = alternatives();
    at++;
    if (!/^\(\?<?[=!]$/.test(open)) return inner;
    automaton.asserts = true;
    if (!open.startsWith('(?<')) return { empty: true, first: inner.first, last: [] };
    // It is matched backwards, which no automaton of ours follows: only what costs no more than its length may stand in it.
    for (let i = positions; i < takes.length; i++)
      for (const next of follow[i]!) if (next <= i) fail('it repeats something in a look behind');
    return NOTHING;
  }

  const root = alternatives();
  return { automaton, root };
}

/** In how many ways one string may pass the choices that one character does not decide. */
function countWays({ choices, takes, follow }: Automaton, root: Part): number {
  const clash = (a: readonly number[], b: readonly number[]): boolean =>
    a.some((p) => b.some((q) => takes[p]! & takes[q]!));
  let ways = 1;
  for (const { starts, empty, from, to } of choices) {
    const all = starts.flat();
    const passed = [root.first, ...follow.map((next) => [...next])].some(
      (next) =>
        next.includes(all[0] ?? -1) &&
        clash(
          all,
          next.filter((position) => position < from || position >= to),
        ),
    );
    if ((empty && passed) || starts.some((a, i) => starts.some((b, j) => j > i && clash(a, b))))
      ways *= starts.length + Number(empty);
  }
  return ways;
}

/** Positions from which nothing can fail any more: a match may end at each of them and at all that follow. */
function settledPositions({ follow, asserts }: Automaton, root: Part): Set<number> {
  const settled = new Set(asserts ? [] : root.last);
  for (let before = -1; before !== settled.size;) {
    before = settled.size;
    for (const position of settled)
      if ([...follow[position]!].some((next) => !settled.has(next))) settled.delete(position);
  }
  return settled;
}

type Graph = readonly (readonly number[])[];

/** Whatever can be reached from these in one step or more; a step is taken only to where `within` holds. */
function reach(
  graph: (node: number) => Iterable<number>,
  from: Iterable<number>,
  within: (node: number) => boolean = () => true,
): Set<number> {
  const seen = new Set<number>();
  const open = [...from];
  for (let node; (node = open.pop()) !== undefined;)
    for (const next of graph(node))
      if (!seen.has(next) && within(next)) {
        seen.add(next);
        open.push(next);
      }
  return seen;
}

/** Removes, until none is left, nodes without a successor among them: what remains holds a loop. */
function hasLoop(graph: (node: number) => number[], nodes: Set<number>): boolean {
  for (let before = -1; before !== nodes.size;) {
    before = nodes.size;
    for (const node of nodes) if (!graph(node).some((next) => nodes.has(next))) nodes.delete(node);
  }
  return nodes.size > 0;
}

/**
 * The power of the string's length that a match may take, and a factor for what is tried again whatever the length.
 * @throws Error for a pattern that may take exponential time, or whose time cannot be told.
 */
export function countCost(source: string): { power: number; factor: number } {
  const { automaton, root } = buildAutomaton(source);
  const factor = countWays(automaton, root);
  if (factor > 1000) fail('its alternatives leave too many ways to match one text');
  const { takes, follow } = automaton;
  const settled = settledPositions(automaton, root);
  const size = takes.length;
  const graph: Graph = follow.map((next, p) =>
    settled.has(p) ? [] : [...next].filter((q) => !settled.has(q)),
  );
  const reversed: number[][] = graph.map(() => []);
  for (const [p, next] of graph.entries()) for (const q of next) reversed[q]!.push(p);
  // Pairs of positions, as one number, that one string leads to.
  const pairs = (pair: number): number[] => {
    const made: number[] = [];
    for (const p of graph[Math.floor(pair / size)]!)
      for (const q of graph[pair % size]!) if (takes[p]! & takes[q]!) made.push(p * size + q);
    return made;
  };
  const pairsBefore = (pair: number): number[] => {
    const [p, q] = [Math.floor(pair / size), pair % size];
    if (!(takes[p]! & takes[q]!)) return [];
    return reversed[p]!.flatMap((a) => reversed[q]!.map((b) => a * size + b));
  };
  const later = graph.map((_, p) => reach((node) => graph[node]!, [p]));
  const loopOf = graph.map((_, p) =>
    later[p]!.has(p) ? [...later[p]!].filter((q) => later[q]!.has(p)) : [],
  );
  const heads = loopOf.flatMap((loop, p) => (loop.length > 0 && Math.min(...loop) === p ? [p] : []));

  /** Loops to which one string leads from the loop of `head`, while it also leads around both. */
  const added = new Map<number, Set<number>>();
  for (const head of heads) {
    const members = new Set(loopOf[head]);
    const same = [...members].map((p) => p * size + p);
    const met = reach(pairs, same, (pair) => members.has(Math.floor(pair / size)));
    const back = reach(pairsBefore, same, (pair) => members.has(Math.floor(pair / size)));
    for (const pair of met)
      if (members.has(pair % size) && pair % (size + 1) !== 0 && back.has(pair))
        fail('it holds a loop that may match one text in two ways');
    added.set(
      head,
      new Set(
        heads.filter((other) => {
          const those = new Set(loopOf[other]);
          return other !== head && hasLoop(pairs, new Set([...met].filter((pair) => those.has(pair % size))));
        }),
      ),
    );
  }
  const degrees = new Map<number, number>();
  const degreeOf = (head: number): number => {
    let degree = degrees.get(head) ?? -1;
    if (degree >= 0) return degree;
    degree = 0;
    for (const other of heads)
      if (other !== head && later[head]!.has(other))
        degree = Math.max(degree, degreeOf(other) + Number(added.get(head)!.has(other)));
    degrees.set(head, degree);
    return degree;
  };
  const power = Math.max(0, ...heads.map(degreeOf)) + 1 + Number(automaton.backReferences);
  return { power, factor };
}
