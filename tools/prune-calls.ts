/**
 * Puts what a call comes to in its place: nothing, the one expression of a stand-in, what a function returns that is called once. And what
 * all callers give for a parameter takes the parameter's place.
 */
import { replaced } from './prune-edits.ts';
import type { Edit } from './prune-edits.ts';
import { literalText } from './prune-names.ts';
import { childOf, isQuiet, isWritten, listOf, nameOf, topNames, usesOf } from './prune-tree.ts';
import type { Script, Tree } from './prune-tree.ts';

/** Calls of a top-level function, or null where it is used in another way, too. */
export function callsOf(script: Script, id: Tree): Tree[] | null {
  const uses = usesOf(script, id);
  const calls = uses?.map((use) => script.parents.get(use)!) ?? [];
  const plain = calls.every(
    (call, at) =>
      call.type === 'CallExpression' &&
      call['callee'] === uses?.[at] &&
      listOf(call, 'arguments').every((one) => one.type !== 'SpreadElement'),
  );
  return uses && plain ? calls : null;
}

/** Calls of functions that do nothing, or that stand in for more. */
function plainCalls(script: Script, standIns: ReadonlySet<string>): Edit[] {
  return script.body.flatMap((top) => topNames(top).flatMap((id) => callEdits(script, top, id, standIns)));
}

function callEdits(script: Script, top: Tree, id: Tree, standIns: ReadonlySet<string>): Edit[] {
  const made =
    top.type === 'FunctionDeclaration' ? top : (listOf(top, 'declarations')[0]?.['init'] as Tree | null);
  if (!made || !/Function/.test(made.type) || made['async']) return [];
  const body = childOf(made, 'body');
  const params = listOf(made, 'params');
  const empty = body.type === 'BlockStatement' && listOf(body, 'body').length === 0;
  if (!empty && (body.type === 'BlockStatement' || !standIns.has(nameOf(id)))) return [];
  if (params.some((param) => param.type !== 'Identifier')) return [];
  return (callsOf(script, id) ?? []).flatMap((call): Edit[] => {
    const args = listOf(call, 'arguments');
    if (!args.every(isQuiet)) return [];
    return [[[call.start, call.end, empty ? 'undefined' : inlined(script, body, params, args)]]];
  });
}

/** Expressions that mean the same wherever they stand; all others need brackets. */
const BOUND =
  /^(Identifier|Literal|MemberExpression|CallExpression|ParenthesizedExpression|ArrayExpression)$/;

function bracketed(node: Tree, text: string): string {
  return BOUND.test(node.type) ? text : `(${text})`;
}

/** What a function returns, with what is given in place of its parameters. */
function inlined(script: Script, body: Tree, params: readonly Tree[], args: readonly Tree[]): string {
  let text = script.text.slice(body.start, body.end);
  const uses = params.flatMap((param, at) =>
    (usesOf(script, param) ?? []).map((use) => ({ use, arg: args[at] })),
  );
  for (const { use, arg } of uses.toSorted((a, b) => b.use.start - a.use.start)) {
    const given = arg ? bracketed(arg, script.text.slice(arg.start, arg.end)) : 'undefined';
    const put = script.parents.get(use)?.['shorthand'] ? `${nameOf(use)}: ${given}` : given;
    text = text.slice(0, use.start - body.start) + put + text.slice(use.end - body.start);
  }
  return bracketed(body, text);
}

/** Calls of functions that only return something, are called once and have no comment of their own. */
function singleCalls(script: Script): Edit[] {
  return script.body.flatMap((top): Edit[] => {
    if (top.type !== 'FunctionDeclaration' || top['async'] || isTold(script, top)) return [];
    const [only, ...others] = listOf(childOf(top, 'body'), 'body');
    const [call, ...more] = callsOf(script, childOf(top, 'id')) ?? [];
    const [params, args] = [listOf(top, 'params'), call ? listOf(call, 'arguments') : []];
    const value = only?.type === 'ReturnStatement' ? (only['argument'] as Tree | null) : null;
    if (!call || !value || others.length + more.length > 0 || !args.every(isQuiet)) return [];
    const once = params.every(
      (param, at) =>
        param.type === 'Identifier' &&
        ((usesOf(script, param)?.length ?? 2) < 2 || args[at]?.type === 'Identifier'),
    );
    return once && isMovable(script, value, call) && usesOf(script, params[0] ?? childOf(top, 'id'))
      ? [[[call.start, call.end, inlined(script, value, params, args)]]]
      : [];
  });
}

/** Whether an expression comes to the same where a call of it stood: no later, and with the same names. */
function isMovable(script: Script, value: Tree, call: Tree): boolean {
  const inside = script.nodes.filter(({ start, end }) => start >= value.start && end <= value.end);
  const isKnown = (node: Tree, at: Tree): boolean =>
    script.declared.get(nameOf(node))?.some((one) => script.tops.get(one) === script.tops.get(at)) === true;
  const isTaken = (node: Tree): boolean =>
    script.uses.get(nameOf(node))?.includes(node) === true && !isKnown(node, value) && isKnown(node, call);
  const isStill = (arg: Tree): boolean =>
    arg.type === 'Literal' ||
    (arg.type === 'Identifier' && !script.uses.get(nameOf(arg))?.some((use) => isWritten(script, use)));
  const isFirst = isQuiet(value) || listOf(call, 'arguments').every(isStill);
  return isFirst && !inside.some((node) => /Function/.test(node.type) || isTaken(node));
}

/** Whether a comment stands right above a statement. */
function isTold({ text, comments }: Script, { start }: Tree): boolean {
  return comments.some(
    (comment) =>
      comment.end < start &&
      text.slice(comment.end, start).trim() === '' &&
      !/\n\s*\n/.test(text.slice(comment.end, start)),
  );
}

/** Parameters to which all callers give the same literal, or the same thing that never changes. */
function fixedParameters(script: Script): Edit[] {
  return script.body.flatMap((top) => {
    const calls = top.type === 'FunctionDeclaration' ? callsOf(script, childOf(top, 'id')) : null;
    return !calls
      ? []
      : listOf(top, 'params').flatMap((param, at) => {
          const uses = param.type === 'Identifier' ? usesOf(script, param) : null;
          const [text, ...others] = new Set(
            calls.map((call) => literalText(script, listOf(call, 'arguments')[at])),
          );
          if (!uses || text === undefined || others.length > 0 || uses.some((use) => isWritten(script, use)))
            return [];
          return uses.map((use): Edit => [replaced(script, use, text)]);
        });
  });
}

/** Every step of that kind; calls of `standIns` become their one expression. */
export function resolveCalls(script: Script, standIns: ReadonlySet<string>): Edit[] {
  return [...plainCalls(script, standIns), ...singleCalls(script), ...fixedParameters(script)];
}
