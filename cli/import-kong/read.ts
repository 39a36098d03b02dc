/**
 * Text to values, with the line of everything: YAML as Kong reads it (1.1, so that `yes` is true), JSON, and several
 * JSON values or YAML documents in a row, as they come out of a loop over the Admin API's pages.
 *
 * JSON is a subset of YAML, so one parser gives the lines of both; for the values JSON.parse comes first because it is
 * a hundred times faster on large exports. decK's placeholders `${{ env "DECK_X" }}` are resolved here.
 */
import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import { type Path } from './report.ts';

export interface Source {
  /** One value per document; most files hold one. */
  readonly documents: readonly unknown[];
  /** What the parser refuses: [line, text]. */
  readonly errors: readonly { line: number; text: string }[];
  /** Placeholders whose variable is not set. */
  readonly missing: readonly { at: Path; variable: string }[];
  /** The line of a path; the path starts with a document's number where there are several. 0: unknown. */
  readonly lineOf: (at: Path) => number;
}

/** Reads the whole text; `env` resolves decK's placeholders. */
export function readSource(text: string, env: Readonly<Record<string, string | undefined>>): Source {
  const clean = text.replace(/^\uFEFF/, '');
  const chunks = splitJson(clean);
  const values = chunks.map((chunk) => parseJson(chunk.text));
  const json = values.length > 0 && values.every((value) => value !== undefined);
  const parsed = json ? null : parseYaml(clean);
  const raw = parsed
    ? parsed.documents.map((document) => document.toJS() as unknown)
    : values.map((value) => value?.value);
  const missing: { at: Path; variable: string }[] = [];
  const many = raw.length > 1;
  const documents = raw.map((value, index) => resolve(value, many ? [index] : [], env, missing));
  const lines = parsed ? (): Lines => parsed : memo(() => jsonLines(chunks));
  return { documents, errors: parsed?.errors ?? [], missing, lineOf: (at) => findLine(lines(), many, at) };
}

interface Chunk {
  readonly text: string;
  readonly line: number;
}
interface Lines {
  readonly documents: readonly Document[];
  readonly errors: readonly { line: number; text: string }[];
  readonly lineAt: (document: number, offset: number) => number;
}

/** Top-level JSON values of a text, by counting brackets outside strings; nothing where the text starts as no JSON. */
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

function parseYaml(text: string): Lines {
  const counter = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: '1.1',
    merge: true,
    lineCounter: counter,
    // A date stays the text it is: no field of Kong's is one.
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp'),
  });
  const list = 'empty' in documents ? [] : documents;
  const errors = list.flatMap((document) =>
    document.errors.map((error) => ({
      line: error.linePos?.[0].line ?? 0,
      text: error.message.split(/ at line \d|\n/)[0]!,
    })),
  );
  const lineAt = (_: number, offset: number): number => counter.linePos(offset).line;
  return {
    documents: list.filter((document) => document.contents !== null || list.length === 1),
    errors,
    lineAt,
  };
}

/** Lines inside JSON are asked for only where something is said about them, so they are parsed a second time only then. */
function jsonLines(chunks: readonly Chunk[]): Lines {
  const parts = chunks.map((chunk) => ({ ...parseYaml(chunk.text), line: chunk.line }));
  return {
    documents: parts.map((part) => part.documents[0]!),
    errors: [],
    lineAt: (document, offset) => parts[document]!.line + parts[document]!.lineAt(0, offset),
  };
}

/** The line of the path, or of the nearest thing above it that stands in the text. */
function findLine(lines: Lines, many: boolean, at: Path): number {
  const index = many ? Number(at[0] ?? 0) : 0;
  const document = lines.documents[index];
  const steps = many ? at.slice(1) : at;
  for (let length = steps.length; length >= 0 && document !== undefined; length--) {
    const node = document.getIn(steps.slice(0, length), true) as
      { range?: [number, number, number] } | undefined;
    if (node?.range) return lines.lineAt(index, node.range[0]);
  }
  return 0;
}

const PLACEHOLDER = /\$\{\{\s*env\s+["']?([\w.-]+)["']?\s*(?:\|\s*(\w+)\s*)?\}\}/g;

function resolve(
  value: unknown,
  at: Path,
  env: Readonly<Record<string, string | undefined>>,
  missing: { at: Path; variable: string }[],
): unknown {
  if (typeof value === 'string') return value.includes('${{') ? resolveText(value, at, env, missing) : value;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => resolve(item, [...at, index], env, missing));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolve(item, [...at, key], env, missing)]),
  );
}

function resolveText(
  text: string,
  at: Path,
  env: Readonly<Record<string, string | undefined>>,
  missing: { at: Path; variable: string }[],
): unknown {
  let cast = '';
  const result = text.replace(PLACEHOLDER, (whole, variable: string, pipe: string | undefined) => {
    const found = env[variable];
    if (found === undefined) missing.push({ at, variable });
    else if (whole === text) cast = pipe ?? '';
    return found ?? whole;
  });
  if (cast === 'toInt' || cast === 'toFloat') return Number(result);
  return cast === 'toBool' ? result === 'true' : result;
}

function memo<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
