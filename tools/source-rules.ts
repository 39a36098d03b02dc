/**
 * The house rules about the Worker's sources, each a function from sources to faults. A fault says where and what to do.
 * They read the syntax tree, never the text, so that a comment or a string can't trip them.
 */
import { Visitor } from 'oxc-parser';
import { FLOORS, floorOf } from './floors.ts';
import {
  declarationOf,
  importsOf,
  isFunction,
  isTypesAlone,
  walk,
  type Source,
  type Tree,
} from './sources.ts';

export function floorFaults(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const floor = floorOf(source.room);
    if (floor < 0) return [`${source.path} has no floor: give it one in tools/floors.ts`];
    return importsOf(source)
      .filter((room) => floorOf(room) >= floor)
      .map((room) => `${source.room} (${floor}) imports ${room} (${floorOf(room)})`);
  });
}

/** Files that the table names and nobody has written. */
export function emptyRooms(sources: readonly Source[]): string[] {
  const rooms = new Set(sources.map((source) => source.room));
  return FLOORS.flatMap((floor) => floor.files).filter((room) => !rooms.has(room));
}

const OUTSIDE = new Set(
  'fetch setTimeout clearTimeout setInterval clearInterval queueMicrotask scheduler crypto globalThis self console caches performance navigator process GATEWAY_CONFIG'.split(
    ' ',
  ),
);
const OUTSIDE_MEMBERS = new Set(['Date.now', 'Math.random', 'AbortSignal.timeout']);

/** Only runtime.ts names the clock, chance, timers, cryptography, the network and bindings. */
export function outsideFaults(sources: readonly Source[]): string[] {
  return sources
    .filter((source) => source.room !== 'runtime')
    .flatMap((source) =>
      outsideNames(source).map((name) => `${source.path} names ${name}: only lib/runtime.ts may`),
    );
}

function outsideNames(source: Source): string[] {
  const names: string[] = [];
  // A property is no name: `runtime.fetch` and `{ fetch: ... }` are the record's, not the platform's.
  walk(source.program as unknown as Tree, (node, key, parent) => {
    if (node.type === 'MemberExpression') {
      const member = source.text.slice(node.start, node.end);
      if (OUTSIDE_MEMBERS.has(member)) names.push(member);
    }
    if (node.type === 'NewExpression' && /^new Date\(\)?$/.test(source.text.slice(node.start, node.end)))
      names.push('new Date()');
    const property = (key === 'property' || key === 'key') && parent?.['computed'] !== true;
    if (node.type === 'Identifier' && !property && OUTSIDE.has(String(node['name'])))
      names.push(String(node['name']));
  });
  return names;
}

const MEMORY = new Set(['Map', 'Set', 'WeakMap', 'WeakSet']);

/** Whatever an isolate remembers is made in state.ts by a function; nothing is remembered by a module. */
export function memoryFaults(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    if (source.room === 'worker') return [];
    const faults: string[] = [];
    for (const node of source.program.body) {
      const inner = declarationOf(node);
      if (inner?.type !== 'VariableDeclaration' || inner.declare) continue;
      if (inner.kind !== 'const')
        faults.push(`${source.path} has a module-level ${inner.kind}: state belongs in state.ts`);
      walk(inner as unknown as Tree, (part) => {
        if (isFunction(part)) return 'skip';
        const name = part.type === 'NewExpression' ? String((part['callee'] as Tree)['name']) : '';
        if (MEMORY.has(name))
          faults.push(`${source.path} has a module-level ${name}: state belongs in state.ts`);
        return undefined;
      });
    }
    return faults;
  });
}

/** esbuild renames functions whose names clash, and then the built file no longer says what the sources say. */
export function nameFaults(sources: readonly Source[]): string[] {
  const seen = new Map<string, string>();
  return sources.flatMap((source) => {
    const faults: string[] = [];
    new Visitor({
      FunctionDeclaration({ id }) {
        const other = id && seen.get(id.name);
        if (other) faults.push(`${source.path} and ${other} both name a function ${id.name}: rename one`);
        else if (id) seen.set(id.name, source.path);
      },
    }).visit(source.program);
    return faults;
  });
}

/**
 * At most 200 lines a file, 50 a function, comments included: above that there are two ideas in it.
 * A file of types alone, the operator's manual, is a list and may be as long as it is.
 */
export function lengthFaults(sources: readonly Source[], ofFile = 200, ofFunction = 50): string[] {
  return sources.flatMap((source) => {
    const lines = (start: number, end: number) => source.text.slice(start, end).trimEnd().split('\n').length;
    const whole = lines(0, source.text.length);
    const faults =
      whole > ofFile && !isTypesAlone(source)
        ? [`${source.path} has ${whole} lines, ${ofFile} are allowed: split it`]
        : [];
    walk(source.program as unknown as Tree, (node) => {
      if (!isFunction(node)) return;
      const long = lines(node.start, node.end);
      const id = node['id'] as { name: string } | null | undefined;
      const name = id?.name ?? 'a function';
      if (long > ofFunction)
        faults.push(`${source.path}: ${name} has ${long} lines, ${ofFunction} are allowed: cut it in two`);
    });
    return faults;
  });
}
