/**
 * Parses text to documents, with line numbers: YAML as Kong reads it (1.1, so that `yes` is true; the last of duplicate
 * keys counts), JSON, and several JSON values or YAML documents in a row, as output by a loop over the Admin API's
 * pages.
 *
 * JSON is a subset of YAML, so one parser gives the lines of both; for values JSON.parse is tried first because it is a
 * hundred times faster on large exports. A document may contain another as text (wrappers.ts).
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
export interface SourceDocument {
  readonly value: unknown;
  /** The line of a path in the text, or of its nearest ancestor; 0 if unknown. */
  readonly lineOf: (steps: Path) => number;
  /** The first line of a string that is itself a document: below the "|" of a block, 1 if it is escaped. */
  readonly textLineOf: (steps: Path) => number;
  /** Duplicate keys in one object: the last is used. */
  readonly twice: readonly { readonly key: string; readonly line: number }[];
  /** Strings filled in from the environment: an apparent placeholder in them is literal. */
  readonly filled: ReadonlySet<string>;
}
export interface Source {
  readonly documents: readonly SourceDocument[];
  readonly faults: readonly string[];
}

/** Reads the whole text; its first line has the number `firstLine`. */
export function readSource(text: string, env: Environment, firstLine = 1): Source {
  const clean = text.replace(/^\uFEFF/, '');
  const chunks = splitJson(clean);
  const values = chunks.map((chunk) => parseJson(chunk.text));
  if (values.length === 0 || values.includes(undefined)) return readYaml(clean, env, firstLine);
  const parts = values.map((one, index) => {
    const { text: chunk, line } = chunks[index]!;
    // Lines inside JSON are only needed for messages: only then is it parsed a second time.
    const parsed = memo(() => parseYaml(chunk, firstLine + line));
    return finish(one!.value, env, (steps) => placeIn(parsed().documents[0], parsed().lineAt, steps), []);
  });
  return joinParts(parts);
}

interface Chunk {
  readonly text: string;
  /** Lines before it. */
  readonly line: number;
}
interface Parsed {
  readonly documents: readonly Document[];
  readonly faults: readonly string[];
  readonly lineAt: (offset: number) => number;
}
type Part = { readonly document: SourceDocument } | { readonly fault: string };

function joinParts(parts: readonly Part[]): Source {
  return {
    documents: parts.flatMap((part) => ('document' in part ? [part.document] : [])),
    faults: parts.flatMap((part) => ('fault' in part ? [part.fault] : [])),
  };
}

interface Position {
  readonly line: number;
  readonly textLine: number;
}

function finish(
  raw: unknown,
  env: Environment,
  where: (steps: Path) => Position,
  twice: SourceDocument['twice'],
): Part {
  const { value, filled, fault } = plainValue(raw, env);
  const lineOf = (steps: Path): number => where(steps).line;
  const textLineOf = (steps: Path): number => where(steps).textLine;
  if (fault === null) return { document: { value, lineOf, textLineOf, twice, filled } };
  const line = lineOf([0, ...fault.at]);
  return { fault: `${line > 0 ? `line ${line}: ` : ''}${fault.text}` };
}

function readYaml(text: string, env: Environment, firstLine: number): Source {
  const { documents, faults, lineAt } = parseYaml(text, firstLine);
  if (faults.length > 0) return { documents: [], faults: [...namedTemplate(text, firstLine), ...faults] };
  return joinParts(
    documents.map((document): Part => {
      try {
        const raw = document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown;
        return finish(raw, env, (steps) => placeIn(document, lineAt, steps), keysTwice(document, lineAt));
      } catch (error) {
        return { fault: `must be YAML that can be read: ${(error as Error).message.split('\n')[0]}` };
      }
    }),
  );
}

/** Enough for a settings block that every route of a large file shares; alias bombs have far more. */
const MOST_ALIASES = 10_000;

/** Detects Helm's and Jinja's control lines, which are not YAML: a syntax error at them would be misleading. */
function namedTemplate(text: string, firstLine: number): string[] {
  const { index = -1 } = /\{\{-?\s*[.$\w]|\{%-?\s*\w/.exec(text) ?? {};
  if (index < 0) return [];
  const line = firstLine + countLines(text, index);
  return [
    `line ${line}: the file is a template (Helm, Go or Jinja): render it first, such as by helm template`,
  ];
}

/**
 * Splits a text into its top-level JSON values, by counting brackets outside strings; empty if the text does not start
 * as JSON.
 */
function splitJson(text: string): Chunk[] {
  const chunks: Chunk[] = [];
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
      if (depth === 0) chunks.push({ text: text.slice(start, at + 1), line: countLines(text, start) });
    } else if (depth === 0 && !/[\s,]/.test(sign)) return [];
  }
  return depth === 0 ? chunks : [];
}

function countLines(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** Tags for types other than strings, numbers and collections: no field of Kong's is a date, a set or binary. */
const UNUSED = new Set(
  ['timestamp', 'binary', 'omap', 'pairs', 'set'].map((name) => `tag:yaml.org,2002:${name}`),
);

function parseYaml(text: string, firstLine: number): Parsed {
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
  const documents = list.filter((document) => document.contents !== null || list.length === 1);
  const lineAt = (offset: number): number => firstLine - 1 + lineCounter.linePos(offset).line;
  const faults = list.flatMap(({ errors }) =>
    errors.map(({ pos, message }) => `line ${lineAt(pos[0])}: ${message.split(/ at line \d|\n/)[0]}`),
  );
  return { documents, faults, lineAt };
}

/** The position of the node at a path, or of its nearest ancestor. */
function placeIn(document: Document | undefined, lineAt: Parsed['lineAt'], [, ...steps]: Path): Position {
  let node: Node | null | undefined = document?.contents;
  let found = node;
  for (const step of steps) {
    node = childOf(document!, node, step);
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

function keysTwice(document: Document, lineAt: Parsed['lineAt']): SourceDocument['twice'] {
  const twice: { key: string; line: number }[] = [];
  visit(document, {
    Map: (_, map: YAMLMap) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) twice.push({ key: String(key.value), line: lineAt(key.range?.[0] ?? 0) });
        seen.add(key.value);
      }
    },
  });
  return twice;
}

function memo<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
