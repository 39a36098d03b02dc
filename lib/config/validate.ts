/**
 * Validates a configuration against the rows of the schema and fills in its defaults, in one step. Every fault is
 * listed with its path, what is valid and what was received. It never throws, so that all faults are seen at once.
 */
import { ref, tellingName } from './rows.ts';
import type { FeatureRows, Fields, RecordName, Row, Whole } from './rows.ts';

/** The part of a feature that this file uses. */
export interface NamedRows {
  readonly name: string;
  /** A function, so that a bundler drops the rows of a feature that is not built in. */
  readonly rows?: () => FeatureRows;
}
/** Settings of features that a build does not include, by record, each with its value without the feature. */
export type AbsentSettings = { readonly [N in RecordName]?: Readonly<Record<string, unknown>> };
type Values = Record<string, unknown>;

/** The state of one validation. */
export interface Check {
  readonly records: Partial<Record<RecordName, Fields>>;
  readonly features: ReadonlySet<string>;
  readonly absent: AbsentSettings;
  readonly faults: string[];
  /** What the configuration uses: settings as "record.name", and names of features that a value needs. */
  readonly used: Set<string>;
  /** Run once all values are valid. */
  readonly reviews: ((config: Whole) => void)[];
  /** Each record's defaults, computed once: a hundred routes start a millisecond sooner. */
  readonly defaults: Map<Fields, Values>;
}

const ABSENT = 'needs worker-full.js or edge-gateway build --config';

export function createCheck(features: readonly NamedRows[], absent: AbsentSettings = {}): Check {
  const records: Partial<Record<RecordName, Fields>> = {};
  for (const { rows } of features)
    for (const [record, fields] of Object.entries(rows?.() ?? {}) as [RecordName, Fields][])
      records[record] = { ...records[record], ...fields };
  const names = new Set(features.map(({ name }) => name));
  return { records, features: names, absent, faults: [], used: new Set(), reviews: [], defaults: new Map() };
}

/** Validates a whole configuration against the rows of `check`. */
export function validateConfig(check: Check, written: unknown): unknown {
  return validate(check, ref('config'), written, '');
}

/** The value with its defaults filled in, frozen; not to be used if faults were added. */
export function validate(check: Check, row: Row, written: unknown, path: string): unknown {
  let value = written;
  if (value === undefined && 'default' in row) {
    value = row.default;
    if (value == null) return value;
  }
  if (value === false && 'off' in row) return row.off;
  if (!fitsRow(row, value)) return addFault(check, row, value, path, row.must);
  const before = check.faults.length;
  const made = readInside(check, row, value, path);
  if (check.faults.length > before) return undefined;
  const must = row.test?.(value as never);
  if (must) return addFault(check, row, value, path, must);
  for (const [pattern, feature] of row.needs ?? [])
    if (pattern.test(typeof value === 'string' ? value : showJson(value))) {
      check.used.add(feature);
      if (!check.features.has(feature)) check.faults.push(`${path} ${showReceived(value)} ${ABSENT}`);
    }
  if (row.review) check.reviews.push((config) => row.review?.(made as never, path, config, check.faults));
  return Object.freeze(row.make ? row.make(made as never, path) : made);
}

/** Checks a value without looking at its members. */
function fitsRow(row: Row, value: unknown): boolean {
  const { type, least = 0, most = Infinity } = row;
  if (type === 'string') return typeof value === 'string' && (row.pattern as RegExp).test(value);
  if (type === 'enum') return (row.words as unknown[]).includes(value);
  if (type === 'boolean') return typeof value === 'boolean';
  if (type === 'list') return Array.isArray(value) && value.length >= least;
  if (type === 'tuple') return Array.isArray(value) && value.length === (row.items as Row[]).length;
  if (type === 'either') return (row.among as Row[]).some((one) => fitsRow(one, value));
  if (type === 'number' || type === 'integer')
    return (
      typeof value === 'number' && value >= least && value <= most && (type === 'number' || value % 1 === 0)
    );
  return isRecord(value);
}

