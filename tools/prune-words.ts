/**
 * Comments of a pruned script: what they say of the parts that are not there is left out, sentence by sentence.
 *
 * Of each comment the first paragraph stays; the rest argues for the whole, and stands in the sources.
 */
import { parseSync } from 'oxc-parser';

const WIDTH = 115;
const CHAPTER = /^\/\/ (?:lib\/)?[\w-]+\.ts$/;

/** `absent` are words of the parts that are not there. */
export function pruneComments(text: string, absent: readonly RegExp[]): string {
  const { comments } = parseSync('script.js', text, { sourceType: 'script' });
  const code = comments.reduceRight((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);
  const names = new Set(code.match(/[\w$]+/g));
  const isTold = (sentence: string): boolean =>
    absent.every((word) => !word.test(sentence)) &&
    [...sentence.matchAll(/`([\w.]+)`/g)].every(([, name = '']) =>
      names.has(name.slice(name.lastIndexOf('.') + 1)),
    );
  for (const [start, end] of joined(text, comments).reverse()) {
    const old = text.slice(start, end);
    if (CHAPTER.test(old)) continue;
    const indent = /[ \t]*$/.exec(text.slice(text.lastIndexOf('\n', start) + 1, start))?.[0] ?? '';
    const put = retold(old, isTold, indent);
    const next = put === '' ? /^\s*/.exec(text.slice(end))![0].length : 0;
    if (put !== old)
      text =
        text.slice(0, start - (put === '' ? indent.length : 0)) +
        put +
        (put === '' ? indent : '') +
        text.slice(end + next);
  }
  return text;
}

/** Line comments one below the other are one. */
function joined(
  text: string,
  comments: readonly { type: string; start: number; end: number }[],
): [number, number][] {
  const ranges: [number, number][] = [];
  for (const { type, start, end } of comments) {
    const last = ranges.at(-1);
    const follows =
      last &&
      type === 'Line' &&
      text.startsWith('//', last[0]) &&
      /^\n[ \t]*$/.test(text.slice(last[1], start));
    if (follows && !CHAPTER.test(text.slice(last[0], last[1]))) last[1] = end;
    else ranges.push([start, end]);
  }
  return ranges;
}

/** A comment without the sentences that are not told; "" where none is left, and the same text where all are. */
function retold(comment: string, isTold: (sentence: string) => boolean, indent: string): string {
  const block = comment.startsWith('/*');
  const plain = comment
    .replaceAll(block ? /^\/\*\*? ?|\s*\*\/$|^[ \t]*\* ?/gm : /^[ \t]*\/\/ ?/gm, '')
    .trim();
  const paragraphs = plain.split(/\n\s*\n|\n(?=@)/).slice(0, plain.includes('\n@') ? undefined : 1);
  const kept = paragraphs
    .map((paragraph) => sentencesOf(paragraph).filter(isTold).join(' '))
    .filter((one) => one !== '');
  const same =
    kept.join('\n') ===
    plain
      .split(/\n\s*\n|\n(?=@)/)
      .map((one) => sentencesOf(one).join(' '))
      .join('\n');
  if (same) return comment;
  if (kept.length === 0) return '';
  const lines = kept.flatMap((one, at) => [...(at > 0 ? [''] : []), ...wrap(one, WIDTH - indent.length)]);
  if (!block) return lines.map((line) => `// ${line}`).join(`\n${indent}`);
  if (lines.length === 1) return `/** ${lines[0]} */`;
  return ['/**', ...lines.map((line) => ` * ${line}`.trimEnd()), ' */'].join(`\n${indent}`);
}

function sentencesOf(paragraph: string): string[] {
  return paragraph
    .replaceAll(/\s+/g, ' ')
    .trim()
    .split(/(?<=[.!?]\)?) (?=[A-Z`"@]|workerd)/);
}

function wrap(text: string, width: number): string[] {
  return text.match(new RegExp(`.{1,${width}}(?:\\s|$)`, 'g'))?.map((line) => line.trim()) ?? [];
}
