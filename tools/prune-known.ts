/**
 * What is known of a script's values: by the name under which a field is read, and by the local names that it gets.
 * Values are JavaScript texts; of some records only their being there is known.
 */
import { childOf, isQuiet, isWritten, listOf, nameOf, topNames, usesOf } from './prune-tree.ts';
import type { Script, Tree } from './prune-tree.ts';

/**
 * The value of `settings.log` as JavaScript, by "settings.log", of `settings.pools[0]` by "settings.pools[]"; "{}" for what is there and
 * not empty, more is not known of it.
 */
export type Known = Readonly<Record<string, string>>;

export const RECORD = '{}';

/** "settings.log" for `state.settings.log`, its last name alone where no property is asked for; "" for what has no name. */
function placeOf(object: Tree | null | undefined, property: unknown): string {
  if (!object) return '';
  if (object.type === 'ParenthesizedExpression' || object.type === 'ChainExpression')
    return placeOf(childOf(object, 'expression'), property);
  if (object.type === 'LogicalExpression') return placeOf(childOf(object, 'left'), property);
  const name = object.type === 'MemberExpression' ? nameOf(object['property']) : nameOf(object);
  return name === '' || !property ? name : `${name}.${nameOf(property)}`;
}

/** What an expression is known to come to, as JavaScript; undefined where it isn't. */
export function valueOf(script: Script, node: Tree, known: Known): string | undefined {
  switch (node.type) {
    case 'ParenthesizedExpression':
    case 'ChainExpression':
      return valueOf(script, childOf(node, 'expression'), known);
    case 'Literal':
      return node['regex'] ? undefined : script.text.slice(node.start, node.end);
    case 'ObjectExpression':
      return isQuiet(node) ? RECORD : undefined;
    case 'MemberExpression': {
      const place = placeOf(childOf(node, 'object'), node['computed'] ? null : node['property']);
      const value = known[node['computed'] ? `${place}[]` : place];
      return isWritten(script, node) ? undefined : value;
    }
    case 'Identifier':
      if (nameOf(node) === 'undefined') return 'undefined';
      if (isWritten(script, node)) return undefined;
      return known[nameOf(node)] ?? known[`=${script.tops.get(node)?.start}.${nameOf(node)}`];
    default:
      return undefined;
  }
}

export function isTruthy(value: string): boolean {
  return !/^(null|undefined|false|0|''|"")$/.test(value);
}

export const isNullish = (value: string): boolean => value === 'null' || value === 'undefined';

/** Local names for what is known: `const { log } = settings` and `const kong = null`. */
export function withLocals(script: Script, known: Known): Known {
  // Without a prototype: a script has names such as valueOf.
  const more = Object.assign(Object.create(null) as Record<string, string>, known);
  for (const node of script.nodes) {
    if (node.type !== 'VariableDeclarator' || script.parents.get(node)?.['kind'] === 'let') continue;
    const top = script.tops.get(node)!;
    for (const [name, value] of boundIn(script, childOf(node, 'id'), node['init'] as Tree | null, known))
      if (value !== undefined && value !== '[]' && usesOf(script, name) && !topNames(top).includes(name))
        more[`=${top.start}.${nameOf(name)}`] = value;
  }
  return more;
}

function boundIn(
  script: Script,
  id: Tree,
  init: Tree | null,
  known: Known,
): [name: Tree, value: string | undefined][] {
  if (id.type === 'ObjectPattern')
    return listOf(id, 'properties').flatMap((one) => {
      const name = one['value'] as Tree | undefined;
      return name?.type === 'Identifier' ? [[name, known[placeOf(init, one['key'])]]] : [];
    });
  if (id.type !== 'Identifier' || !init || init.type === 'ObjectExpression') return [];
  return [[id, init.type === 'NewExpression' ? RECORD : valueOf(script, init, known)]];
}
