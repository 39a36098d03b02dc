/**
 * `npm run docs`: writes what can be derived, so that it can't drift: docs/configuration.md and schema.json from the table of settings, and into
 * the README the comparison with others. A test compares all of it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { ROOT } from '../../cli/build/build.ts';
import { comparisonTable } from './comparison.ts';
import { configurationManual } from './configuration.ts';
import { jsonSchema } from './json-schema.ts';

/** The JSON Schema as it is published. */
export async function freshSchema(): Promise<string> {
  const style = await resolveConfig(`${ROOT}/schema.json`);
  return format(JSON.stringify(jsonSchema()), { ...style, parser: 'json' });
}

/** A text with what stands between `<!-- NAME -->` and `<!-- /NAME -->` replaced. */
export function between(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start)
    throw new Error(`Cannot write into the text: it must hold ${open} and ${close}`);
  return `${text.slice(0, start + open.length)}\n\n${content}\n\n${text.slice(end)}`;
}

/** The README with its derived parts as they are now. */
export async function freshReadme(): Promise<string> {
  const readme = readFileSync(`${ROOT}/README.md`, 'utf8');
  return between(readme, 'comparison', await comparisonTable());
}

if (process.argv[1]?.endsWith('docs.ts')) {
  mkdirSync(`${ROOT}/docs`, { recursive: true });
  writeFileSync(`${ROOT}/docs/configuration.md`, await configurationManual());
  writeFileSync(`${ROOT}/schema.json`, await freshSchema());
  writeFileSync(`${ROOT}/README.md`, await freshReadme());
  console.log('docs/configuration.md, schema.json, and in README.md the comparison, are current');
}
