/**
 * `npm run docs`: writes everything that can be generated, so that it cannot drift: docs/configuration.md and schema.json
 * from the table of settings, docs/comparison.md from measurements, and the table of plug-ins in docs/kong.md. A test
 * compares all of it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { between } from '../../cli/markdown.ts';
import { ROOT } from '../../cli/paths.ts';
import { comparisonTable } from './comparison.ts';
import { pluginTable } from '../../cli/import-kong/plugins/table.ts';
import { configurationManual } from './configuration.ts';
import { jsonSchema } from './json-schema.ts';

/** The published JSON Schema. */
export async function freshSchema(): Promise<string> {
  const style = await resolveConfig(`${ROOT}/schema.json`);
  return format(JSON.stringify(jsonSchema()), { ...style, parser: 'json' });
}

/** The page that compares the gateway with others. */
export function comparisonPage(): Promise<string> {
  const text = `# Beside others

What becomes of GETs when one of two origins is bad, and what else there is. What the Workers do was asked of them on the same runtime
(\`node bench/probes.ts\`); Kong's column is what its documentation says of it.

${comparisonTable()}

What Kong has and this has not: plug-ins of one's own, an Admin API with a database, discovery by DNS, gRPC, TCP and TLS. hono and itty-router
are smaller, and cheaper where nothing goes wrong.
`;
  return format(text, { parser: 'markdown' });
}

/** docs/kong.md with the importer's current table of plug-ins. */
export function freshKongPage(): Promise<string> {
  const page = readFileSync(`${ROOT}/docs/kong.md`, 'utf8');
  return format(between(page, 'plug-ins', pluginTable()), { parser: 'markdown', singleQuote: true });
}

if (process.argv[1]?.endsWith('docs.ts')) {
  const pages = {
    'docs/configuration.md': await configurationManual(),
    'docs/comparison.md': await comparisonPage(),
    'docs/kong.md': await freshKongPage(),
    'schema.json': await freshSchema(),
  };
  mkdirSync(`${ROOT}/docs`, { recursive: true });
  for (const [file, text] of Object.entries(pages)) writeFileSync(`${ROOT}/${file}`, text);
  console.log(`${Object.keys(pages).join(', ')} are current`);
}
