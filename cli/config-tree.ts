/**
 * Parses a configuration's text into a tree with source positions. Three parsers produce it: jsonc-parser (JSON with
 * comments and trailing commas), yaml, and oxc-parser for the literal in a JavaScript or TypeScript file.
 */
import { createRequire } from 'node:module';
import { parseTree, printParseErrorCode, type Node as JsonNode, type ParseError } from 'jsonc-parser';
import type { Directive, Expression, parseSync as ParseSync, Statement } from 'oxc-parser';
import { isAlias, isMap, isSeq, parseAllDocuments, visit, type Document, type Node as YamlNode } from 'yaml';

interface Field {
  readonly name: string;
  /** Offset of the key. */
  readonly at: number;
  readonly node: ConfigNode;
}
interface ConfigNode {
  /** Offset in the text. */
  readonly at: number;
  readonly fields?: readonly Field[];
  readonly items?: readonly ConfigNode[];
}
/** A syntax error. */
interface SyntaxFault {
  readonly at: number;
  readonly what: string;
}
export interface Tree {
  readonly root: ConfigNode;
  /** Undefined for a script: its literal must be evaluated. */
  readonly value?: unknown;
  /** For a script: the range of the literal and of the comments above it. */
  readonly literal?: { readonly from: number; readonly start: number; readonly end: number };
  readonly faults: readonly SyntaxFault[];
}

export function readJson(text: string): Tree {
  const errors: ParseError[] = [];
  const node = parseTree(text, errors, { allowTrailingComma: true });
  const faults = errors.map(({ error, offset }) => ({
    at: offset,
    what: wordsOf(printParseErrorCode(error)),
  }));
  if (!node) return { root: { at: 0 }, faults };
  return { root: fromJson(node, faults), value: jsonValue(node), faults };
}

/** Reports duplicate keys: jsonc-parser silently uses the last. */
function fromJson(node: JsonNode, faults: SyntaxFault[]): ConfigNode {
  const { type, offset: at, children = [] } = node;
  if (type === 'array') return { at, items: children.map((child) => fromJson(child, faults)) };
  if (type !== 'object') return { at };
  const seen = new Set<string>();
  const fields = children.flatMap(({ children: [key, value] = [] }) => {
    if (!key || !value) return [];
    const name = String(key.value);
    if (seen.has(name)) faults.push({ at: key.offset, what: `the key "${name}" is written twice` });
    seen.add(name);
    return [{ name, at: key.offset, node: fromJson(value, faults) }];
  });
  return { at, fields };
}

/** As JSON.parse does: `__proto__` is an ordinary key. */
function jsonValue({ type, value, children = [] }: JsonNode): unknown {
  if (type === 'array') return children.map(jsonValue);
  if (type !== 'object') return value as unknown;
  return Object.fromEntries(
    children.flatMap(({ children: [key, one] = [] }) =>
      key && one ? [[String(key.value), jsonValue(one)]] : [],
    ),
  );
}

/** Enough for settings that every route of a large file shares; files that grow by aliases of aliases have more. */
const MOST_ALIASES = 10_000;

export function readYaml(text: string): Tree {
  const documents = parseAllDocuments(text, { prettyErrors: false, merge: true });
  const [document, more] = Array.isArray(documents) ? documents : [];
  if (!document) return { root: { at: 0 }, value: null, faults: [] };
  const faults = document.errors.map(({ pos, message }) => ({ at: pos[0], what: firstLine(message) }));
  if (more) faults.push({ at: more.range[0], what: 'one document is expected, a second one begins' });
  faults.push(...aliasFaults(document));
  if (faults.length > 0) return { root: { at: 0 }, faults };
  try {
    // First, since it refuses to repeat what the tree of positions would repeat as well.
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    return { root: fromYaml(document.contents, document, 0), value, faults };
  } catch (error) {
    return { root: { at: 0 }, faults: [{ at: 0, what: firstLine((error as Error).message) }] };
  }
}

/** What an alias stands for must end before it: inside its own anchor it would have no end. */
function aliasFaults(document: Document): SyntaxFault[] {
  const faults: SyntaxFault[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      const [at] = alias.range ?? [0];
      const anchored = alias.resolve(document);
      if (!anchored) faults.push({ at, what: `no anchor "${alias.source}" comes before this alias` });
      else if ((anchored.range?.[1] ?? 0) > at)
        faults.push({ at, what: 'the alias is inside its own anchor' });
    },
  });
  return faults;
}

