import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { internalErrorLine, isFailed, logLine, serverTiming } from '../../../lib/http/log.ts';
import { callTo } from '../../support/journeys.ts';

const settings = checkConfig({
  pools: { api: { origins: [{ url: 'http://a.example', name: 'first' }] } },
  routes: [{ name: 'catalogue', paths: ['/v1', '~/key/(?<key>[^/]+)'], pool: 'api' }],
});
const route = settings.routes[0]!;
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

t.test('a line says what was asked, who answered and how long it took', async (t) => {
  const consumer = { id: '7', username: 'ada', credentials: [] };
  const trace = '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01';
  const origin = settings.pools[0]!.origins[0]!;
  const known = { route, matchedPath: '/v1', startedAt: NOW - 42, attempts: 2, origin, consumer, trace };
  const context = callTo('/v1/things?apikey=hush', { method: 'POST' }, known);
  t.strictSame(JSON.parse(logLine(context, 'api', 201, null, NOW)), {
    time: '2026-01-02T03:04:05.678Z',
    id: 'f'.repeat(32),
    method: 'POST',
    route: 'catalogue',
    path: '/v1',
    status: 201,
    ms: 42,
    pool: 'api',
    origin: 'first',
    attempts: 2,
    consumer: 'ada',
    trace: '0af7651916cd43dd8448eb211c80319c',
    span: '00f067aa0ba902b7',
  });
});

t.test('a refusal has its reason, and a consumer without a name its id', async (t) => {
  const context = callTo('/', {}, { consumer: { id: '7', credentials: [] } });
  const line = JSON.parse(logLine(context, undefined, 401, 'no_key', NOW)) as Record<string, unknown>;
  t.match(line, { reason: 'no_key', status: 401, consumer: '7', attempts: 0 });
  for (const name of ['route', 'pool', 'origin', 'trace'])
    t.notOk(name in line, `what does not apply is left out: ${name}`);
});

t.test('a key is in no line, wherever the caller wrote it', async (t) => {
  const key = 'k3y-0f-s0meb0dy';
  const names = ['apikey', 'cookie', 'authorization', 'referer', 'user-agent', 'tracestate'];
  const headers = Object.fromEntries(names.map((name) => [name, key]));
  const matched = { route, matchedPath: `/key/${key}`, captures: /(?<key>.*)/.exec(key) };
  const told = { originQuery: `?${key}`, originHeaders: [['x', key]] as [string, string][] };
  const parts = { ...matched, ...told, host: `${key}.example`, clientIp: key };
  const context = callTo(`/key/${key}/${key}?apikey=${key}&${key}`, { headers }, parts);
  for (const at of [3, 6, key.length])
    t.notOk(logLine(context, 'api', 200, null, NOW).includes(key.slice(0, at)));
});

t.test('"errors" means refused, failed or rescued', async (t) => {
  const well = { failed: null };
  const rescued = { failed: [{ origin: 'a', error: 'dns', status: undefined }] } as const;
  t.equal(isFailed(well, 200, null), false);
  t.equal(isFailed(well, 404, null), false);
  t.equal(isFailed(rescued, 200, null), true);
  t.equal(isFailed(well, 500, null), true);
  t.equal(isFailed(well, 502, 'origin_unreachable'), true);
  t.equal(isFailed(well, 401, 'no_key'), true);
});

t.test('Server-Timing has a part for each step that was taken', async (t) => {
  const times = { startedAt: 100, admittedAt: 103, sentAt: 104, answeredAt: 150 };
  const whole = callTo('/', {}, { ...times, attempts: 2 });
  t.equal(serverTiming(whole, 151), 'auth;dur=3, pick;dur=1, origin;dur=46, total;dur=51, attempts;desc="2"');
  const refused = callTo('/', {}, { startedAt: 100 });
  t.equal(serverTiming(refused, 101), 'total;dur=1, attempts;desc="0"');
});

t.test('a defect is logged with its place, never with what a caller wrote', async (t) => {
  const key = 'k3y-of-a-caller';
  const { routes } = checkConfig({ origins: ['http://a.example'], routes: [{ name: 'catalogue' }] });
  const context = callTo(`/?apikey=${key}`, {}, { route: routes[0]! });
  const line = internalErrorLine(context, new TypeError(`Invalid URL: http://a.example/?apikey=${key}`));
  t.notOk(line.includes('k3y'));
  t.match(JSON.parse(line), { error: 'TypeError', route: 'catalogue', at: [/log\.test/] });
  t.notOk(internalErrorLine(context, key).includes('k3y'), 'nor where somebody threw it');
});
