/**
 * Reads a configuration file: JSON and JSONC, YAML, or JavaScript that contains `const CONFIG = {...}` or `export
 * default {...}`, which includes a pasted dist/worker.js. The format is detected from the text, not from the file name:
 * YAML is the fallback.
 *
 * The JavaScript literal is evaluated in an empty context: a configuration is data, so `process` and `import` are not
 * available in it.
 */
import { runInNewContext } from 'node:vm';
import { readTextFile } from './read-text.ts';
import { placeOf, readJson, readScript, readYaml, type Tree } from './config-tree.ts';

export interface ConfigFile {
  readonly file: string;
  /** The value of `CONFIG`. */
  readonly value: unknown;
  /** Plain JavaScript, with comments: `const CONFIG = {...};` */
  readonly text: string;
  /** `gateway.yaml:12:3` for the setting whose path begins the text, as in configuration errors. */
  readonly placeOf: (fault: string) => string;
}

/** Throws an Error of one line: the location in the file and what is wrong there. */
export function readConfig(file: string): ConfigFile {
  // Some Windows editors prepend a byte order mark.
  return parseConfig(file, readTextFile(file).replace(/^\uFEFF/, ''));
}

export function parseConfig(file: string, text: string): ConfigFile {
  if (text.trim() === '')
    throw new Error(`Cannot read ${file}: it must hold a configuration, received an empty file`);
  const place = (at: number): string => `${file}:${lineAndColumn(text, at)}`;
  const kind = kindOf(file, text);
  const tree = kind === 'script' ? readScript(text) : kind === 'json' ? readJson(text) : readYaml(text);
  if (tree === null)
    throw new Error(`Cannot read ${file}: it must hold "const CONFIG = {...}" or "export default {...}"`);
  // Errors after the first are mostly its consequences.
  const [fault] = tree.faults;
  if (fault) throw new Error(`${place(fault.at)}: ${fault.what}`);
  // Any text is YAML.
  if (typeof tree.value === 'string')
    throw new Error(`${place(0)}: the configuration must be an object, received text`);
  return {
    file,
    placeOf: (fault) => place(placeOf(tree.root, fault)),
    ...evaluated(tree, kind, text, place),
  };
}

type Kind = 'json' | 'script' | 'yaml';

function kindOf(file: string, text: string): Kind {
  if (/\.ya?ml$/i.test(file)) return 'yaml';
  if (/\.[cm]?[jt]s$/i.test(file)) return 'script';
  // Comments may come first; a YAML document may begin with a brace too, but then it is read as JSON.
  if (/^(?:\s|\/\/.*|\/\*[^]*?\*\/)*[{[]/.test(text)) return 'json';
  return /^\s*(?:export\s|(?:const|let|var)\s+\w+\s*=)/m.test(text) ? 'script' : 'yaml';
}

function evaluated(
  { literal, value }: Tree,
  kind: Kind,
  text: string,
  place: (at: number) => string,
): { value: unknown; text: string } {
  if (!literal) {
    const json = kind === 'json' ? text.trim() : JSON.stringify(value, null, 2);
    return { value, text: `const CONFIG = ${json};` };
  }
  const source = text.slice(literal.start, literal.end);
  try {
    const made: unknown = runInNewContext(`(${source})`, {}, { timeout: 1000 });
    // Through JSON, as from a binding: objects of another context are not plain objects in this one.
    const before = text.slice(literal.from, literal.start).replace(/[^\n]*$/, '');
    return {
      value: JSON.parse(JSON.stringify(made)),
      text: `${before.trimStart()}const CONFIG = ${source};`,
    };
  } catch (error) {
    throw new Error(
      `${place(literal.start)}: the configuration is read alone, as a plain object: ${String(error)}`,
    );
  }
}

function lineAndColumn(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
}
