/**
 * Keeps numbers and templates as the sources spell them: esbuild writes 2e3 for 2_000, the decimal for 0x9e3779b1, and a line end for
 * the `\n` of a template. A reader compares constants with what comments and standards say, so their spelling is part of the text.
 *
 * Values never change: a literal is replaced by one of the same chapter's source that has the same value, and by nothing else.
 * Rejected: telling esbuild of names in place of numbers, which then count as unknown globals and are no longer left out when unused.
 */
import { Visitor, parseSync } from 'oxc-parser';
import type { Program } from 'oxc-parser';

interface Spelling {
  /** The same for two literals of one value and kind. */
  readonly value: string;
  readonly raw: string;
  readonly start: number;
  readonly end: number;
}

/** `sources` by the names that esbuild writes above each chapter: "lib/load.ts". */
export function keepSpelling(script: string, sources: ReadonlyMap<string, string>): string {
  const { program, comments } = parseSync('chapters.js', script);
  const heads = comments.filter(({ type, value }) => type === 'Line' && sources.has(value.trim()));
  const chapters = heads.map(({ value, start }, at) => ({
    start,
    end: heads[at + 1]?.start ?? script.length,
    spelt: spellingsIn(value.trim(), sources.get(value.trim()) ?? ''),
  }));
  const edits = literalsOf(program).flatMap(({ value, start, end }) => {
    const put = chapters.find((chapter) => chapter.start < start && end < chapter.end)?.spelt.get(value);
    return put === undefined ? [] : [{ start, end, put }];
  });
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, { start, end, put }) => text.slice(0, start) + put + text.slice(end), script);
}

/** By value; the first spelling of a file holds. */
export function spellingsIn(path: string, source: string): Map<string, string> {
  const literals = literalsOf(parseSync(path, source).program);
  return new Map(literals.toReversed().map(({ value, raw }) => [value, raw]));
}

/** Numbers, and the texts of templates. */
export function literalsOf(program: Program): Spelling[] {
  const found: Spelling[] = [];
  new Visitor({
    Literal({ value, raw, start, end }) {
      if (typeof value === 'number' && raw !== null) found.push({ value: `${value}`, raw, start, end });
    },
    TemplateElement({ value, start, end }) {
      if (value.cooked !== null) found.push({ value: `text ${value.cooked}`, raw: value.raw, start, end });
    },
  }).visit(program);
  return found;
}