function fromYaml(given: YamlNode | null, document: Document, fallback: number): ConfigNode {
  const at = given?.range?.[0] ?? fallback;
  const node = isAlias(given) ? given.resolve(document) : given;
  if (isSeq(node))
    return { at, items: node.items.map((item) => fromYaml(item as YamlNode | null, document, at)) };
  if (!isMap(node)) return { at };
  const fields = node.items.map(({ key, value }) => {
    const place = (key as YamlNode | null)?.range?.[0] ?? at;
    return { name: String(key), at: place, node: fromYaml(value as YamlNode | null, document, place) };
  });
  return { at, fields };
}

/**
 * Reads a script with `const CONFIG = {...}`, `export default {...}` or `export default defineConfig({...})`; null if
 * it has none of them.
 */
export function readScript(text: string): Tree | null {
  // Loaded here, since it is a large native library that JSON and YAML do not need.
  const { parseSync } = createRequire(import.meta.url)('oxc-parser') as {
    readonly parseSync: typeof ParseSync;
  };
  const { program, errors } = parseSync('config.ts', text);
  const [fault] = errors;
  if (fault) {
    const what = fault.message.charAt(0).toLowerCase() + fault.message.slice(1);
    return { root: { at: 0 }, faults: [{ at: fault.labels[0]?.start ?? 0, what }] };
  }
  let from = 0;
  for (const node of program.body) {
    const found = literalOf(node);
    if (found) {
      const { start, end } = found;
      return { root: fromScript(found), literal: { from, start, end }, faults: [] };
    }
    from = node.end;
  }
  return null;
}

function literalOf(node: Directive | Statement): Expression | null {
  if (node.type === 'ExportDefaultDeclaration') return innermost(node.declaration as Expression);
  const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
  if (declaration?.type !== 'VariableDeclaration') return null;
  const named = declaration.declarations.find(({ id }) => id.type === 'Identifier' && id.name === 'CONFIG');
  return named?.init ? innermost(named.init) : null;
}

/** Strips `defineConfig(...)`, `satisfies Config` and parentheses, which only help editors. */
function innermost(node: Expression): Expression {
  switch (node.type) {
    case 'TSSatisfiesExpression':
    case 'TSAsExpression':
    case 'ParenthesizedExpression':
      return innermost(node.expression);
    case 'CallExpression': {
      const [first] = node.arguments;
      const defines = node.callee.type === 'Identifier' && node.callee.name === 'defineConfig';
      return defines && first && first.type !== 'SpreadElement' ? innermost(first) : node;
    }
    default:
      return node;
  }
}

function fromScript(node: Expression): ConfigNode {
  const { start: at } = node;
  if (node.type === 'ArrayExpression')
    return {
      at,
      items: node.elements.map((item) => (item && item.type !== 'SpreadElement' ? fromScript(item) : { at })),
    };
  if (node.type !== 'ObjectExpression') return { at };
  const fields = node.properties.flatMap((property) => {
    if (property.type !== 'Property' || property.computed) return [];
    const { key } = property;
    const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : '';
    return [{ name, at: key.start, node: fromScript(property.value) }];
  });
  return { at, fields };
}

/** `PropertyNameExpected` -> `property name expected`. */
function wordsOf(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line.charAt(0).toLowerCase() + line.slice(1);
}

/**
 * The offset of the setting that an error begins with, e.g. `pools.api.retries must be …`: of its key, or of the record
 * in which it is missing. Names may contain dots, so the longest matching key is used.
 */
export function placeOf(root: ConfigNode, fault: string): number {
  let node = root;
  let { at } = node;
  let rest = fault;
  for (;;) {
    const index = /^\[(\d+)\]/.exec(rest);
    const item = index && node.items?.[Number(index[1])];
    if (item) {
      rest = rest.slice(index[0].length).replace(/^\./, '');
      node = item;
      ({ at } = item);
      continue;
    }
    const text = rest;
    const field = node.fields
      ?.filter(({ name }) => text.startsWith(name) && /^(?:$|[^\w-])/.test(text.slice(name.length)))
      .toSorted((a, b) => b.name.length - a.name.length)[0];
    if (!field) return at;
    rest = rest.slice(field.name.length).replace(/^\./, '');
    ({ node, at } = field);
  }
}
