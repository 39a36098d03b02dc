/** The table of settings, looked up by a setting's path in the configuration. */
import type { Fields, RecordName, Row } from '../lib/config/rows.ts';
import { everyFeature } from '../lib/config/settings.ts';
import { createCheck } from '../lib/config/validate.ts';

/** Every record of the table, with the fields that features add. */
export function recordsOfTable(): Record<RecordName, Fields> {
  return createCheck(everyFeature()).records as Record<RecordName, Fields>;
}

/** The paths of each record: `pool` at `pools.NAME`, `auth` at `auth` and `routes[].auth`. */
export function placesOfRecords(): ReadonlyMap<string, readonly string[]> {
  const records = recordsOfTable();
  const places = new Map<string, string[]>([['config', ['']]]);
  const visit = (row: Row, at: string): void => {
    if (row.type === 'ref') {
      const known = places.get(row.to as string);
      if (known?.includes(at)) return;
      places.set(row.to as string, [...(known ?? []), at]);
      visitFields(records[row.to as RecordName], at);
    } else if (row.type === 'list') visit(row.items as Row, `${at}[]`);
    else if (row.type === 'record') visit(row.values as Row, `${at}.NAME`);
    else if (row.type === 'object') visitFields(row.fields as Fields, at);
    else if (row.type === 'either') for (const one of row.among as readonly Row[]) visit(one, at);
  };
  const visitFields = (fields: Fields, at: string): void => {
    for (const [key, row] of Object.entries(fields)) visit(row, at ? `${at}.${key}` : key);
  };
  visitFields(records.config, '');
  return places;
}

/** The fields of an object of this row; for alternatives, the fields of all of them. */
export function fieldsOf({ type, to, fields, among = [] }: Row): Fields {
  if (type === 'ref') return recordsOfTable()[to as RecordName];
  if (type === 'either') return Object.assign({}, ...among.map(fieldsOf)) as Fields;
  return fields ?? {};
}
