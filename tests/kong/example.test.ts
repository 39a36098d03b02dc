/**
 * examples/kong is accurate: gateway.json is what the importer produces, its notes are those on its page, and the
 * gateway works.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { importKong } from '../../cli/import-kong/import.ts';
import { gatewayFor } from '../support/gateway.ts';
import { rawRequest } from '../support/raw.ts';
import { startMock } from './mock.ts';

const read = (name: string): string =>
  readFileSync(new URL(`../../examples/kong/${name}`, import.meta.url), 'utf8');
const { config, notes } = importKong(read('kong.yml'));

t.test('gateway.json and the notes are what the importer writes', async (t) => {
  t.same(
    JSON.parse(JSON.stringify(config)),
    JSON.parse(read('gateway.json')),
    'import-kong examples/kong/kong.yml > examples/kong/gateway.json',
  );
  for (const { effect, text } of notes)
    t.ok(read('README.md').includes(`kong.yml: ${effect}: ${text}\n`), text);
});

t.test('the gateway works', async (t) => {
  const mock = await startMock();
  t.teardown(mock.stop);
  const gateway = await gatewayFor(t, JSON.parse(read('gateway.json')) as Config, { internet: mock.port });
  const ask = (path: string, headers: [string, string][] = [], method = 'GET') =>
    rawRequest(gateway.port, { method, path, host: 'shop.example.com', headers });
  t.equal((await ask('/v1/products/7')).status, 401, 'no key');
  t.equal((await ask('/v1/products/7?apikey=no')).status, 401, 'a wrong key');
  t.equal((await ask('/v1/products/7?a=1&apikey=web-key-1')).status, 200, 'a good key');
  t.equal(mock.hits().at(-1)?.url, '/api/7?a=1', 'prefix cut, base path put before, key hidden');
  t.equal(mock.hits().at(-1)?.header('x-consumer-username'), 'web');
  t.equal(
    (await ask('/v1/stock/9', [['x-api-key', 'partner-key-2']])).header('x-ratelimit-limit-minute'),
    '600',
    "the partner's own limit",
  );
  t.equal(mock.hits().at(-1)?.url, '/api/v1/stock/9');
  t.equal(mock.hits().at(-1)?.header('x-shop'), '1', 'the header that request-transformer adds');
  const preflight = await ask(
    '/v1/products/7',
    [
      ['Origin', 'https://www.example.org'],
      ['Access-Control-Request-Method', 'GET'],
    ],
    'OPTIONS',
  );
  t.equal(preflight.status, 404, 'a route of GET and HEAD alone takes no preflight, in Kong neither');
  const readable = await ask('/v1/products/7?apikey=web-key-1', [['Origin', 'https://www.example.org']]);
  t.equal(readable.header('access-control-allow-origin'), 'https://www.example.org');
  t.equal((await ask('/v1/orders')).status, 426, 'https alone');
});
