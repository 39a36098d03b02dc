/**
 * Which features a configuration needs, and what a file without some of them does not take. For those who build files.
 */
import type { RecordName } from './rows.ts';
import { BASE } from './schema.ts';
import { createCheck, validateConfig } from './validate.ts';
import type { AbsentSettings, NamedRows } from './validate.ts';

/** Names of the features that a configuration uses; settings that say what is so anyway use none. */
export function featuresUsed(config: unknown, features: readonly NamedRows[]): ReadonlySet<string> {
  const check = createCheck(features);
  validateConfig(check, config);
  const owners = new Map<string, string>();
  for (const { name, rows } of features)
    for (const [record, fields] of Object.entries(rows?.() ?? {}))
      // A feature may widen a row of another, which stays its owner.
      for (const key in fields) if (!owners.has(`${record}.${key}`)) owners.set(`${record}.${key}`, name);
  return new Set([...check.used].map((one) => owners.get(one) ?? one));
}

/** Settings of `every` feature that none of `carried` has, each with what it is without. */
export function absentSettings(every: readonly NamedRows[], carried: readonly NamedRows[]): AbsentSettings {
  const names = new Set(carried.map(({ name }) => name));
  const known = createCheck([...BASE, ...carried]).records;
  const absent: { [N in RecordName]?: Record<string, unknown> } = {};
  for (const { name, rows } of every)
    for (const [record, fields] of Object.entries(names.has(name) || !rows ? {} : rows()))
      for (const [key, row] of Object.entries(fields))
        if (!Object.hasOwn(known[record as RecordName] ?? {}, key))
          (absent[record as RecordName] ??= {})[key] = row.default ?? null;
  // A record of absent settings alone is never reached, but for the route that there always is.
  return Object.fromEntries(
    Object.entries(absent).filter(([record]) => record === 'route' || known[record as RecordName]),
  );
}
