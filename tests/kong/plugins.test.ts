/**
 * Kong's plug-ins that are not authentication, played like the other cases: against the built Worker on workerd. A case that
 * does not hold stands in plugins-cannot.json with a sound reason, or fails.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { KongCase } from './case.ts';
import { playAll } from './run.ts';

const AREAS = [
  'acl',
  'ip-restriction',
  'bot-detection',
  'request-transformer',
  'response-transformer',
  'request-termination',
  'request-size-limiting',
  'correlation-id',
  'redirect',
  'proxy-cache',
  'response-ratelimiting',
  'http-log',
  'file-log',
  'zipkin',
  'opentelemetry',
  'standard-webhooks',
  'plugin-scope',
];
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const reasons = read('plugins-cannot.json') as Record<string, string>;
const only = process.env['KONG_CASE'];
const cases = (read('plugin-cases.json') as KongCase[]).filter(
  ({ id, area }) => AREAS.includes(area) && (only === undefined || id.startsWith(only)),
);

t.setTimeout(240_000);

t.test("the Worker does what Kong's plug-ins do", { timeout: 220_000 }, async (t) => {
  const results = await playAll(cases);
  for (const area of AREAS)
    t.test(area, async (t) => {
      for (const { one, differences } of results.filter((result) => result.one.area === area))
        if (reasons[one.id] === undefined) t.same(differences, [], one.id);
        else t.not(differences.length, 0, `${one.id} cannot hold: ${reasons[one.id]}`);
    });
});
