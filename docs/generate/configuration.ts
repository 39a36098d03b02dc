/** The reference of all settings, as Markdown: the generated part of docs/configuration.md. */
import { markdownTable } from '../../cli/markdown.ts';
import { placesOfRecords, recordsOfTable } from '../../cli/table.ts';
import type { Fields, Row } from '../../lib/config/rows.ts';
import { COMMENTS, settingsOfTable, titleOf } from './settings.ts';
import type { Setting } from './settings.ts';

export function configurationManual(): string {
  const settings = settingsOfTable();
  const places = placesOfRecords();
  const sections = Object.keys(recordsOfTable()).map((record) => {
    const at = (places.get(record) ?? []).filter(Boolean).map((place) => `\`${place}\``);
    return [
      `## ${record === 'config' ? 'The whole' : titleOf(record)}`,
      at.length > 0 ? `At ${at.join(', ')}.` : '',
      COMMENTS.get(record) ?? '',
      markdownTable(
        ['setting', 'type', 'default', 'meaning'],
        settings.filter((one) => one.record === record).map(rowOf),
      ),
    ].filter(Boolean);
  });
  return sections.flat().join('\n\n');
}

function rowOf({ path, row, comment }: Setting): string[] {
  const required = 'default' in row ? '' : ' (required)';
  const fallback = row.default == null ? '' : `\`${JSON.stringify(row.default)}\``;
  return [`\`${path.join('.')}\`${required}`, `\`${typeText(row)}\``, fallback, comment];
}

/** The type in TypeScript's notation, with ranges in words. */
function typeText(row: Row): string {
  const text = plainTypeText(row);
  return 'off' in row ? `${text} | false` : text;
}

function plainTypeText(row: Row): string {
  const { type, least = 0, most = Infinity } = row;
  switch (type) {
    case 'enum':
      return (row.words as readonly unknown[]).map((word) => JSON.stringify(word)).join(' | ');
    case 'integer':
    case 'number':
      return `${type} ${least} to ${most}`;
    case 'list':
      return listText(row.items as Row);
    case 'tuple':
      return `[${(row.items as readonly Row[]).map(typeText).join(', ')}]`;
    case 'record':
      return `{ NAME: ${typeText(row.values as Row)} }`;
    case 'object':
      return `{ ${fieldsText(row.fields as Fields)} }`;
    case 'ref':
      return titleOf(row.to as string);
    case 'either':
      return (row.among as readonly Row[]).map(typeText).join(' | ');
    case 'string':
    case 'boolean':
      return type;
  }
}

function listText(items: Row): string {
  const text = typeText(items);
  return / /.test(text) ? `(${text})[]` : `${text}[]`;
}

function fieldsText(fields: Fields): string {
  return Object.entries(fields)
    .map(([key, row]) => ('default' in row ? `${key}?` : key))
    .join(', ');
}
