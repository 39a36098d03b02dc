/** The table of settings as a JSON Schema (2020-12), for editors that validate a configuration as it is written. */
import { recordsOfTable } from '../../cli/table.ts';
import type { Fields, Row } from '../../lib/config/rows.ts';
import { COMMENTS, titleOf } from './settings.ts';

type Schema = Record<string, unknown>;

/** References to pools and other rules across settings are left to `edge-gateway check`. */
export function jsonSchema(): Schema {
  const { config, ...others } = recordsOfTable();
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of edge-gateway',
    ...objectSchema(config, 'config'),
    $defs: Object.fromEntries(
      Object.entries(others).map(([name, fields]) => [titleOf(name), objectSchema(fields, name)]),
    ),
  };
}

function objectSchema(fields: Fields, at: string): Schema {
  const entries = Object.entries(fields);
  const required = entries.filter(([, row]) => !('default' in row)).map(([key]) => key);
  const description = COMMENTS.get(at);
  return {
    ...(description ? { description } : {}),
    type: 'object',
    properties: Object.fromEntries(entries.map(([key, row]) => [key, settingSchema(row, `${at}.${key}`)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function settingSchema(row: Row, at: string): Schema {
  const description = COMMENTS.get(at);
  const value = rowSchema(row, at);
  return {
    ...(description ? { description } : {}),
    ...('off' in row ? { anyOf: [value, { const: false }] } : value),
    ...(row.default == null ? {} : { default: row.default }),
  };
}

function rowSchema(row: Row, at: string): Schema {
  const inner = (one: Row): Schema => rowSchema(one, at);
  switch (row.type) {
    case 'string':
      return {
        type: 'string',
        ...patternSchema(row.pattern as RegExp),
        ...(row.format ? { format: row.format } : {}),
      };
    case 'enum':
      return { enum: row.words };
    case 'integer':
    case 'number':
      return { type: row.type, minimum: row.least, maximum: row.most };
    case 'boolean':
      return { type: 'boolean' };
    case 'list':
      return { type: 'array', items: inner(row.items as Row), ...(row.least ? { minItems: row.least } : {}) };
    case 'tuple': {
      const items = row.items as readonly Row[];
      return { type: 'array', prefixItems: items.map(inner), items: false, minItems: items.length };
    }
    case 'record':
      return {
        type: 'object',
        propertyNames: inner(row.keys as Row),
        additionalProperties: inner(row.values as Row),
      };
    case 'object':
      return objectSchema(row.fields as Fields, at);
    case 'ref':
      return { $ref: `#/$defs/${titleOf(row.to as string)}` };
    case 'either':
      return { anyOf: (row.among as readonly Row[]).map(inner) };
  }
}

function patternSchema({ source }: RegExp): Schema {
  return source === '[^]' ? { minLength: 1 } : source === '^' ? {} : { pattern: source };
}
