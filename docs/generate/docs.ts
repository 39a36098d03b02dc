/**
 * `npm run docs`: writes everything that can be generated, so that it cannot drift: the JSON Schema, the parts of pages
 * between markers, and the measured cells of a table. A test compares all of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pluginTable } from '../../cli/import-kong/plugins/table.ts';
import { format } from '../../cli/format.ts';
import { between } from '../../cli/markdown.ts';
import { ROOT } from '../../cli/paths.ts';
import { withMeasuredCells } from './comparison.ts';
import { configurationManual } from './configuration.ts';
import { ASSUMED, costTable } from './costs.ts';
import { jsonSchema } from './json-schema.ts';

/** The text of every file with something generated in it. */
export async function freshPages(): Promise<Record<string, string>> {
  const read = (file: string): string => readFileSync(`${ROOT}/${file}`, 'utf8');
  const page = (file: string, marker: string, content: string): Promise<string> =>
    format(file, between(read(file), marker, content));
  return {
    'docs/configuration.md': await page('docs/configuration.md', 'settings', configurationManual()),
    'docs/comparison.md': await format('comparison.md', withMeasuredCells(read('docs/comparison.md'))),
    'docs/kong.md': await page('docs/kong.md', 'plug-ins', pluginTable()),
    'docs/migration.md': await page('docs/migration.md', 'costs', costTable(ASSUMED)),
    'schema.json': await format('schema.json', JSON.stringify(jsonSchema())),
  };
}

if (process.argv[1]?.endsWith('docs.ts')) {
  const pages = Object.entries(await freshPages());
  for (const [file, text] of pages) writeFileSync(`${ROOT}/${file}`, text);
  console.log(`${pages.map(([file]) => file).join(', ')} are current`);
}
