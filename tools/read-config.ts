/**
 * Reads a configuration file: JSON, or JavaScript with `const CONFIG = {...}` or `export default {...}` in it,
 * so that a pasted dist/worker.js is one too. The JavaScript literal is evaluated in an empty context:
 * a configuration is data, and neither `process` nor `import` mean anything in it.
 */
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { parseSync } from 'oxc-parser';

export interface ConfigFile {
  /** What `CONFIG` is, evaluated. */
  readonly value: unknown;
  /** Plain JavaScript, comments and all: `const CONFIG = {...};` */
  readonly text: string;
}

/** Throws an Error whose message is one line that names the file and what is wrong with it. */
export function readConfig(file: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`Cannot read ${file}: ${code === 'ENOENT' ? 'there is no such file' : message}`);
  }
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

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(
      `Cannot read ${file}: it must be JSON or hold "const CONFIG = {...}", ${(error as Error).message}`,
    );
  }
}

function findLiteral(file: string, text: string): { before: string; source: string } {
  const { program, errors } = parseSync(`${file}.js`, text);
  if (errors[0]) throw new Error(`Cannot read ${file}: ${errors[0].message}`);
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
  throw new Error(`Cannot read ${file}: it must be JSON or hold "const CONFIG = {...}"`);
}
