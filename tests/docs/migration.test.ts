/** The runbook is followed at bad moments: its configurations must be accepted, and its commands must exist. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config, Route } from '../../lib/config/types.ts';
import { runShell } from '../support/command.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const RUNBOOK = readFileSync(at('docs/migration.md'), 'utf8');
const blocks = (language: string) =>
  [...RUNBOOK.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text = '']) => text,
  );

/** Commands with their continued lines joined and comments cut. */
const COMMANDS = blocks('sh')
  .flatMap((text) => text.replaceAll(/\\\n\s*/g, '').split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  .filter((line) => line !== '' && !line.startsWith('#'));

t.test('every configuration in it is accepted', async (t) => {
  const snippets = blocks('json').map((text) => JSON.parse(text) as Config & Route);
  t.equal(snippets.length, 2);
  const [whole] = snippets;
  for (const snippet of snippets)
    t.ok(checkConfig(snippet.pools ? snippet : { pools: whole!.pools!, routes: [snippet] }));
});

t.test('every command in it exists, and takes the options that it is given', async (t) => {
  const { scripts } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const [, name = ''] of COMMANDS.join('\n').matchAll(/npm (?:run )?([\w-]+)/g))
    t.ok(scripts[name], name);
  const lines = COMMANDS.filter((line) => line.startsWith('npx edge-gateway'));
  t.ok(lines.length >= 5);
  for (const line of lines) {
    const [, command = '', rest = ''] = /^npx edge-gateway (\S+)(.*?)(?: >.*)?$/.exec(line) ?? [];
    const { output } = await runShell(`node cli/edge-gateway.js ${command} --help`);
    t.match(output, `Usage: edge-gateway ${command}`);
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) t.match(output, `${option} `, line);
  }
});

t.test('wrangler knows the options, and takes the file as it is', async (t) => {
  const help = execFileSync(
    process.execPath,
    [at('node_modules/wrangler/bin/wrangler.js'), 'deploy', '--help'],
    {
      encoding: 'utf8',
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    },
  );
  const options = COMMANDS.filter((line) => line.includes('wrangler deploy')).flatMap(
    (line) => line.match(/--[a-z-]+(?==| |$)/g) ?? [],
  );
  t.ok(options.includes('--no-bundle'));
  for (const option of new Set(options)) if (!/^--(?:config)$/.test(option)) t.match(help, option);
});
