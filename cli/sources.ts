/**
 * The sources as text and syntax tree, for whoever has rules about them.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { parseSync, visitorKeys } from 'oxc-parser';
import type { Program } from 'oxc-parser';
import { ROOT } from './paths.ts';

export interface Source {
  /** `race` for lib/race.ts, `worker` for worker.ts. */
  readonly room: string;
  readonly path: string;
  readonly text: string;
  readonly program: Program;
}
export interface Tree {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** worker.ts and everything in lib. */
export function readSources(): Source[] {
  return [fileSource('worker.ts'), ...readFolder('lib')];
}

/** Every TypeScript file in a folder and those below. */
export function readFolder(folder: string): Source[] {
  return readdirSync(`${ROOT}/${folder}`, { recursive: true })
    .map((name) => `${folder}/${String(name)}`)
    .filter((path) => path.endsWith('.ts'))
    .map(fileSource);
}

function fileSource(path: string): Source {
  return sourceOf(path, readFileSync(`${ROOT}/${path}`, 'utf8'));
}

export function sourceOf(path: string, text: string): Source {
  const room = path.replace(/^lib\//, '').replace(/\.ts$/, '');
  return { room, path, text, program: parseSync(path, text).program };
}

/** Names of the rooms that a room imports, type imports included. */
export function importsOf(source: Source): string[] {
  return source.program.body.flatMap((node) => {
    if (!('source' in node) || !node.source) return [];
    return [node.source.value.replace(/^\.\/(lib\/)?/, '').replace(/\.ts$/, '')];
  });
}

/** Every name of a program but those of properties. */
export function identifiersOf(program: Program): Set<string> {
  const names = new Set<string>();
  walk(program as unknown as Tree, (node, key, parent) => {
    const property = (key === 'property' || key === 'key') && parent?.['computed'] !== true;
    if (node.type === 'Identifier' && !property) names.add(String(node['name']));
  });
  return names;
}

/** Nothing of it is in the script. */
export function isTypesAlone({ program }: Source): boolean {
  return program.body.every((node) => /^(TS|Import)/.test(declarationOf(node)?.type ?? ''));
}

export function declarationOf(node: Program['body'][number]): Program['body'][number] | null {
  return node.type === 'ExportNamedDeclaration' ? node.declaration : node;
}

export function isFunction(node: Tree): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

type Visit = (node: Tree, key: string, parent: Tree | null) => unknown;

/** Visits a syntax tree from the top; a visit that returns "skip" goes no deeper. */
export function walk(node: Tree, visit: Visit, key = '', parent: Tree | null = null): void {
  if (visit(node, key, parent) === 'skip') return;
  for (const child of visitorKeys[node.type] ?? []) {
    const value = node[child];
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one && typeof one === 'object' && 'type' in one) walk(one as Tree, visit, child, node);
    }
  }
}
