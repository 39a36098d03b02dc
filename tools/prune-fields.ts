/**
 * Takes fields out of the gateway's own records that nobody reads any more.
 *
 * A record is known by its literal: one whose fields all belong to one of the records that the caller names, and that is not made into JSON.
 * Whether a field is read is told by its name alone, whoever's it is: more stays than must, never less.
 */
import { cut, cutItem } from './prune-edits.ts';
import type { Edit } from './prune-edits.ts';
import { childOf, isQuiet, isWritten, listOf, nameOf } from './prune-tree.ts';
import type { Script, Tree } from './prune-tree.ts';

/** Names of a record's fields. */
export type OwnRecord = ReadonlySet<string>;

/** Fields that the platform may read of any record. */
const PLATFORM = /^(method|headers|body|redirect|signal|cf|status|webSocket)$/;

function isOwn(script: Script, literal: Tree, records: readonly OwnRecord[]): boolean {
  if (literal.type !== 'ObjectExpression' || isForJson(script, literal)) return false;
  const keys = listOf(literal, 'properties').map((one) => nameOf(one['key']));
  return records.some((record) => keys.every((key) => record.has(key)));
}

function isForJson({ parents }: Script, literal: Tree): boolean {
  for (let at = parents.get(literal); at && !at.type.endsWith('Statement'); at = parents.get(at))
    if (nameOf((at['callee'] as Tree | undefined)?.['property']) === 'stringify') return true;
  return false;
}

/** Whether a read only makes a field of the same name, of which nobody knows yet that it is read. */
function isCopy(script: Script, node: Tree, records: readonly OwnRecord[]): boolean {
  let root = node;
  for (; root.type === 'MemberExpression'; root = childOf(root, 'object'))
    if (nameOf(root['property']) === 'cf' && root !== node) return true;
  if (root.type === 'Identifier' && !script.declared.has(nameOf(root))) return true;
  const name = nameOf(node['property']);
  for (let at: Tree | undefined = node; at && !at.type.endsWith('Statement'); at = script.parents.get(at)) {
    const then =
      script.parents.get(at)?.['test'] === at ? childOf(script.parents.get(at)!, 'consequent') : null;
    const guarded =
      then?.type === 'ExpressionStatement'
        ? (childOf(then, 'expression')['left'] as Tree | undefined)
        : undefined;
    if (guarded?.type === 'MemberExpression' && nameOf(guarded['property']) === name) return true;
    if (at.type === 'Property')
      return nameOf(at['key']) === name && isOwn(script, script.parents.get(at)!, records);
    const left = at.type === 'AssignmentExpression' ? childOf(at, 'left') : null;
    if (left?.type === 'MemberExpression' && left !== node) return nameOf(left['property']) === name;
  }
  return false;
}

/** `gone` are fields of which the caller knows that nobody asks for them. */
export function dropFields(script: Script, records: readonly OwnRecord[], gone: ReadonlySet<string>): Edit[] {
  const made = new Map<string, Tree[]>();
  const read = new Set<string>();
  const set = new Map<string, Tree[]>();
  const add = (to: Map<string, Tree[]>, name: string, node: Tree) =>
    to.set(name, [...(to.get(name) ?? []), node]);
  for (const node of script.nodes) {
    const isField = node.type === 'MemberExpression' && !node['computed'];
    const name = nameOf(node[isField ? 'property' : 'key']);
    if (isField && isWritten(script, node)) add(set, name, script.parents.get(node)!);
    else if (isField && !isCopy(script, node, records)) read.add(name);
    if (node.type !== 'Property') continue;
    const around = script.parents.get(node)!;
    if (around.type === 'ObjectPattern' && !isNew(script, around)) read.add(name);
    if (gone.has(name) || (isOwn(script, around, records) && !PLATFORM.test(name))) add(made, name, node);
  }
  return [...new Set([...made.keys(), ...set.keys()])]
    .filter((name) => !read.has(name) && (gone.has(name) || records.some((record) => record.has(name))))
    .flatMap((name) => unreadField(script, made.get(name) ?? [], set.get(name) ?? [], gone.has(name)));
}

/** `const { a } = new X()` reads nothing of ours. */
function isNew(script: Script, pattern: Tree): boolean {
  return (script.parents.get(pattern)?.['init'] as Tree | null)?.type === 'NewExpression';
}

function unreadField(
  script: Script,
  places: readonly Tree[],
  writes: readonly Tree[],
  gone: boolean,
): Edit[] {
  const properties = places
    .filter((place) => gone || isQuiet(childOf(place, 'value')))
    .map((place): Edit => [cutItem(listOf(script.parents.get(place)!, 'properties'), place)]);
  const statements = writes.flatMap((write): Edit[] => {
    const statement = script.parents.get(write);
    const quiet = write.type === 'UpdateExpression' || isQuiet(childOf(write, 'right'));
    return quiet && statement?.type === 'ExpressionStatement' ? [[cut(script, statement)]] : [];
  });
  return [...properties, ...statements];
}
