/**
 * The position automaton of a regular expression (Glushkov): a state for each character of the pattern, and no epsilon
 * transitions.
 *
 * What an automaton cannot express is over-approximated: an assertion always holds, a lookahead may also be entered, a
 * back reference is any string. A part that may be empty must not be repeated: an engine might pass it in more ways
 * than positions show.
 */

/** A part of the pattern. Positions number the characters of the pattern, from 0. */
interface Part {
  /** It may match the empty string. */
  readonly empty: boolean;
  /** Positions at which a match of it may begin. */
  readonly first: readonly number[];
  /** Positions at which a match of it may end. */
  readonly last: readonly number[];
}

/** Alternatives, or an optional part. */
interface Choice {
  /** Positions at which each alternative may begin. */
  readonly starts: readonly (readonly number[])[];
  /** The whole choice may be skipped. */
  readonly empty: boolean;
  /** Their positions start here... */
  readonly from: number;
  /** ...and end before this one. */
  readonly to: number;
}

export interface Automaton {
  /** For each position: which of the sample characters it matches, one bit each. */
  readonly takes: readonly bigint[];
  /** For each position: those that may follow it. */
  readonly follow: readonly ReadonlySet<number>[];
  /** The whole pattern. */
  readonly root: Part;
  /** Choices outside all loops. */
  readonly choices: readonly Choice[];
  /** A match may fail at its end: the pattern holds "$" or another assertion. */
  readonly asserts: boolean;
  readonly backReferences: boolean;
}

/** The state of the parser. */
interface Draft {
  readonly tokens: readonly string[];
  /** The next token. */
  at: number;
  readonly samples: readonly string[];
  /** Atom -> which sample characters it matches. */
  readonly masks: Map<string, bigint>;
  readonly takes: bigint[];
  readonly follow: Set<number>[];
  readonly choices: Choice[];
  asserts: boolean;
  backReferences: boolean;
}

