/**
 * Which features a configuration needs, and what a file without some of them does not take. For those who build files.
 */
import type { RecordName, Row } from './rows.ts';
import { BASE } from './schema.ts';
import { createCheck, validate } from './validate.ts';
import type { AbsentSettings, NamedRows } from './validate.ts';

/** Names of the features that a configuration uses; settings that say what is so anyway use none. */
export function featuresUsed(config: unknown, features: readonly NamedRows[]): ReadonlySet<string> {
  const check = createCheck(features);
  validate(check, { type: 'ref', to: 'config' }, config, '');
  return check.used;
}

/** Settings of `every` feature that none of `carried` has, each with the value that does without. */
export function absentSettings(every: readonly NamedRows[], carried: readonly NamedRows[]): AbsentSettings {
  const names = new Set(carried.map(({ name }) => name));
  const known = createCheck([...BASE, ...carried]).records;
  const absent: { [N in RecordName]?: Record<string, unknown> } = {};
  for (const { name, rows } of every)
    for (const [record, fields] of Object.entries(names.has(name) || !rows ? {} : rows()))
      for (const [key, row] of Object.entries(fields))
        if (!Object.hasOwn(known[record as RecordName] ?? {}, key))
          (absent[record as RecordName] ??= {})[key] = idleValue(row);
  // A record of absent settings alone is never reached.
  return Object.fromEntries(Object.entries(absent).filter(([record]) => known[record as RecordName]));
}

function idleValue(row: Row): unknown {
  return row.default ?? false;
}
