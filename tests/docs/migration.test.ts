/** The runbook's configurations are valid, and its commands exist; npm scripts: readme.test.ts. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config, Route } from '../../lib/config/types.ts';
import { call } from '../cli/call.ts';

const RUNBOOK = readFileSync(new URL('../../docs/migration.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...RUNBOOK.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text = '']) => text,
  );

/** Commands with their continued lines joined and comments cut. */
const COMMANDS = blocks('sh')
  .flatMap((text) => text.replaceAll(/\\\n\s*/g, '').split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  .filter((line) => line !== '' && !line.startsWith('#'));

t.test('every configuration is valid', async (t) => {
  const snippets = blocks('json').map((text) => JSON.parse(text) as Config & Route);
  t.equal(snippets.length, 2);
  const [whole] = snippets;
  for (const snippet of snippets)
    t.ok(checkConfig(snippet.pools ? snippet : { pools: whole!.pools!, routes: [snippet] }));
});

t.test('every command of edge-gateway exists and has the options', async (t) => {
  const lines = COMMANDS.filter((line) => line.startsWith('npx edge-gateway'));
  t.ok(lines.length >= 5);
  for (const line of lines) {
    const [, command = '', rest = ''] = /^npx edge-gateway (\S+)(.*?)(?: >.*)?$/.exec(line) ?? [];
    const { out } = await call(command, '--help');
    t.match(out, `Usage: edge-gateway ${command}`);
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) t.match(out, `${option} `, line);
  }
});
