/**
 * The one shape that every format is brought to: flat lists of rows by kind, with the place each came from.
 * What a row's fields may be is checked here against the tables, whatever the format they were written in.
 */
import { TEXT, isEmptyTable } from './checks.ts';
import { nearest } from './nearest.ts';
import { type Path, type Report, showValue } from './report.ts';
import { ELSEWHERE } from './elsewhere.ts';
import { KINDS } from './schema.ts';

export type Format = '1.1' | '2.1' | '3.0' | '2018';

export interface Row {
  readonly kind: string;
  readonly at: Path;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Some field of it is faulty: what is missing then need not be said too. */
  broken: boolean;
  /** The row it stands nested under. */
  readonly parent: Row | null;
  /** Filled in by linkRows. */
  id: string;
  readonly links: Record<string, Row>;
}

export interface Book {
  readonly format: Format;
  readonly rows: Readonly<Record<string, Row[]>>;
}

export function emptyRows(): Record<string, Row[]> {
  return Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, []]));
}

/** Adds an entity and, below it, the children that stand nested in it. */
export function addRow(
  rows: Record<string, Row[]>,
  kind: string,
  value: unknown,
  at: Path,
  parent: Row | null,
  report: Report,
  lenient = false,
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report.fault(at, `must be an object, received ${showValue(value)}`);
    return;
  }
  const table = KINDS[kind]!;
  const fields: Record<string, unknown> = {};
  const row: Row = { kind, at, fields, parent, broken: false, id: '', links: {} };
  rows[kind]!.push(row);
  for (const [key, entry] of Object.entries(value)) {
    if (key === '_comment' || key === '_ignore') continue;
    if (table.children.includes(key)) addList(rows, key, entry, [...at, key], row, report, lenient);
    else if (entry === null) continue;
    else if (!checkField(row, key, entry, report, lenient)) row.broken ||= !lenient;
    else fields[key] = isEmptyTable(entry) && key !== 'config' ? [] : entry;
  }
}

/** A list of entities of one kind, carried over or not. */
export function addList(
  rows: Record<string, Row[]>,
  kind: string,
  value: unknown,
  at: Path,
  parent: Row | null,
  report: Report,
  lenient = false,
): void {
  if (value === null || isEmptyTable(value)) return;
  if (!Array.isArray(value)) {
    report.fault(at, `must be a list, received ${showValue(value)}`);
    return;
  }
  const meaning = ELSEWHERE[kind];
  if (KINDS[kind] === undefined) {
    if (value.length > 0)
      report.note(at, `${value.length} of ${kind} not carried over: ${meaning ?? 'nothing here reads them'}`);
    return;
  }
  for (const [index, entry] of (value as unknown[]).entries())
    addRow(rows, kind, entry, [...at, index], parent, report, lenient);
}

function checkField(row: Row, key: string, value: unknown, report: Report, lenient: boolean): boolean {
  const { fields, singular } = KINDS[row.kind]!;
  const check = fields[key];
  const at = [...row.at, key];
  if (check === undefined) {
    const hint = nearest(key, [...Object.keys(fields), ...KINDS[row.kind]!.children]);
    if (lenient) report.note(at, `not carried over: no field of a ${singular} that is known here`);
    else report.fault(at, `is no field of a ${singular}${hint}`);
    return false;
  }
  if (row.parent !== null && isReference(row.kind, key)) {
    report.fault(
      at,
      `cannot stand in a ${singular} that is nested: list it at the top with all its references`,
    );
    return false;
  }
  // An export's ids are what its database had.
  const range = lenient && key === 'id' ? TEXT(value) : check(value);
  if (range === null) return true;
  report.fault(at, `must be ${range}, received ${key === 'key' ? 'something else' : showValue(value)}`);
  return false;
}

const REFERENCES = ['service', 'route', 'consumer', 'upstream', 'consumer_group'];

export function isReference(kind: string, key: string): boolean {
  return REFERENCES.includes(key) && KINDS[kind]!.fields[key] !== undefined;
}