function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readInside(check: Check, row: Row, value: unknown, path: string): unknown {
  const { type, items } = row;
  if (type === 'either') {
    const taking = (row.among as Row[]).filter((one) => fitsRow(one, value));
    const named = taking.find(({ fields }) => fields && tellingName(fields) in (value as Values));
    const chosen = named ?? (taking.length === 1 && taking[0]);
    return chosen ? validate(check, chosen, value, path) : addFault(check, row, value, path, row.must);
  }
  if (type === 'list' || type === 'tuple')
    return Array.from(value as unknown[], (item, i) =>
      validate(check, type === 'list' ? (items as Row) : (items as Row[])[i]!, item, `${path}[${i}]`),
    );
  if (type === 'record')
    return Object.entries(value as Values).map(([name, item]) => {
      const key = validate(check, row.keys as Row, name, `${path}: the key`);
      return Object.freeze([key, validate(check, row.values as Row, item, `${path}.${name}`)]);
    });
  if (type === 'object') return readObject(check, row.fields as Fields, value as Values, path);
  return type === 'ref'
    ? readObject(check, check.records[row.to!] ?? {}, value as Values, path, row.to)
    : value;
}

/** An object with exactly these fields. `record`: its name, if features may extend it. */
export function readObject(
  check: Check,
  fields: Fields,
  value: Values,
  path: string,
  record?: RecordName,
): Values {
  const absent = (record && check.absent[record]) ?? {};
  const made = { ...absent, ...defaultsOf(check, fields) };
  const at = path && `${path}.`;
  for (const key in value) {
    const row = Object.hasOwn(fields, key) && fields[key];
    if (value[key] === undefined) continue;
    if (row) {
      made[key] = validate(check, row, value[key], at + key);
      if (record && !isIdle(value[key], row.default)) check.used.add(`${record}.${key}`);
    } else if (!Object.hasOwn(absent, key))
      check.faults.push(`${at}${key}: unknown key${nearest(key, Object.keys(fields))}`);
    else if (!isIdle(value[key], absent[key])) check.faults.push(`${at}${key} ${ABSENT}`);
  }
  for (const key in fields) {
    const row = fields[key] as Row;
    if (!('default' in row) && value[key] === undefined) validate(check, row, undefined, at + key);
  }
  return made;
}

/** Whether a setting means the same as its absence. */
function isIdle(value: unknown, fallback: unknown): boolean {
  if (value === false && fallback == null) return true;
  return showJson(value) === showJson(fallback);
}

function defaultsOf(check: Check, fields: Fields): Values {
  let known = check.defaults.get(fields);
  if (!known) {
    const made: Values = {};
    for (const key in fields)
      if (fields[key]!.default !== undefined) made[key] = validate(check, fields[key]!, undefined, key);
    // V8 copies a record that was built key by key slowly, and a copy of it fast.
    check.defaults.set(fields, (known = { ...made }));
  }
  return known;
}

/** Adds a fault; for secrets, the received value is not shown. */
function addFault(check: Check, row: Row, value: unknown, path: string, must: string): undefined {
  const received =
    row.secret && value !== undefined
      ? ' (what was received is not shown)'
      : `, received ${showReceived(value)}`;
  check.faults.push(`${path || 'the configuration'} must be ${must}${received}`);
}

export function showReceived(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = showJson(value);
  return text.length > 60 ? text.slice(0, 57) + '...' : text;
}

/** As JSON. A CONFIG may hold values that JSON cannot, and its other faults must be reported all the same. */
function showJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'what JSON cannot hold';
  }
}

/** `, did you mean "hedge"?` if a known key is at most two edits away (three for long ones), else "". */
export function nearest(word: string, known: readonly string[]): string {
  const [best] = known
    .map((name) => ({ name, edits: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits < (word.length > 7 ? 4 : 3) ? `, did you mean "${best.name}"?` : '';
}

/** The Levenshtein distance, row by row; a transposition counts two. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
