/**
 * Changes of a script's text: taking a statement out with its comments, an item with its comma, a name for another text.
 * Changes are found on one text and made at once; those that would touch each other wait for the next pass.
 */
import { nameOf } from './prune-tree.ts';
import type { Script, Tree } from './prune-tree.ts';

/** Changes that belong together: all of them or none. */
export type Edit = readonly Change[];
export type Change = readonly [start: number, end: number, text: string];

/** Whether a statement stands in a list of them, so that none may stand there as well as one or many. */
export function isListed(script: Script, node: Tree): boolean {
  const parent = script.parents.get(node);
  return !parent || Array.isArray(parent['body']) || parent.type === 'SwitchCase';
}

/** Takes a statement out, with the comments above it and what is left of its line. */
export function cut(script: Script, node: Tree): Change {
  const { text, comments } = script;
  if (!isListed(script, node)) return [node.start, node.end, '{}'];
  let { start, end } = node;
  for (const comment of [...comments].reverse()) {
    if (comment.end > start || !/^[ \t]*\n?[ \t]*$/.test(text.slice(comment.end, start))) continue;
    const lineStart = text.lastIndexOf('\n', comment.start) + 1;
    if (text.slice(lineStart, comment.start).trim() !== '' || isContract(text, lineStart, comment.start))
      break;
    ({ start } = comment);
  }
  while (/[ \t]/.test(text[start - 1] ?? '')) start--;
  const rest = /^[ \t]*\n?/.exec(text.slice(end));
  end += rest?.[0].length ?? 0;
  return [start, end, ''];
}

/** The line that names a file, and the comment right below it, which speaks of the whole file. */
function isContract(text: string, lineStart: number, start: number): boolean {
  const line = /^\/\/ (?:lib\/)?[\w-]+\.ts$/;
  const before = text.slice(0, lineStart).trimEnd();
  const above = before.slice(before.lastIndexOf('\n') + 1);
  return line.test(above) || line.test(text.slice(start, text.indexOf('\n', start)));
}

/** An item of a list together with its comma. */
export function cutItem(items: readonly Tree[], item: Tree): Change {
  const at = items.indexOf(item);
  const [before, after] = [items[at - 1], items[at + 1]];
  if (after) return [item.start, after.start, ''];
  return [before?.end ?? item.start, item.end, ''];
}

/** Another text for a name, where it is short for a field, too. */
export function replaced(script: Script, use: Tree, text: string): Change {
  return [use.start, use.end, script.parents.get(use)?.['shorthand'] ? `${nameOf(use)}: ${text}` : text];
}

/** The text with these changes; a change that touches one before it is left for the next time. */
export function applied(text: string, edits: readonly Edit[]): string {
  const taken: Change[] = [];
  for (const edit of edits)
    if (edit.every(([start, end]) => taken.every((other) => end < other[0] || start > other[1])))
      taken.push(...edit);
  return taken
    .toSorted((a, b) => b[0] - a[0])
    .reduce((done, [start, end, put]) => done.slice(0, start) + put + done.slice(end), text);
}
