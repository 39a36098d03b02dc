/** The reference of all settings, as Markdown. */
import { format } from 'prettier';
import { placesOfRecords, recordsOfTable } from '../../cli/table.ts';
import type { Fields, Row } from '../../lib/config/rows.ts';
import { commentsOfTable, settingsOfTable, titleOf } from './settings.ts';
import type { Setting } from './settings.ts';

const HEAD = `# Configuration

Made from the table in \`lib/config/schema.ts\` by \`npm run docs\`; edit it there.

One object: the literal \`CONFIG\` at the top of the script, or a binding named \`GATEWAY_CONFIG\` (a JSON object, or JSON text), which
replaces it whole. An unknown key, a wrong type or an impossible value stops the script from starting, with every fault listed at once;
names of pools are looked up once all else is right. \`edge-gateway check FILE\` says the faults, or the plan.

A configuration that names only origins adds nothing to requests and answers that nobody asked for.

## Help from the editor

Every command reads JSON, JSON with comments, YAML, JavaScript and TypeScript. Editors complete and check all of them:

| file | what to write | where the file lies |
| --- | --- | --- |
| JSON | \`"$schema": "./schema.json",\` as its first setting | beside a copy of [schema.json](../schema.json); with the package installed, \`"./node_modules/edge-gateway/dist/schema.json"\` |
| YAML | \`# yaml-language-server: $schema=./schema.json\` as its first line | the same, with the YAML extension of the editor |
| the pasted file | nothing: \`@type\` is written above its \`CONFIG\` | in a clone, or where the package is installed |
| TypeScript | \`import { defineConfig } from 'edge-gateway';\` and \`export default defineConfig({ … });\` | the same |

The package is not on npm: \`npm pack --workspace edge-gateway\` in a clone makes \`edge-gateway-0.2.0.tgz\`, which \`npm install --save-dev\` takes.
A configuration is data: what stands in the braces is read, and neither \`process\` nor an import means anything in it.`;

export async function configurationManual(): Promise<string> {
  const settings = settingsOfTable();
  const places = placesOfRecords();
  const comments = commentsOfTable();
  const sections = Object.keys(recordsOfTable()).map((record) => {
    const stands = (places.get(record) ?? []).filter(Boolean).map((place) => `\`${place}\``);
    return [
      `## ${record === 'config' ? 'The whole' : titleOf(record)}`,
      stands.length > 0 ? `Stands at ${stands.join(', ')}.` : '',
      comments.get(record) ?? '',
      '| setting | type | default | meaning |\n| --- | --- | --- | --- |\n' +
        settings
          .filter((one) => one.record === record)
          .map(lineOf)
          .join('\n'),
    ].filter(Boolean);
  });
  return format([HEAD, ...sections.flat()].join('\n\n'), { parser: 'markdown' });
}

function lineOf({ path, row, comment }: Setting): string {
  const required = 'default' in row ? '' : ' (required)';
  const fallback = row.default == null ? '' : code(JSON.stringify(row.default));
  return `| \`${path.join('.')}\`${required} | ${code(typeText(row))} | ${fallback} | ${escapeBars(comment)} |`;
}

const code = (text: string): string => `\`${escapeBars(text)}\``;
const escapeBars = (text: string): string => text.replaceAll('|', '\\|');

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
