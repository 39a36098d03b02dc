/**
 * Parses text to documents, with line numbers: YAML as Kong reads it (1.1, so that `yes` is true; the last of duplicate
 * keys is used), JSON, and several concatenated JSON values or YAML documents, as output by a loop over the Admin API's
 * pages.
 *
 * JSON is a subset of YAML, so one parser gives the lines of both; for values JSON.parse is tried first because it is a
 * hundred times faster on large exports. A document may contain another one in a string (wrappers.ts).
 */
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit } from 'yaml';
import type { Document, Node, YAMLMap } from 'yaml';
import type { Path } from './report.ts';
import { plainValue } from './plain-value.ts';
import type { Environment } from './placeholders.ts';

export interface SourceFile {
  readonly name: string;
  readonly text: string;
}
/** Reading one file. */
export interface Reading {
  /** Values for decK's placeholders. */
  readonly env: Environment;
  /** Strings filled in from the environment: an apparent placeholder in them is literal. */
  readonly filled: Set<string>;
  /** Why it cannot be imported. */
  readonly faults: string[];
  /** Kubernetes kinds without a Kong file; an error only if nothing else is found. */
  readonly others: string[];
}
export interface SourceDocument {
  readonly value: unknown;
  /** Where the node at a path in the document is in the text, or its nearest ancestor. */
  readonly placeOf: (steps: Path) => Position;
  /** Duplicate keys in one object: the last is used. */
  readonly duplicates: readonly { readonly key: string; readonly line: number }[];
}
export interface Position {
  /** 0 if unknown. */
  readonly line: number;
  /** The first line of a string that is itself a document: below the "|" of a block, 1 if it is escaped. */
  readonly textLine: number;
}
/** A parsed document; `read` throws if it cannot be a value. */
interface Parsed extends Omit<SourceDocument, 'value'> {
  readonly read: () => unknown;
}

/** Reads the whole text; its first line has the number `firstLine`. */
export function readSource(text: string, reading: Reading, firstLine = 1): SourceDocument[] {
  const clean = text.replace(/^\uFEFF/, '');
  const parsed = readJson(clean, firstLine) ?? readYaml(clean, firstLine, reading.faults);
  return parsed.flatMap(({ read, ...document }) => {
    try {
      return [{ ...document, value: plainValue(read(), reading) }];
    } catch (error) {
      const { message, cause } = error as Error;
      const { line } = document.placeOf((cause ?? []) as Path);
      const place = line > 0 ? `line ${line}: ` : '';
      reading.faults.push(cause ? `${place}${message}` : `must be valid YAML: ${message.split('\n')[0]}`);
      return [];
    }
  });
}

/** Null if the text is not JSON. */
function readJson(text: string, firstLine: number): Parsed[] | null {
  try {
    const parsed = splitJson(text).map(({ start, end }): Parsed => {
      const value: unknown = JSON.parse(text.slice(start, end));
      // Lines inside JSON are only needed for messages: only then is it parsed a second time.
      let tree: ReturnType<typeof parseYaml> | undefined;
      const placeOf = (steps: Path): Position => {
        tree ??= parseYaml(text.slice(start, end), firstLine + countLines(text, start));
        return placeIn(tree.documents[0], tree.lineAt, steps);
      };
      return { read: () => value, placeOf, duplicates: [] };
    });
    return parsed.length > 0 ? parsed : null;
  } catch {
    return null;
  }
}

/**
 * Splits a text into its top-level JSON values, by counting brackets outside strings; empty if the text does not start
 * as JSON.
 */
function splitJson(text: string): { start: number; end: number }[] {
  const chunks: { start: number; end: number }[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++;
      if (depth === 0) return [];
    } else if (sign === '{' || sign === '[') {
      if (depth++ === 0) start = at;
    } else if (sign === '}' || sign === ']') {
      if (--depth < 0) return [];
      if (depth === 0) chunks.push({ start, end: at + 1 });
    } else if (depth === 0 && !/[\s,]/.test(sign)) return [];
  }
  return depth === 0 ? chunks : [];
}

function countLines(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Tags for types other than strings, numbers and collections: Kong has no field that is a date, a set or binary. */
const UNUSED = new Set(
  ['timestamp', 'binary', 'omap', 'pairs', 'set'].map((name) => `tag:yaml.org,2002:${name}`),
);
/** Enough for a settings block that every route of a large file shares; alias bombs have far more. */
const MOST_ALIASES = 10_000;

function readYaml(text: string, firstLine: number, faults: string[]): Parsed[] {
  const { documents, errors, lineAt } = parseYaml(text, firstLine);
  if (errors.length > 0) {
    // The first alone: a parser that has lost its place complains about every token after it.
    faults.push(namedTemplate(text, lineAt) ?? errors[0]!);
    return [];
  }
  return documents.map((document) => ({
    read: () => document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown,
    placeOf: (steps: Path) => placeIn(document, lineAt, steps),
    duplicates: duplicateKeys(document, lineAt),
  }));
}

function parseYaml(text: string, firstLine: number) {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, {
    version: '1.1',
    merge: true,
    uniqueKeys: false,
    logLevel: 'silent',
    lineCounter,
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !UNUSED.has(tag.tag)),
  });
  const list = 'empty' in parsed ? [] : parsed;
  const lineAt = (offset: number): number => firstLine - 1 + lineCounter.linePos(offset).line;
  const errors = list.flatMap((document) => document.errors);
  return {
    documents: list.filter((document) => document.contents !== null || list.length === 1),
    errors: errors.map(({ pos, message }) => `line ${lineAt(pos[0])}: ${message.split(/ at line \d|\n/)[0]}`),
    lineAt,
  };
}

type LineAt = (offset: number) => number;

/** Detects Helm's and Jinja's control lines, which are not YAML: a syntax error at them would be misleading. */
function namedTemplate(text: string, lineAt: LineAt): string | null {
  // "${{" is decK's, and can be quoted.
  const found = /(?<!\$)\{\{-?\s*[.$\w]|\{%-?\s*\w/.exec(text);
  return found
    ? `line ${lineAt(found.index)}: the file is a template (Helm, Go or Jinja): render it first, for example with helm template`
    : null;
}

/** The position of the node at a path, or of its nearest ancestor. */
function placeIn(document: Document | undefined, lineAt: LineAt, steps: Path): Position {
  let found = document?.contents;
  for (const step of steps) {
    const node = childOf(document!, found, step);
    if (!node) break;
    found = node;
  }
  const line = found?.range ? lineAt(found.range[0]) : 0;
  const isBlock = isScalar(found) && found.type?.startsWith('BLOCK_');
  return { line, textLine: isBlock ? line + 1 : 1 };
}

/** Uses the last of duplicate keys and resolves aliases and `<<` merges. */
function childOf(document: Document, node: Node | null | undefined, step: string | number): Node | null {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(target)) return (target.items[Number(step)] as Node | undefined) ?? null;
  if (!isMap(target)) return null;
  const pair = target.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(step));
  if (pair) return (pair.value ?? pair.key) as Node;
  const merged = target.items.find(({ key }) => isScalar(key) && key.source === '<<')?.value;
  return merged ? childOf(document, merged as Node, step) : null;
}

function duplicateKeys(document: Document, lineAt: LineAt): SourceDocument['duplicates'] {
  const duplicates: { key: string; line: number }[] = [];
  visit(document, {
    Map: (_, map: YAMLMap) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value))
          duplicates.push({ key: String(key.value), line: lineAt(key.range?.[0] ?? 0) });
        seen.add(key.value);
      }
    },
  });
  return duplicates;
}
