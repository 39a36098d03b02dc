/**
 * Folds what hangs on what is known: conditions, comparisons, choices, loops over nothing. The text of what stays is not touched.
 */
import { cut, cutItem, isListed } from './prune-edits.ts';
import type { Change, Edit } from './prune-edits.ts';
import { RECORD, isNullish, isTruthy, valueOf, withLocals } from './prune-known.ts';
import type { Known } from './prune-known.ts';
import { childOf, isQuiet, listOf, nameOf, topNames, usesOf } from './prune-tree.ts';
import type { Script, Tree } from './prune-tree.ts';

/** Whether only the truth of this expression counts where it stands. */
function isCondition(script: Script, node: Tree): boolean {
  const parent = script.parents.get(node);
  if (!parent) return false;
  if (parent.type === 'UnaryExpression') return parent['operator'] === '!';
  if (parent['test'] === node) return true;
  if (parent.type === 'ParenthesizedExpression') return isCondition(script, parent);
  return parent.type === 'LogicalExpression' && parent['operator'] !== '??' && isCondition(script, parent);
}

function isBoolean(node: Tree): boolean {
  if (node.type === 'UnaryExpression') return node['operator'] === '!';
  if (node.type === 'CallExpression')
    return /^(has|includes|test|startsWith|endsWith)$/.test(nameOf(childOf(node, 'callee')['property']));
  return node.type === 'BinaryExpression' && /^([=!]==?|[<>]=?)$/.test(String(node['operator']));
}

/** What a local name was given, where it is given once. */
function originalOf(script: Script, node: Tree): Tree {
  const [id, ...others] = (script.declared.get(nameOf(node)) ?? []).filter(
    (one) => script.tops.get(one) === script.tops.get(node),
  );
  const declarator = id && script.parents.get(id);
  if (node.type !== 'Identifier' || others.length > 0 || declarator?.type !== 'VariableDeclarator')
    return node;
  const isConst = script.parents.get(declarator)?.['kind'] !== 'let' && declarator['id'] === id;
  return isConst && declarator['init'] ? childOf(declarator, 'init') : node;
}

function foldLogical(script: Script, node: Tree, known: Known): string | null {
  const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
  const [text, other] = [left, right].map((side) => script.text.slice(side.start, side.end)) as [
    string,
    string,
  ];
  const [l, r] = [left, right].map((side) => valueOf(script, side, known));
  if (node['operator'] === '??') return l === undefined ? null : isNullish(l) ? other : text;
  const and = node['operator'] === '&&';
  if (l !== undefined) return isTruthy(l) === and ? other : text;
  const condition = isCondition(script, node);
  if (r === undefined || !(condition || (isBoolean(originalOf(script, left)) && /^(true|false)$/.test(r))))
    return null;
  if (isTruthy(r) === and) return text;
  return isQuiet(left) ? String(!and) : null;
}

function foldComparison(script: Script, node: Tree, known: Known): string | null {
  const sides = [childOf(node, 'left'), childOf(node, 'right')];
  const [l, r] = sides.map((side) => valueOf(script, side, known)?.replaceAll("'", '"'));
  const operator = String(node['operator']);
  if (operator === 'instanceof') return l !== undefined && isNullish(l) ? 'false' : null;
  if (l === undefined || r === undefined || !/^[=!]==$/.test(operator)) return null;
  if (l === '[]' || r === '[]' || (l === RECORD && r === RECORD)) return null;
  return String((l === r) === (operator === '==='));
}

/** The text that stands for an expression, or null where it stays. */
function foldExpression(script: Script, node: Tree, known: Known): string | null {
  const textOf = (key: string) => script.text.slice(childOf(node, key).start, childOf(node, key).end);
  const valueAt = (key: string) => valueOf(script, childOf(node, key), known);
  switch (node.type) {
    case 'LogicalExpression':
      return foldLogical(script, node, known);
    case 'BinaryExpression':
      return foldComparison(script, node, known);
    case 'ConditionalExpression': {
      const test = valueAt('test');
      if (test !== undefined) return textOf(isTruthy(test) ? 'consequent' : 'alternate');
      return textOf('consequent') === textOf('alternate') && isQuiet(childOf(node, 'test'))
        ? textOf('alternate')
        : null;
    }
    case 'UnaryExpression': {
      const value = node['operator'] === '!' ? valueAt('argument') : undefined;
      return value === undefined ? null : String(!isTruthy(value));
    }
    case 'CallExpression':
      return foldFlatMap(script, node);
    case 'AwaitExpression':
      return [undefined, RECORD].includes(valueAt('argument')) ? null : textOf('argument');
    case 'MemberExpression':
      return foldMember(script, node, known);
    case 'Identifier': {
      const value = script.uses.get(nameOf(node))?.includes(node) ? valueOf(script, node, known) : undefined;
      if (value === undefined || value === RECORD || value === nameOf(node)) return null;
      const parent = script.parents.get(node);
      return parent?.type === 'Property' && parent['shorthand'] ? `${nameOf(node)}: ${value}` : value;
    }
    default:
      return null;
  }
}

