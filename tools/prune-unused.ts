/** Takes out of a script what nobody uses any more: variables, functions, parameters, statements that are never reached. */
import { cut, cutItem } from './prune-edits.ts';
import type { Edit } from './prune-edits.ts';
import { callsOf } from './prune-calls.ts';
import { childOf, isQuiet, isWritten, listOf, usesOf } from './prune-tree.ts';
import type { Script, Tree } from './prune-tree.ts';

function unusedVariables(script: Script): Edit[] {
  return script.nodes.flatMap((node): Edit[] => {
    if (node.type !== 'VariableDeclarator' || !isQuiet(node['init'] as Tree)) return [];
    const declaration = script.parents.get(node)!;
    const id = childOf(node, 'id');
    const whole = listOf(declaration, 'declarations');
    if (script.parents.get(declaration)?.type === 'ForOfStatement') return [];
    if (id.type === 'Identifier') {
      if (usesOf(script, id)?.length !== 0) return [];
      return [[whole.length === 1 ? cut(script, declaration) : cutItem(whole, node)]];
    }
    if (id.type !== 'ObjectPattern') return [];
    const properties = listOf(id, 'properties');
    if (properties.length === 0 && whole.length === 1) return [[cut(script, declaration)]];
    if (properties.some((one) => one.type !== 'Property')) return [];
    return properties
      .filter(
        (one) =>
          childOf(one, 'value').type === 'Identifier' && usesOf(script, childOf(one, 'value'))?.length === 0,
      )
      .map((one) => [cutItem(properties, one)]);
  });
}

/** Variables that are given values and never read. */
function unreadVariables(script: Script): Edit[] {
  return script.nodes.flatMap((node): Edit[] => {
    if (node.type !== 'VariableDeclarator' || childOf(node, 'id').type !== 'Identifier') return [];
    const declaration = script.parents.get(node)!;
    const uses = usesOf(script, childOf(node, 'id')) ?? [];
    const writes = uses.map((use) => script.parents.get(script.parents.get(use)!));
    const alone = listOf(declaration, 'declarations').length === 1 && isQuiet(node['init'] as Tree);
    const idle =
      uses.length > 0 &&
      uses.every((use, at) => isWritten(script, use) && writes[at]?.type === 'ExpressionStatement');
    if (!alone || !idle || !uses.every((use) => isQuiet(script.parents.get(use)?.['right'] as Tree)))
      return [];
    return [[cut(script, declaration), ...writes.map((write) => cut(script, write!))]];
  });
}

function unusedFunctions(script: Script): Edit[] {
  return script.body
    .filter((top) => top.type === 'FunctionDeclaration')
    .filter((top) =>
      (usesOf(script, childOf(top, 'id')) ?? [top]).every((use) => script.tops.get(use) === top),
    )
    .map((top) => [cut(script, top)]);
}

/** Parameters that are not used, and what is given for none. */
function idleParameters(script: Script): Edit[] {
  return script.body.flatMap((top): Edit[] => {
    if (top.type !== 'FunctionDeclaration') return [];
    const calls = callsOf(script, childOf(top, 'id'));
    const params = listOf(top, 'params');
    if (!calls || calls.length === 0 || params.some((param) => param.type === 'RestElement')) return [];
    const extra = calls.flatMap((call): Edit[] => {
      const args = listOf(call, 'arguments');
      return args.length > params.length && isQuiet(args.at(-1)) ? [[cutItem(args, args.at(-1)!)]] : [];
    });
    return [
      ...extra,
      ...params.flatMap((param, at) =>
        parameterEdits(
          script,
          params,
          param,
          calls.map((call) => [listOf(call, 'arguments'), at]),
        ),
      ),
    ];
  });
}

function parameterEdits(
  script: Script,
  params: readonly Tree[],
  param: Tree,
  calls: readonly (readonly [args: Tree[], at: number])[],
): Edit[] {
  const idle = param.type === 'Identifier' && usesOf(script, param)?.length === 0;
  if (!idle || !calls.every(([args, at]) => isQuiet(args[at]))) return [];
  return [
    [cutItem(params, param), ...calls.flatMap(([args, at]) => (args[at] ? [cutItem(args, args[at])] : []))],
  ];
}

/** Last parameters of functions without a name, and what a parameter's pattern takes in vain. */
function idleInCallbacks(script: Script): Edit[] {
  return script.nodes.flatMap((node): Edit[] => {
    if (node.type === 'ArrowFunctionExpression') {
      const params = listOf(node, 'params');
      const last = params.at(-1);
      return last?.type === 'Identifier' && usesOf(script, last)?.length === 0
        ? [[cutItem(params, last)]]
        : [];
    }
    if (node.type !== 'ObjectPattern' || script.parents.get(node)?.type === 'VariableDeclarator') return [];
    const properties = listOf(node, 'properties');
    if (properties.some((one) => one.type !== 'Property')) return [];
    return properties
      .filter((one) => usesOf(script, childOf(one, 'value'))?.length === 0)
      .map((one) => [cutItem(properties, one)]);
  });
}

/** Statements behind one that ends its block. */
function unreachable(script: Script): Edit[] {
  return script.nodes.flatMap((node): Edit[] => {
    if (node.type !== 'BlockStatement') return [];
    const body = listOf(node, 'body');
    const end = body.findIndex((one) => /^(Return|Throw|Continue|Break)Statement$/.test(one.type));
    if (end < 0) return [];
    const isBare = body[end]?.type === 'ReturnStatement' && !body[end]['argument'];
    const endsFunction = end === body.length - 1 && /Function/.test(script.parents.get(node)?.type ?? '');
    return body.slice(isBare && endsFunction ? end : end + 1).map((one) => [cut(script, one)]);
  });
}

/** Every step of that kind. */
export function dropUnused(script: Script): Edit[] {
  return [
    ...unreachable(script),
    ...unusedFunctions(script),
    ...unusedVariables(script),
    ...unreadVariables(script),
    ...idleInCallbacks(script),
    ...idleParameters(script),
  ];
}
