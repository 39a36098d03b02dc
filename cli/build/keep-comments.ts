/**
 * Preserves the sources' comments and blank lines through esbuild, which drops both between statements and keeps only
 * "legal" comments, `//!` and its block form. So they are marked as such before bundling and unmarked after.
 *
 * Comments of code that is not in the output (types, imports, unused functions) are dropped with it. Rejected:
 * stripping types and concatenating, which leaves gaps in place of types and cannot find unused functions.
 */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import { Visitor, parseSync } from 'oxc-parser';
import type { Directive, Statement } from 'oxc-parser';

type Node = Directive | Statement;
interface Range {
  readonly start: number;
  readonly end: number;
}

const BLANK = '//!~blank~';

/** An esbuild plugin; `kept` names the top-level functions and variables that an earlier bundle contained. */
export function keepComments(kept: ReadonlySet<string>): Plugin {
  return {
    name: 'keep-comments',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
        loader: 'ts',
        contents: markComments(path, readFileSync(path, 'utf8'), kept),
      }));
    },
  };
}

/**
 * Marks comments and blank lines outside types and template literals. A file that leaves nothing in the output is
 * unchanged.
 */
export function markComments(path: string, source: string, kept: ReadonlySet<string>): string {
  const { program, comments, errors } = parseSync(path, source);
  if (errors[0]) throw new Error(`Cannot parse ${path}: ${errors[0].message}`);
  const erased: Range[] = program.body.filter((node) => isErased(node, kept));
  if (erased.length === program.body.length) return source;
  const edits: [start: number, end: number, text: string][] = [];
  for (const [i, { start, end, type }] of comments.entries()) {
    // A comment belongs to the statement around or below it, the first one to the file.
    const owner = program.body.find((node) => node.end > start);
    if (i > 0 && owner && erased.includes(owner)) continue;
    const isDoc = type === 'Block' && source[start + 2] === '*' && end > start + 4;
    edits.push([start + 2, start + (isDoc ? 3 : 2), '!']);
  }
  const quiet: Range[] = [...comments, ...erased];
  new Visitor({ TemplateLiteral: (node) => void quiet.push(node) }).visit(program);
  for (const { index } of source.matchAll(/^[ \t]*(?=\n)/gm))
    if (!quiet.some(({ start, end }) => index > start && index < end)) edits.push([index, index, BLANK]);
  edits.sort((a, b) => b[0] - a[0]);
  return edits.reduce((text, [start, end, put]) => text.slice(0, start) + put + text.slice(end), source);
}

/** Unmarks comments, turns blank-line marks into blank lines, drops esbuild's annotations for minifiers. */
export function unmarkComments(text: string): string {
  return text
    .replaceAll(/^.*\/\/!~blank~$/gm, '')
    .replaceAll('/* @__PURE__ */ ', '')
    .replaceAll(/^(\s*)\/\/!/gm, '$1//')
    .replaceAll(/(^|\s)\/\*!/g, '$1/**')
    .replaceAll('void 0', 'undefined');
}

/** Names of the top-level functions and variables of a script. */
export function declaredNames(body: readonly Node[]): Set<string> {
  return new Set(body.flatMap(namesOf));
}

function isErased(node: Node, kept: ReadonlySet<string>): boolean {
  const inner = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
  if (!inner || inner.type === 'ImportDeclaration') return true;
  if (inner.type === 'TSInterfaceDeclaration' || inner.type === 'TSTypeAliasDeclaration') return true;
  if ('declare' in inner && inner.declare) return true;
  const names = namesOf(inner);
  return names.length > 0 && names.every((name) => !kept.has(name));
}

function namesOf(node: Node): string[] {
  const inner = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
  if (inner?.type === 'FunctionDeclaration' || inner?.type === 'ClassDeclaration')
    return inner.id ? [inner.id.name] : [];
  if (inner?.type !== 'VariableDeclaration') return [];
  return inner.declarations.flatMap((one) => (one.id.type === 'Identifier' ? [one.id.name] : []));
}
