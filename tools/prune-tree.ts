/**
 * A script's syntax tree with what pruning needs of it: parents, names and who uses them, which expressions do nothing.
 * Scopes are not resolved: a name counts for a variable only where it is declared once in its top-level statement.
 */
import { parseSync, visitorKeys } from 'oxc-parser';

export interface Tree {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}
export interface Script {
  readonly text: string;
  readonly body: readonly Tree[];
  readonly nodes: readonly Tree[];
  readonly comments: readonly { readonly start: number; readonly end: number }[];
  readonly parents: ReadonlyMap<Tree, Tree>;
  /** The top-level statement around a node. */
  readonly tops: ReadonlyMap<Tree, Tree>;
  /** Identifiers that stand for a value of this name, and those that declare it. */
  readonly uses: ReadonlyMap<string, readonly Tree[]>;
  readonly declared: ReadonlyMap<string, readonly Tree[]>;
  /** Names of fields that are ever given a value. */
  readonly set: ReadonlySet<string>;
}

export function readScript(text: string): Script {
  const { program, comments, errors } = parseSync('script.js', text, { sourceType: 'script' });
  if (errors[0]) throw new Error(`Cannot prune the script: ${errors[0].message}`);
  const parents = new Map<Tree, Tree>();
  const tops = new Map<Tree, Tree>();
  const nodes: Tree[] = [];
  const enter = (node: Tree, top: Tree): void => {
    nodes.push(node);
    tops.set(node, top);
    for (const child of childrenOf(node)) {
      parents.set(child, node);
      enter(child, top);
    }
  };
  const body = program.body as unknown as Tree[];
  for (const top of body) enter(top, top);
  const uses = new Map<string, Tree[]>();
  const declared = new Map<string, Tree[]>();
  for (const node of nodes) {
    if (node.type !== 'Identifier' || isPropertyName(node, parents.get(node))) continue;
    const list = isDeclaring(node, parents) ? declared : uses;
    const name = nameOf(node);
    const same = list.get(name);
    if (same) same.push(node);
    else list.set(name, [node]);
  }
  const fields = nodes.filter((node) => node['property'] && isWritten({ parents }, node));
  const set = new Set(fields.map((node) => nameOf(node['property'])));
  return { text, body, nodes, comments, parents, tops, uses, declared, set };
}

export function childrenOf(node: Tree): Tree[] {
  const children: Tree[] = [];
  for (const key of visitorKeys[node.type] ?? []) {
    const value = node[key];
    if (Array.isArray(value)) children.push(...(value as (Tree | null)[]).filter((one) => one !== null));
    else if (value) children.push(value as Tree);
  }
  return children;
}

export function nameOf(node: unknown): string {
  return String((node as Tree | null)?.['name'] ?? '');
}

/** What a node holds under a key. */
export function childOf(node: Tree, key: string): Tree {
  return node[key] as Tree;
}

export function listOf(node: Tree, key: string): Tree[] {
  return node[key] as Tree[];
}

function isPropertyName(node: Tree, parent: Tree | undefined): boolean {
  if (parent?.type === 'MemberExpression') return parent['property'] === node && !parent['computed'];
  return (
    parent?.type === 'Property' && parent['key'] === node && !parent['computed'] && parent['value'] !== node
  );
}

/** Parameters, patterns and declared names, but not the defaults in them. */
function isDeclaring(node: Tree, parents: ReadonlyMap<Tree, Tree>): boolean {
  let child = node;
  for (let parent = parents.get(child); parent; child = parent, parent = parents.get(child)) {
    if (parent.type === 'VariableDeclarator') return parent['id'] === child;
    if (/Function/.test(parent.type))
      return parent['id'] === child || listOf(parent, 'params').includes(child);
    if (parent.type === 'CatchClause') return parent['param'] === child;
    if (parent.type === 'AssignmentPattern' ? parent['left'] === child : /Pattern$|^Rest/.test(parent.type))
      continue;
    if (
      parent.type === 'Property' &&
      parents.get(parent)?.type === 'ObjectPattern' &&
      parent['value'] === child
    )
      continue;
    return false;
  }
  return false;
}

/** Uses of the variable that this identifier declares, or null where its name stands for something else, too. */
export function usesOf(script: Script, id: Tree): readonly Tree[] | null {
  const top = script.tops.get(id);
  const isHere = (node: Tree): boolean => script.tops.get(node) === top;
  const own = (script.declared.get(nameOf(id)) ?? []).filter(isHere);
  const isTop = top !== undefined && topNames(top).includes(id);
  if (own.length !== 1 || own[0] !== id) return null;
  const all = script.uses.get(nameOf(id)) ?? [];
  if (!isTop) {
    const { start, end } = scopeOf(script, id);
    const here = all.filter(isHere);
    return here.every((use) => use.start >= start && use.end <= end) ? here : null;
  }
  return (script.declared.get(nameOf(id)) ?? []).length === 1 ? all : null;
}

/** The block, loop or function in which a local name is known. */
function scopeOf(script: Script, id: Tree): Tree {
  let scope = id;
  do scope = script.parents.get(scope) ?? scope;
  while (!/Block|^For|Function|Catch|^Switch/.test(scope.type) && script.parents.has(scope));
  return scope;
}

/** Identifiers that a top-level statement declares for the others. */
export function topNames(top: Tree): Tree[] {
  if (top.type === 'FunctionDeclaration') return [childOf(top, 'id')];
  return top.type === 'VariableDeclaration'
    ? listOf(top, 'declarations').map((one) => childOf(one, 'id'))
    : [];
}

/** Whether a name or a field is given a value here, or taken away. */
export function isWritten({ parents }: Pick<Script, 'parents'>, node: Tree): boolean {
  const parent = parents.get(node);
  if (!parent) return false;
  if (/^(Assignment|ForOf|ForIn)/.test(parent.type)) return parent['left'] === node;
  if (parent.type === 'Property') return parents.get(parent)?.type === 'ObjectPattern';
  return /^(Update|ArrayPattern|Rest)/.test(parent.type) || parent['operator'] === 'delete';
}

const QUIET_CALLS =
  /^(map|flatMap|now|id|random|get|has|includes|slice|startsWith|endsWith|toLowerCase|indexOf)$/;

/** Whether nothing is lost where this expression is not evaluated: it changes nothing and throws nothing on purpose. */
export function isQuiet(node: Tree | null | undefined): boolean {
  if (!node) return true;
  if (/Assignment|Update|Await|Yield|Import|Tagged|Class/.test(node.type)) return false;
  if (/Function/.test(node.type)) return true;
  if (node.type === 'UnaryExpression' && node['operator'] === 'delete') return false;
  if (node.type === 'NewExpression' && !/^(Map|Set|Headers|TextEncoder)$/.test(nameOf(node['callee'])))
    return false;
  if (node.type === 'CallExpression') {
    const callee = childOf(node, 'callee');
    if (callee.type !== 'MemberExpression' || !QUIET_CALLS.test(nameOf(callee['property']))) return false;
    if (/map$/i.test(nameOf(callee['property'])))
      return listOf(node, 'arguments').every(
        (one) => one.type === 'ArrowFunctionExpression' && isQuiet(childOf(one, 'body')),
      );
  }
  return childrenOf(node).every(isQuiet);
}
