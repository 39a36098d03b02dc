/**
 * Configuration errors for people: with the location in the file, and with hints that the Worker's own messages omit to
 * stay small: an example of the type, the word that was probably meant, where a key belongs.
 */
import { checkConfig } from '../lib/config/settings.ts';
import { ref } from '../lib/config/rows.ts';
import type { Row } from '../lib/config/rows.ts';
import type { Settings } from '../lib/config/types.ts';
import { nearest } from '../lib/config/validate.ts';
import type { ConfigFile } from './read-config.ts';
import { fieldsOf, placesOfRecords, recordsOfTable } from './table.ts';

/** The settings, or null and the errors, one line each. */
export function checkValue(value: unknown): [Settings | null, string[]] {
  try {
    return [checkConfig(value), []];
  } catch (error) {
    // The message holds all errors, one line each, under a heading.
    const [head = '', ...faults] = (error as Error).message.split('\n  ');
    return [null, (faults.length > 0 ? faults : [head]).map((fault) => withHint(fault, value))];
  }
}

/** `value`: the effective configuration, if it differs from the file. Throws an Error with one line per error. */
export function checkFile({ value: written, placeOf }: ConfigFile, value: unknown = written): Settings {
  const [settings, faults] = checkValue(value);
  if (settings) return settings;
  throw new Error(faults.map((fault) => `${placeOf(fault)}: ${fault}`).join('\n'));
}

/** `auth.verify must be an object, such as { url: … }, received "https://…"` */
export function withHint(fault: string, config: unknown): string {
  const unknown = /([\w$-]+): unknown key$/.exec(fault);
  if (unknown) return fault + placesHint(unknown[1] as string);
  const found = settingOf(fault, config);
  if (!found) return fault;
  const { row, value } = found;
  if (row.type === 'enum' && typeof value === 'string')
    return fault + nearest(value, (row.words ?? []).map(String));
  return fault.replace(
    /(?<= must be )(an object|a list)\b.*?(?=, received|$)/,
    `$&, such as ${exampleOf(row)}`,
  );
}

/** At most three places: more would not help. */
function placesHint(key: string): string {
  const records = Object.entries(recordsOfTable()).filter(([, fields]) => Object.hasOwn(fields, key));
  const places = records.flatMap(([name]) => placesOfRecords().get(name) ?? []).filter((at) => at !== '');
  if (places.length === 0) return '';
  return `; it stands at ${places
    .slice(0, 3)
    .map((at) => `${at}.${key}`)
    .join(' or ')}`;
}

/**
 * The row and the value of the setting that an error begins with. Names may contain dots, so the longest match is used.
 */
function settingOf(fault: string, config: unknown): { row: Row; value: unknown } | null {
  let row: Row = ref('config');
  let value = config;
  let rest = fault;
  while (!rest.startsWith(' must be ')) {
    const index = /^\[(\d+)\]/.exec(rest);
    const names: string[] = row.type === 'record' ? Object.keys(value ?? {}) : Object.keys(fieldsOf(row));
    const [name = ''] = names
      .filter((one) => rest.startsWith(one) && /^[.[ ]/.test(rest.slice(one.length)))
      .toSorted((a, b) => b.length - a.length);
    const step = index ? (index[1] as string) : name;
    const inner: Row | undefined = index
      ? [row.items ?? []].flat()[row.type === 'tuple' ? Number(step) : 0]
      : row.type === 'record'
        ? row.values
        : fieldsOf(row)[name];
    if (step === '' || !inner) return null;
    rest = rest.slice(index ? index[0].length : name.length).replace(/^\./, '');
    row = inner;
    value = (value as Record<string, unknown> | undefined)?.[step];
  }
  return { row, value };
}

/** An example of the required fields, or else of the first field. */
function exampleOf(row: Row): string {
  const { type, items, values, words = [], among = [] } = row;
  switch (type) {
    case 'ref':
    case 'object': {
      const fields = Object.entries(fieldsOf(row));
      const needed = fields.filter(([, one]) => !('default' in one));
      const shown = needed.length > 0 ? needed : fields.slice(0, 1);
      return `{ ${shown.map(([name, one]) => `${name}: ${exampleOf(one)}`).join(', ')} }`;
    }
    case 'list':
    case 'tuple':
      return `[${[items ?? []]
        .flat()
        .map((one) => exampleOf(one))
        .join(', ')}]`;
    case 'record':
      return `{ NAME: ${values ? exampleOf(values) : '…'} }`;
    case 'either':
      return among[0] ? exampleOf(among[0]) : '…';
    case 'enum':
      return JSON.stringify(words[0]);
    case 'boolean':
      return 'true';
    case 'string':
    case 'integer':
    case 'number':
      return '…';
  }
}
