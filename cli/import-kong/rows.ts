/**
 * The common format to which every input is converted: flat lists of rows by kind, with their locations. Fields are
 * validated here against the tables, whatever the input format.
 */
import { TEXT, isEmptyTable } from './checks.ts';
import { ELSEWHERE } from './elsewhere.ts';
import { nearest } from '../../lib/config/validate.ts';
import { findVariable } from './placeholders.ts';
import { type Path, type Report, showValue } from './report.ts';
import { KINDS, kindOf } from './schema.ts';

export type Format = '1.1' | '2.1' | '3.0' | '2018';

export interface Row {
  readonly kind: string;
  readonly at: Path;
  readonly fields: Readonly<Record<string, unknown>>;
  /** A field of it is invalid: missing fields then need no error of their own. */
  broken: boolean;
  /** The row in which it is nested. */
  readonly parent: Row | null;
  /** Filled in by linkRows. */
  id: string;
  readonly links: Record<string, Row>;
}

export interface Book {
  readonly format: Format;
  /** Texts that the environment filled in. */
  readonly filled: ReadonlySet<string>;
  readonly rows: Readonly<Record<string, Row[]>>;
}

/** Rows on their way into a book. */
export interface Gathering {
  readonly rows: Record<string, Row[]>;
  readonly report: Report;
  /** A machine of 2018 wrote it: unknown fields are noted, not refused. */
  readonly lenient: boolean;
  /** Texts that the environment filled in: no placeholder is looked for in them. */
  readonly filled: ReadonlySet<string>;
  /** Entities so far. */
  count: number;
}

/** An alias may name a list of entities many times over; no file of people has as many. */
export const MOST_ROWS = 500_000;

export function newGathering(report: Report, filled: ReadonlySet<string>, lenient: boolean): Gathering {
  const rows = Object.fromEntries([...KINDS.keys()].map((kind): [string, Row[]] => [kind, []]));
  return { rows, report, lenient, filled, count: 0 };
}

/** Adds an entity and, below it, the children that stand nested in it. */
export function addRow(into: Gathering, kind: string, value: unknown, at: Path, parent: Row | null): void {
  const { report, lenient } = into;
  if (++into.count > MOST_ROWS) {
    if (into.count === MOST_ROWS + 1) report.fault([at[0] ?? 0], `must hold at most ${MOST_ROWS} entities`);
    return;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report.fault(at, `must be an object, received ${showValue(value)}`);
    return;
  }
  const table = kindOf(kind);
  const fields: Record<string, unknown> = {};
  const row: Row = { kind, at, fields, parent, broken: false, id: '', links: {} };
  into.rows[kind]!.push(row);
  for (const [key, entry] of Object.entries(value)) {
    if (key === '_comment' || key === '_ignore') continue;
    if (table.children.includes(key)) addList(into, key, entry, [...at, key], row);
    else if (entry === null) continue;
    else if (!checkField(into, row, key, entry)) row.broken ||= !lenient;
    else fields[key] = isEmptyTable(entry) && key !== 'config' ? [] : entry;
  }
}

/** A list of entities of one kind, carried over or not. */
export function addList(into: Gathering, kind: string, value: unknown, at: Path, parent: Row | null): void {
  const { report } = into;
  if (value === null || isEmptyTable(value)) return;
  if (!Array.isArray(value)) {
    report.fault(at, `must be a list, received ${showValue(value)}`);
    return;
  }
  if (!KINDS.has(kind)) {
    const text = ELSEWHERE.get(kind) ?? 'nothing here reads them';
    if (value.length > 0) report.note({ effect: 'lost', at, subject: kind, text });
    return;
  }
  for (const [index, entry] of (value as unknown[]).entries())
    addRow(into, kind, entry, [...at, index], parent);
}

function checkField(into: Gathering, row: Row, key: string, value: unknown): boolean {
  const { report, lenient } = into;
  const { fields, singular, children } = kindOf(row.kind);
  const check = Object.hasOwn(fields, key) ? fields[key] : undefined;
  const at = [...row.at, key];
  if (check === undefined) {
    if (lenient)
      report.note({
        effect: 'lost',
        at,
        text: `no field of a ${singular} that is known here: not carried over`,
      });
    else
      report.fault(at, `is no field of a ${singular}${nearest(key, [...Object.keys(fields), ...children])}`);
    return false;
  }
  if (row.parent !== null && isReference(row.kind, key)) {
    report.fault(
      at,
      `cannot stand in a ${singular} that is nested: list it at the top with all its references`,
    );
    return false;
  }
  if (key !== 'tags' && key !== 'config' && refusePlaceholder(into, at, key, value)) return false;
  // An export's ids are what its database had.
  const range = lenient && key === 'id' ? TEXT(value) : check(value);
  if (range === null) return true;
  report.fault(
    at,
    `must be ${range}, received ${SECRETS.includes(key) ? 'something else' : showValue(value)}`,
  );
  return false;
}

/** Fields that are not repeated in a fault. */
const SECRETS = ['key', 'password', 'secret'];

/** Words for people: what looks like a placeholder in them harms nobody. */
const PROSE = ['message', 'error_message', 'body', 'realm'];

/** Is there text in the value, at any depth, that a template left unfilled? */
export function refusePlaceholder(
  into: Pick<Gathering, 'report' | 'filled'>,
  at: Path,
  field: string,
  value: unknown,
): boolean {
  if (PROSE.includes(field)) return false;
  const found = findVariable(field, value);
  if (found !== null && !(typeof value === 'string' && into.filled.has(value))) {
    into.report.fault(at, `holds the placeholder ${found}: fill in the template first (envsubst < FILE)`);
    return true;
  }
  if (typeof value !== 'object' || value === null) return false;
  const parts = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return parts
    .map(([key, part]) =>
      refusePlaceholder(into, [...at, key], Array.isArray(value) ? field : String(key), part),
    )
    .includes(true);
}

const REFERENCES = ['service', 'route', 'consumer', 'upstream', 'consumer_group'];

export function isReference(kind: string, key: string): boolean {
  return REFERENCES.includes(key) && Object.hasOwn(kindOf(kind).fields, key);
}
