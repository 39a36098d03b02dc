/**
 * Reads a configuration file: JSON, or JavaScript with `const CONFIG = {...}` or `export default {...}` in it,
 * so that a pasted dist/worker.js is one too. The JavaScript literal is evaluated in an empty context:
 * a configuration is data, and neither `process` nor `import` mean anything in it.
 */
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { parse } from 'lossless-json';
import { parseSync } from 'oxc-parser';

export interface ConfigFile {
  /** What `CONFIG` is, evaluated. */
  readonly value: unknown;
  /** Plain JavaScript, comments and all: `const CONFIG = {...};` */
  readonly text: string;
}

const MUST = 'it must be JSON or hold "const CONFIG = {...}"';
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it must be a file, received a directory',
  EACCES: 'you may not read it',
};

/** Throws an Error of one line: the file, and why it can't be read. */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Error(`Cannot read ${file}: ${REASONS[code] ?? message}`);
  }
}

/** Throws an Error whose message is one line that names the file, the place in it and what is wrong there. */
export function readConfig(file: string): ConfigFile {
  // Some editors on Windows put a byte order mark in front.
  const text = readTextFile(file).replace(/^\uFEFF/, '');
  if (text.trim() === '') throw new Error(`Cannot read ${file}: ${MUST}, received an empty file`);
  if (/^\s*[{[]/.test(text)) return { value: parseJson(file, text), text: `const CONFIG = ${text.trim()};` };
  const literal = findLiteral(file, text);
  try {
    const value: unknown = runInNewContext(`(${literal.source})`, {}, { timeout: 1000 });
    // Through JSON, as a binding would bring it: objects of another context are no plain objects of this one.
    return {
      value: JSON.parse(JSON.stringify(value)),
      text: `${literal.before}const CONFIG = ${literal.source};`,
    };
  } catch (error) {
    throw new Error(
      `Cannot read ${file}: its configuration must be a plain object, received ${String(error)}`,
    );
  }
}

/** V8 names no place for some mistakes, and takes the last of two keys of one name without a word. */
function parseJson(file: string, text: string): unknown {
  try {
    parse(text);
  } catch (error) {
    const [, what = '', position = text.length] =
      /^(.*?)(?: encountered)? at position (\d+)$/s.exec((error as Error).message) ?? [];
    throw new Error(
      `Cannot read ${file}: ${MUST}: ${what.replaceAll('\n', '\\n')} ${placeOf(text, Number(position))}`,
    );
  }
  return JSON.parse(text);
}

function placeOf(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  return `in line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
}

function findLiteral(file: string, text: string): { before: string; source: string } {
  const { program, errors } = parseSync(`${file}.js`, text);
  const [error] = errors;
  if (error) {
    const place = placeOf(text, error.labels[0]?.start ?? 0);
    throw new Error(`Cannot read ${file}: ${MUST}: ${error.message.replace(/\.$/, '')} ${place}`);
  }
  let end = 0;
  for (const node of program.body) {
    const value =
      node.type === 'ExportDefaultDeclaration'
        ? node.declaration
        : node.type === 'VariableDeclaration'
          ? node.declarations.find((one) => one.id.type === 'Identifier' && one.id.name === 'CONFIG')?.init
          : null;
    // What stands before are the comments above the literal.
    if (value)
      return { before: text.slice(end, node.start).trimStart(), source: text.slice(value.start, value.end) };
    end = node.end;
  }
  throw new Error(`Cannot read ${file}: ${MUST}`);
}
