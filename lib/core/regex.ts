/**
 * Regular expressions of the configuration, run by JavaScript's engine without its one danger: it backtracks, and some
 * patterns take time exponential in the length of a text that any caller may choose.
 *
 * Refused at start-up: a loop around what may match one text in two ways. A loop's body is good if nothing repeated in
 * it takes what may come next ("(/[^/]+)*"), or if its alternatives have fixed lengths and begin with different
 * characters. Some good ones are refused too ("(bar|baz)+", "(/a(b)?)*"). An exact test by automaton was rejected for its
 * size. What is merely polynomial gets a bound on the length of the text, for at most some 10^8 steps.
 * Kong's (?P<name>, \A, \z and a leading (?i) are understood.
 */
export interface Pattern {
  readonly regex: RegExp;
  /** Longer texts are taken for no match. */
  readonly maxLength: number;
}

const ATOM = /(\\[^]|\[(?:\\[^]|[^\]])*\]|[^])([*+?]|\{\d+,?\d*\})?\??/g;
/** A group without groups in it, and how often it is taken. */
const GROUP = /\((?:\?(?:<?[=!]|:|<\w+>))?((?:\\[^]|\[(?:\\[^]|[^\]])*\]|[^()[\\])*)\)([*+?]|\{\d+,?\d*\})?/;
const LITERAL = /^(?:[^\\^$.|[]|\\\W)$/;
const UNBOUNDED = /[*+]|,\}/;

type Atom = [all: string, atom: string, quantifier?: string];
const atomsOf = (source: string): Atom[] => [...source.matchAll(ATOM)] as unknown as Atom[];
const takes = (atom: string, literal: string): boolean =>
  new RegExp(`^(?:${atom})$`, 'i').test(literal.slice(-1));

/** How many repeated atoms may leave to the next what they could take themselves. */
const overlaps = (atoms: readonly Atom[], repeated: RegExp): number =>
  atoms.filter(([, loop, quantifier = ' '], i) => {
    if (!repeated.test(quantifier)) return false;
    for (const [, next, optional = ''] of atoms.slice(i + 1)) {
      if (!LITERAL.test(next) || takes(loop, next)) return true;
      if (!/[?*]|\{0/.test(optional)) break;
    }
    return false;
  }).length;

/** Followed by itself, as in a loop, a body must leave no choice: which of its atoms is next is said by the next character. */
function isAmbiguous(body: string): boolean {
  const atoms = atomsOf(body);
  const first = atoms.filter((_, i) => i === 0 || atoms[i - 1]?.[1] === '|').map(([, atom]) => atom);
  if (first.length < 2) return overlaps([...atoms, ...atoms], /\S/) > 0;
  return (
    atoms.some(([, , times]) => times) ||
    new Set(first).size < first.length ||
    !first.every((atom) => LITERAL.test(atom))
  );
}

/** The power of the text's length that a match may cost; Infinity for none. */
function costOf(source: string): number {
  let flat = source;
  for (let found; (found = GROUP.exec(flat));) {
    const [all, body = '', times = ''] = found;
    const loop = /[*+,]|[4-9]|\d\d/.test(times);
    if (loop && isAmbiguous(body)) return Infinity;
    const stand = times || body.includes('|') ? (UNBOUNDED.test(times + body) ? '[^]*' : '[^]{0,9}') : body;
    flat = flat.slice(0, found.index) + stand + flat.slice(found.index + all.length);
  }
  return overlaps(
    atomsOf(flat).filter(([, atom]) => !/^[$^]/.test(atom)),
    UNBOUNDED,
  );
}

/**
 * A pattern ready for use, anchored at the start (`anchored`) and at the end (`entire`).
 * @throws Error whose message says what is wrong with it.
 */
export function compilePattern(pattern: string, anchored: boolean, entire = false, flags = ''): Pattern {
  const source = pattern
    .replace(/^\(\?i\)/, () => ((flags = 'i'), ''))
    .replace(/\\[^]|\(\?P</g, (text) =>
      text === '(?P<' ? '(?<' : text === '\\A' ? '^' : /\\z/i.test(text) ? '$' : text,
    );
  const regex = new RegExp(anchored ? `^(?:${source})${entire ? '$' : ''}` : source, flags);
  const cost = costOf(source) + (anchored ? 0 : 1);
  if (cost === Infinity) throw new Error('it holds a loop that may match one text in two ways');
  return { regex, maxLength: cost < 2 ? Infinity : Math.floor(1e8 ** (1 / cost)) };
}

/** What is wrong with a pattern; null for nothing. */
export function routePatternFault(pattern: string): string | null {
  try {
    compilePattern(pattern, true);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The text itself, whose pattern begins after `skip` characters; its fault goes to `faults`. */
export function checkPattern(text: string, place: string, faults: string[], skip = 0): string {
  const fault = routePatternFault(text.slice(skip));
  if (fault)
    faults.push(
      `${place} must be a regular expression that is safe to run (${fault}), received ${JSON.stringify(text)}`,
    );
  return text;
}