const NO_STATES: Part = { empty: true, first: [], last: [] };
const MAX_POSITIONS = 1000;
/** A counted repetition of up to this many positions is unrolled. */
const MAX_COPIES = 125;
const REGEX_TOKEN = new RegExp(
  [
    /\(\?(?:<?[=!]|<[^>]+>|[a-z-]*:)/, // The start of a group, except a plain bracket.
    /\\(?:u[\da-f]{4}|x[\da-f]{2}|c[a-z]|k<[^>]+>|[1-9]\d*|[^])/,
    /\[(?:\\[^]|[^\]\\])*\]/,
    /(?:[*+?]|\{\d+(?:,\d*)?\})\??/,
    /[^]/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'giy',
);
const QUANTIFIER = /^(?:[*+?]|\{(\d+)(,\d*)?\})\??$/;

export const AMBIGUOUS_LOOP = 'it holds a loop that may match one text in two ways';

export function refusePattern(why: string): never {
  throw new Error(why);
}

/**
 * The automaton of a pattern that `new RegExp` has accepted.
 * @throws Error for a pattern whose time cannot be bounded, or that is too large.
 */
export function buildAutomaton(source: string): Automaton {
  const draft: Draft = {
    tokens: source.match(REGEX_TOKEN) ?? [],
    at: 0,
    samples: samplesOf(source),
    masks: new Map(),
    takes: [],
    follow: [],
    choices: [],
    asserts: false,
    backReferences: false,
  };
  const root = readAlternatives(draft);
  return { ...draft, root };
}

/** Characters that represent all others: ASCII, the pattern's own with their neighbours, and some beyond. */
function samplesOf(source: string): string[] {
  const codes = new Set([0x80, 0xa0, 0xe9, 0xff, 0x416, 0x2028, 0xffff]);
  for (let code = 0; code < 128; code++) codes.add(code);
  for (const { 0: text, 1: hex } of source.matchAll(/[\u0080-\uffff]|\\[ux]([\da-f]+)/gi)) {
    const code = hex ? Number.parseInt(hex, 16) : text.charCodeAt(0);
    for (const near of [code - 1, code, code + 1]) codes.add(near & 0xffff);
  }
  return [...codes].map((code) => String.fromCharCode(code));
}

/** The sample characters that an atom matches, case-sensitively or not. */
function maskOf({ masks, samples }: Draft, atom: string): bigint {
  const known = masks.get(atom);
  if (known !== undefined) return known;
  const [exact, loose] = [new RegExp(`^${atom}$`), new RegExp(`^${atom}$`, 'is')];
  const bits = samples.map((sample) => (exact.test(sample) || loose.test(sample) ? '1' : '0'));
  const mask = BigInt('0b' + bits.join(''));
  masks.set(atom, mask);
  return mask;
}

function addPosition(draft: Draft, atom: string): Part {
  const position = draft.takes.push(maskOf(draft, atom)) - 1;
  if (position >= MAX_POSITIONS) refusePattern('it is too long');
  draft.follow.push(new Set());
  return { empty: false, first: [position], last: [position] };
}

function sequence({ follow }: Draft, a: Part, b: Part): Part {
  for (const from of a.last) for (const to of b.first) follow[from]!.add(to);
  return {
    empty: a.empty && b.empty,
    first: a.empty ? [...a.first, ...b.first] : a.first,
    last: b.empty ? [...a.last, ...b.last] : b.last,
  };
}

/**
 * Lets a part follow itself. An edge that already exists belongs to an inner loop: one string could match in two ways.
 */
function loop({ follow }: Draft, part: Part): Part {
  for (const from of part.last)
    for (const to of part.first) {
      if (follow[from]!.has(to)) refusePattern(AMBIGUOUS_LOOP);
      follow[from]!.add(to);
    }
  return part;
}

function readAlternatives(draft: Draft): Part {
  const from = draft.takes.length;
  const options = [readSequence(draft)];
  while (draft.tokens[draft.at] === '|') {
    draft.at++;
    options.push(readSequence(draft));
  }
  if (options.length === 1) return options[0]!;
  const empty = options.some((option) => option.empty);
  draft.choices.push({ starts: options.map(({ first }) => first), empty, from, to: draft.takes.length });
  return {
    empty,
    first: options.flatMap(({ first }) => first),
    last: options.flatMap(({ last }) => last),
  };
}

function readSequence(draft: Draft): Part {
  const { tokens } = draft;
  let whole = NO_STATES;
  while (draft.at < tokens.length && tokens[draft.at] !== '|' && tokens[draft.at] !== ')')
    whole = sequence(draft, whole, readQuantified(draft));
  return whole;
}

/** An atom with its quantifier: fixed counts of few positions are unrolled, all others are loops. */
function readQuantified(draft: Draft): Part {
  const { tokens, takes, choices } = draft;
  const [start, from, chosen] = [draft.at, takes.length, choices.length];
  const part = readAtom(draft);
  const [quantifier, least = '', open] = QUANTIFIER.exec(tokens[draft.at] ?? '') ?? [];
  if (quantifier === undefined) return part;
  const end = ++draft.at;
  if (quantifier.startsWith('?') || quantifier.startsWith('{0,1}')) {
    choices.push({ starts: [part.first], empty: true, from, to: takes.length });
    return { ...part, empty: true };
  }
  if (part.first.length === 0) return part;
  if (part.empty) refusePattern('it repeats what may match nothing');
  const times = open || least === '' ? Infinity : Number(least);
  if ((takes.length - from) * times > MAX_COPIES) {
    // A loop's own choices show in the product of the automaton with itself.
    choices.length = chosen;
    return { ...loop(draft, part), empty: quantifier.startsWith('*') || Number(least || 1) === 0 };
  }
  let whole = times === 0 ? NO_STATES : part;
  for (let i = 1; i < times; i++) {
    draft.at = start;
    whole = sequence(draft, whole, readAtom(draft));
  }
  draft.at = end;
  return whole;
}

function readAtom(draft: Draft): Part {
  const token = draft.tokens[draft.at++]!;
  if (token.startsWith('(')) return readGroup(draft, token);
  if (/^(?:[$^]|\\b)$/i.test(token)) {
    draft.asserts ||= token !== '^';
    return NO_STATES;
  }
  if (/^\\(?:[1-9]|k<)/.test(token)) {
    draft.backReferences = true;
    return { ...loop(draft, addPosition(draft, '[^]')), empty: true };
  }
  return addPosition(draft, token);
}

/** A group, a lookahead or a lookbehind. */
function readGroup(draft: Draft, open: string): Part {
  const { takes, follow } = draft;
  const from = takes.length;
  const inner = readAlternatives(draft);
  draft.at++;
  if (!/^\(\?<?[=!]$/.test(open)) return inner;
  draft.asserts = true;
  if (!open.startsWith('(?<')) return { empty: true, first: inner.first, last: [] };
  // A lookbehind is matched backwards, which this automaton does not model, so it must not cost more than its length.
  for (let i = from; i < takes.length; i++)
    for (const next of follow[i]!) if (next <= i) refusePattern('it repeats something in a look behind');
  return NO_STATES;
}
