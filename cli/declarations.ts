/**
 * Writes index.d.ts, the settings as TypeScript declarations, from schema.json: for editors in a clone, where `npm ci`
 * runs this, and for the package.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';
import { ROOT } from './paths.ts';

const HEAD = `/** The configuration of edge-gateway, made from its JSON Schema. */

/** Gives the configuration back: it is there for editors, which complete and check what is written in it. */
export declare function defineConfig(config: Config): Config;
`;

// The library supports tuples only in the notation of older drafts.
const schema = JSON.parse(readFileSync(`${ROOT}/schema.json`, 'utf8'), (_, value: unknown) => {
  const { prefixItems, ...others } = (value ?? {}) as Record<string, unknown>;
  return Array.isArray(prefixItems) ? { ...others, items: prefixItems, maxItems: prefixItems.length } : value;
}) as object;
const text = await compile({ ...schema, title: 'Config' }, 'Config', {
  bannerComment: HEAD,
  unknownAny: true,
});
writeFileSync(`${ROOT}/cli/index.d.ts`, text);
