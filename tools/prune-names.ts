/** Puts what stands behind a name in its place, where that is as good a text: `b` for `const a = b`, `STATE.b` for `const { b } = STATE`. */
import { isListed, replaced } from './prune-edits.ts';
import type { Edit } from './prune-edits.ts';
import { childOf, isQuiet, isWritten, listOf, nameOf, topNames, usesOf } from './prune-tree.ts';
import type { Script, Tree } from './prune-tree.ts';

/** `const a = b` where neither changes: b is as good a name. */
function aliases(script: Script): Edit[] {
  return script.nodes.flatMap((node): Edit[] => {
    const init = node['init'] as Tree | null;
    if (
      node.type !== 'VariableDeclarator' ||
      init?.type !== 'Identifier' ||
      script.parents.get(node)?.['kind'] === 'let'
    )
      return [];
    const all = script.declared.get(nameOf(init)) ?? [];
    const here = all.filter((one) => script.tops.get(one) === script.tops.get(node));
    const [source, ...others] = here.length > 0 ? here : all;
    const isFixed = (id: Tree | undefined) =>
      id && id.type === 'Identifier' && usesOf(script, id)?.every((use) => !isWritten(script, use));
    if (others.length > 0 || !isFixed(source) || !isFixed(childOf(node, 'id'))) return [];
    return (usesOf(script, childOf(node, 'id')) ?? []).map((use) => [replaced(script, use, nameOf(init))]);
  });
}

/** Names that are used once, for what never changes: `const a = STATE.b` and `const { b } = STATE`. */
function singleNames(script: Script): Edit[] {
  return script.nodes.flatMap((node): Edit[] => {
    const parent = script.parents.get(node);
    const isField = node.type === 'Property' && parent?.type === 'ObjectPattern';
    const declarator = isField ? script.parents.get(parent) : node;
    if (declarator?.type !== 'VariableDeclarator' || script.parents.get(declarator)?.['kind'] === 'let')
      return [];
    const id = childOf(node, isField ? 'value' : 'id');
    const [use, ...others] = (id.type === 'Identifier' ? usesOf(script, id) : null) ?? [];
    const text = isField
      ? fieldText(script, node, declarator)
      : literalText(script, declarator['init'] as Tree);
    if (
      !use ||
      others.length > 0 ||
      isWritten(script, use) ||
      text === undefined ||
      topNames(script.tops.get(id)!).includes(id)
    )
      return [];
    return [[replaced(script, use, text)]];
  });
}

/** `STATE.b` for the b in `const { b } = STATE`, where neither ever changes. */
function fieldText(script: Script, { key }: Tree, { init }: Tree): string | undefined {
  const record = init as Tree | null;
  const root = record?.type === 'Identifier' ? literalText(script, record) : undefined;
  return root && !script.set.has(nameOf(key)) ? `${root}.${nameOf(key)}` : undefined;
}

/** `const [a, b] = [1, 2]` and `const { a, b } = { a: 1, b: 2 }`, in a line each. */
function listedNames(script: Script): Edit[] {
  return script.nodes.flatMap((node): Edit[] => {
    const [one, ...others] = node.type === 'VariableDeclaration' ? listOf(node, 'declarations') : [];
    const pairs =
      one && others.length === 0 && isListed(script, node)
        ? pairsIn(childOf(one, 'id'), one['init'] as Tree | null)
        : null;
    if (!pairs?.every(([name, value]) => name?.type === 'Identifier' && value)) return [];
    const lines = pairs.map(
      ([name, value]) =>
        `${String(node['kind'])} ${nameOf(name)} = ${script.text.slice(value!.start, value!.end)};`,
    );
    return [[[node.start, node.end, lines.join('\n')]]];
  });
}

/** Each name of a pattern with what it is given; null where the two don't match. */
function pairsIn(pattern: Tree, given: Tree | null): [name: Tree | null, value: Tree | undefined][] | null {
  if (pattern.type === 'ArrayPattern' && given?.type === 'ArrayExpression') {
    const values = listOf(given, 'elements');
    const names = listOf(pattern, 'elements');
    return names.length === values.length ? names.map((name, at) => [name, values[at]]) : null;
  }
  if (pattern.type !== 'ObjectPattern' || given?.type !== 'ObjectExpression') return null;
  if (!isQuiet(given) || listOf(given, 'properties').some((one) => one.type !== 'Property')) return null;
  const values = new Map(
    listOf(given, 'properties').map((one) => [nameOf(one['key']), one['value'] as Tree]),
  );
  return listOf(pattern, 'properties').map((one) => [one['value'] as Tree, values.get(nameOf(one['key']))]);
}

/** The text of a literal, or of a top-level name that never changes; undefined for all else. */
export function literalText(script: Script, node: Tree | undefined): string | undefined {
  if (!node) return undefined;
  const text = script.text.slice(node.start, node.end);
  if (node.type === 'Literal') return node['regex'] ? undefined : text;
  const root = node.type === 'MemberExpression' && !node['computed'] ? childOf(node, 'object') : node;
  if (root.type !== 'Identifier') return undefined;
  if (nameOf(root) === 'undefined') return text;
  const [id] = script.declared.get(nameOf(root)) ?? [];
  const top = id && script.tops.get(id);
  const isStill = root === node || !script.set.has(nameOf(node['property']));
  const fixed = isStill && top?.type === 'VariableDeclaration' && topNames(top).includes(id!);
  return fixed && usesOf(script, id!)?.every((use) => !isWritten(script, use)) ? text : undefined;
}

/** Every step of that kind. */
export function resolveNames(script: Script): Edit[] {
  return [...aliases(script), ...singleNames(script), ...listedNames(script)];
}
