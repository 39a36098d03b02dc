/** What can be tested of deploy/ without Docker, systemd, Prometheus and Grafana. */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { checkConfig } from '../lib/config/settings.ts';
import { readConfig } from '../cli/read-config.ts';
import { findWarnings } from '../cli/check/warnings.ts';
import { ROOT } from '../cli/paths.ts';
import type { Config } from '../lib/config/types.ts';
import { call } from './cli/call.ts';
import { runShell } from './support/command.ts';
import { gatewayFor } from './support/gateway.ts';
import { originFor } from './support/origin.ts';

const read = (file: string) => readFileSync(`${ROOT}/deploy/${file}`, 'utf8');

t.test('every file parses, and the Docker configuration has no warnings', (t) => {
  for (const file of globSync('**/*.{yml,yaml}', { cwd: `${ROOT}/deploy` }))
    for (const document of parseAllDocuments(read(file))) t.same(document.errors, [], file);
  t.ok(JSON.parse(read('monitoring/grafana.json')));
  const { value } = readConfig(`${ROOT}/deploy/docker/gateway.json`);
  t.same(findWarnings(value as Config, checkConfig(value)), []);
  t.end();
});

t.test('the gateway has every metric of the dashboard and the alerts', async (t) => {
  const origin = await originFor(t);
  const gateway = await gatewayFor(t, {
    origins: [origin.url],
    auth: { verify: { url: `${origin.url}/{key}` } },
    status: { path: '/status', token: 'sesame-sesame' },
  });
  await fetch(`${gateway.url}/`, { headers: { apikey: 'good' } });
  await fetch(`${gateway.url}/`);
  const authorization = `Basic ${Buffer.from('prometheus:sesame-sesame').toString('base64')}`;
  const given = await (await fetch(`${gateway.url}/status/metrics`, { headers: { authorization } })).text();
  const named = new Set(
    [...`${read('monitoring/grafana.json')}${read('monitoring/alerts.yml')}`.matchAll(/\bgateway_\w+/g)].map(
      ([name]) => name,
    ),
  );
  t.ok(named.size > 10);
  for (const name of named) t.match(given, new RegExp(`^${name}\\{`, 'm'));
  for (const [, code = ''] of read('monitoring/alerts.yml').matchAll(/code="(\w+)"/g))
    t.match(given, `code="${code}"`);
});

const noPromtool = spawnSync('promtool', ['--version']).error ? 'promtool is not installed' : false;
t.test('promtool accepts the rules and the configuration', { skip: noPromtool }, async (t) => {
  const { code, output } = await runShell('promtool check config deploy/monitoring/prometheus.yml');
  t.equal(code, 0, output);
  t.match(output, /alerts\.yml\s+SUCCESS/);
});

t.test('every command of the workflow has the options', async (t) => {
  const text = read('github/gateway.yml').replaceAll(/\\\n\s*/g, '');
  for (const [, command = '', rest = ''] of text.matchAll(/edge-gateway (check|build|serve|parity)(.*)/g)) {
    const { out } = await call(command, '--help');
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) t.match(out, `${option} `, command);
  }
});
