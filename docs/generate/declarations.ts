/**
 * The table of settings as TypeScript declarations, for editors and for configurations written in TypeScript: generated
 * from schema.json.
 */
import { compile } from 'json-schema-to-typescript';
import { format, resolveConfig } from 'prettier';
import { ROOT } from '../../cli/paths.ts';
import { jsonSchema } from './json-schema.ts';

const HEAD = `/** The configuration of edge-gateway, made by \`npm run docs\` from the table of settings. */

/** Gives the configuration back: it is there for editors, which complete and check what is written in it. */
export declare function defineConfig(config: Config): Config;
`;

export async function freshDeclarations(): Promise<string> {
  // The library supports tuples only in the notation of older drafts.
  const older = JSON.stringify({ ...jsonSchema(), title: 'Config' }, (_, value: unknown) => {
    const { prefixItems, ...others } = (value ?? {}) as Record<string, unknown>;
    return Array.isArray(prefixItems)
      ? { ...others, items: prefixItems, maxItems: prefixItems.length }
      : value;
  });
  const text = await compile(JSON.parse(older) as object, 'Config', {
    bannerComment: HEAD,
    format: false,
    unknownAny: true,
  });
  const style = await resolveConfig(`${ROOT}/cli/index.d.ts`);
  return format(text.replaceAll(/\/\*\*\n\s*\* (.*)\n\s*\*\//g, '/** $1 */'), {
    ...style,
    parser: 'typescript',
  });
}
