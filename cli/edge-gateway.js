#!/usr/bin/env node
// In a clone the sources themselves run: Node 22.18 and later strip their types. The packed package carries them bundled, for Node 20 too.
import { existsSync } from 'node:fs';

const sources = existsSync(new URL('main.ts', import.meta.url));
const { programFor } = await import(sources ? './main.ts' : './dist/cli/main.js');
const args = process.argv.slice(2);
await (await programFor(args)).parseAsync(args, { from: 'user' });