/** `list.flatMap((x) => [y])` is `list.map((x) => y)`. */
function foldFlatMap(script: Script, node: Tree): string | null {
  const callee = childOf(node, 'callee');
  const [made] = listOf(node, 'arguments');
  const body = made?.type === 'ArrowFunctionExpression' ? childOf(made, 'body') : null;
  const [item, ...others] = body?.type === 'ArrayExpression' ? listOf(body, 'elements') : [];
  if (
    nameOf(callee['property']) !== 'flatMap' ||
    !item ||
    others.length > 0 ||
    !/Array|Literal|Ident/.test(item.type)
  )
    return null;
  const textOf = (start: number, end: number) => script.text.slice(start, end);
  const list = textOf(node.start, childOf(callee, 'property').start);
  return `${list}map(${textOf(made!.start, body!.start)}${textOf(item.start, item.end)})`;
}

function foldMember(script: Script, node: Tree, known: Known): string | null {
  const value = valueOf(script, node, known);
  const parent = script.parents.get(node);
  if (value === '[]') return parent?.type === 'ForOfStatement' ? value : null;
  if (value !== undefined && value !== RECORD) return value;
  const object = childOf(node, 'object');
  if (node['optional'] && isNullish(valueOf(script, object, known) ?? '')) return 'undefined';
  if (!node['optional'] || valueOf(script, object, known) !== RECORD) return null;
  return script.text.slice(node.start, node.end).replace(/\?\.(?=\w+$)/, '.');
}

/** Every step that what is known allows, innermost first. */
export function foldKnown(script: Script, written: Known): Edit[] {
  const known = withLocals(script, written);
  return script.nodes.toReversed().flatMap((node): Edit[] => {
    const statement = foldStatement(script, node, known);
    if (statement) return [[statement]];
    if (isSpreadNothing(script, node, known))
      return [[cutItem(listOf(script.parents.get(node)!, 'properties'), node)]];
    const text = foldExpression(script, node, known);
    return text === null ? [] : [[[node.start, node.end, text]]];
  });
}

/** `...null` in a record. */
function isSpreadNothing(script: Script, node: Tree, known: Known): boolean {
  if (node.type !== 'SpreadElement' || script.parents.get(node)?.type !== 'ObjectExpression') return false;
  return isNullish(valueOf(script, childOf(node, 'argument'), known) ?? '');
}

/** What takes the place of a statement, or null where it stays. */
function foldStatement(script: Script, node: Tree, known: Known): Change | null {
  if (node.type === 'IfStatement') return foldIf(script, node, known);
  const [name, ...others] = node.type === 'VariableDeclaration' ? topNames(node) : [];
  const idle =
    node.type === 'ForOfStatement'
      ? isIdleLoop(node)
      : node.type === 'ExpressionStatement'
        ? isQuiet(childOf(node, 'expression')) && node['directive'] === undefined
        : others.length === 0 && ![undefined, RECORD].includes(known[nameOf(name)]);
  return idle ? cut(script, node) : null;
}

function isIdleLoop(node: Tree): boolean {
  const right = childOf(node, 'right');
  const none = right.type === 'ArrayExpression' && listOf(right, 'elements').length === 0;
  return none || (isEmpty(childOf(node, 'body')) && isQuiet(right));
}

function isEmpty(node: Tree): boolean {
  return node.type === 'BlockStatement' && listOf(node, 'body').length === 0;
}

/** Whether a block's own names stand for nothing else around it, so that its braces may go. */
function isLoose(script: Script, block: Tree): boolean {
  const own = listOf(block, 'body').filter((one) => one.type === 'VariableDeclaration');
  const declared = script.nodes.filter(
    (node) =>
      own.some(({ start, end }) => node.start >= start && node.end <= end) &&
      script.declared.get(nameOf(node))?.includes(node),
  );
  return declared.every((id) => usesOf(script, id) !== null);
}

function foldIf(script: Script, node: Tree, known: Known): Change | null {
  const [consequent, alternate] = [childOf(node, 'consequent'), node['alternate'] as Tree | null];
  const test = valueOf(script, childOf(node, 'test'), known);
  if (test === undefined) {
    if (alternate) return isEmpty(alternate) ? [consequent.end, alternate.end, ''] : null;
    return isEmpty(consequent) && isQuiet(childOf(node, 'test')) ? cut(script, node) : null;
  }
  const kept = isTruthy(test) ? consequent : alternate;
  if (!kept) return cut(script, node);
  const inner = kept.type === 'BlockStatement' && isListed(script, node) && isLoose(script, kept) ? 1 : 0;
  return [node.start, node.end, script.text.slice(kept.start + inner, kept.end - inner).trim()];
}
