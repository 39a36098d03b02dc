/**
 * For builds: which features a configuration needs, and which settings a build without some features rejects.
 */
import type { RecordName } from './rows.ts';
import { BASE } from './schema.ts';
import { createCheck, validateConfig } from './validate.ts';
import type { AbsentSettings, NamedRows } from './validate.ts';

/** Names of the features that a configuration uses; a setting that equals its default uses none. */
export function featuresUsed(config: unknown, features: readonly NamedRows[]): ReadonlySet<string> {
  const check = createCheck(features);
  validateConfig(check, config);
  const owners = new Map<string, string>();
  for (const { name, rows } of features)
    for (const [record, fields] of Object.entries(rows?.() ?? {}))
      // A feature may extend another's row; the owner is still the first.
      for (const key in fields) if (!owners.has(`${record}.${key}`)) owners.set(`${record}.${key}`, name);
  return new Set([...check.used].map((one) => owners.get(one) ?? one));
}

/** Settings of `every` feature that none of `carried` has, each with its value without the feature. */
export function absentSettings(every: readonly NamedRows[], carried: readonly NamedRows[]): AbsentSettings {
  const names = new Set(carried.map(({ name }) => name));
  const known = createCheck([...BASE, ...carried]).records;
  const absent: { [N in RecordName]?: Record<string, unknown> } = {};
  for (const { name, rows } of every)
    for (const [record, fields] of Object.entries(names.has(name) || !rows ? {} : rows()))
      for (const [key, row] of Object.entries(fields))
        if (!Object.hasOwn(known[record as RecordName] ?? {}, key))
          (absent[record as RecordName] ??= {})[key] = row.default ?? null;
  // A record with only absent settings is never reached, except the route, which always exists.
  return Object.fromEntries(
    Object.entries(absent).filter(([record]) => record === 'route' || known[record as RecordName]),
  );
}
