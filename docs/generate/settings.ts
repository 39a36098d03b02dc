/**
 * The table of settings as a list, each with its comment: for the reference, the JSON Schema and generated tests.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { parseSync } from 'oxc-parser';
import type { Expression, ObjectExpression } from 'oxc-parser';
import type { Fields, RecordName, Row } from '../../lib/config/rows.ts';
import { ROOT } from '../../cli/paths.ts';
import { recordsOfTable } from '../../cli/table.ts';

export interface Setting {
  /** `Pool.hedge.afterMs`: a record of the table, and the path within it. */
  readonly name: string;
  readonly record: RecordName;
  readonly path: readonly string[];
  readonly row: Row;
  readonly comment: string;
}

export const titleOf = (record: string): string => record.charAt(0).toUpperCase() + record.slice(1);

/** All settings, those of inline objects after their parent. */
export function settingsOfTable(): Setting[] {
  const list: Setting[] = [];
  const add = (record: RecordName, fields: Fields, above: readonly string[]): void => {
    for (const [key, row] of Object.entries(fields)) {
      const path = [...above, key];
      const name = [titleOf(record), ...path].join('.');
      list.push({ name, record, path, row, comment: COMMENTS.get([record, ...path].join('.')) ?? '' });
      const inner = innerFields(row);
      if (inner) add(record, inner, path);
    }
  };
  for (const [record, fields] of Object.entries(recordsOfTable())) add(record as RecordName, fields, []);
  return list;
}

/** Fields of an inline object, also within a list or a record. */
function innerFields(row: Row): Fields | undefined {
  if (row.type === 'list') return innerFields(row.items as Row);
  return row.type === 'record' ? innerFields(row.values as Row) : row.fields;
}

// ---- comments -------------------------------------------------------------------------------

/** Comments by "pool.hedge.afterMs", and comments of whole records by "pool". */
export const COMMENTS: ReadonlyMap<string, string> = commentsOfTable();

function commentsOfTable(): Map<string, string> {
  const comments = new Map<string, string>();
  const spreads: [at: string, helper: string][] = [];
  for (const name of readdirSync(`${ROOT}/lib/config`).filter((one) => one.startsWith('schema')))
    readComments(`${ROOT}/lib/config/${name}`, comments, spreads);
  for (const [at, helper] of spreads)
    for (const [key, text] of comments)
      if (key.startsWith(`${helper}.`)) comments.set(at + key.slice(helper.length), text);
  return comments;
}

function readComments(file: string, into: Map<string, string>, spreads: [string, string][]): void {
  const source = readFileSync(file, 'utf8');
  const { program, comments } = parseSync(file, source);
  const commentBefore = (start: number): string => {
    const own = comments.filter(({ type, end }) => type === 'Block' && end <= start).at(-1);
    const between = own && source.slice(own.end, start).replaceAll(/^\s*\/\/.*$/gm, '');
    return own && between?.trim() === '' && own.value.startsWith('*') ? textOf(own.value) : '';
  };
  const readObject = (node: ObjectExpression, at: string): void => {
    for (const one of node.properties) {
      if (one.type === 'SpreadElement') {
        if (one.argument.type === 'CallExpression' && one.argument.callee.type === 'Identifier')
          spreads.push([at, one.argument.callee.name.replace(/Fields$/, '')]);
      } else if (one.key.type === 'Identifier') {
        const key = at ? `${at}.${one.key.name}` : one.key.name;
        const text = commentBefore(one.start);
        if (text) into.set(key, text);
        readInside(one.value, key);
      }
    }
  };
  /** Objects inside a call that replaces a row, and those made by a helper of the file. */
  const readInside = (node: Expression, at: string): void => {
    if (node.type === 'ObjectExpression') readObject(node, at);
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return;
    if (node.callee.name === 'either') return;
    spreads.push([at, node.callee.name.replace(/Fields$/, '')]);
    const [first] = node.arguments;
    if (first && first.type !== 'SpreadElement') readInside(first, at);
  };
  for (const statement of program.body) {
    const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (node?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of node.declarations) {
      if (id.type !== 'Identifier' || init?.type !== 'ArrowFunctionExpression') continue;
      const name = id.name.endsWith('Rows') ? '' : id.name.replace(/Fields$/, '');
      const text = commentBefore(statement.start);
      if (name && text) into.set(name, text);
      const body = init.body.type === 'ParenthesizedExpression' ? init.body.expression : init.body;
      if (body.type !== 'BlockStatement') readInside(body, name);
    }
  }
}

function textOf(comment: string): string {
  return comment
    .replaceAll(/^\s*\*+ ?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
