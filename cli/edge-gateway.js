#!/usr/bin/env node
// In a clone the sources themselves run: Node 22.18 and later strip their types. The packed package has them bundled,
// for Node 20 too.
import { existsSync } from 'node:fs';

const sources = existsSync(new URL('main.ts', import.meta.url));
if (sources && !process.features.typescript) {
  console.error(
    `Cannot run in a clone: Node must be 22.18 or later, received ${process.version}. ` +
      '`npm ci` installs one, which npm and npx then use.',
  );
  process.exit(1);
}
const { programFor } = await import(sources ? './main.ts' : './dist/cli/main.js');
const args = process.argv.slice(2);
await (await programFor(args)).parseAsync(args, { from: 'user' });
