/** Puts what stands behind a name in its place, where that is as good a text: `b` for `const a = b`, `STATE.b` for `const { b } = STATE`. */
import { replaced } from './prune-edits.ts';
import type { Edit } from './prune-edits.ts';
import { childOf, isWritten, nameOf, topNames, usesOf } from './prune-tree.ts';
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
  return [...aliases(script), ...singleNames(script)];
}
