/** Log lines. That no key is in them: tests/e2e/status.test.ts and keys-leaks.test.ts. */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Config } from '../../../lib/config/types.ts';
import { refuse } from '../../../lib/core/errors.ts';
import { internalErrorLine, logLine, serverTiming } from '../../../lib/http/log.ts';
import { callTo } from '../../support/context.ts';
import { finished } from '../../support/exit.ts';
import { STATUS } from '../../support/operator.ts';

const settings = checkConfig({
  pools: { api: { origins: [{ url: 'http://a.example', name: 'first' }] } },
  routes: [{ name: 'catalogue', paths: ['/v1'], pool: 'api' }],
});
const route = settings.routes[0]!;
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

t.test('a line names the request, the response, the origin and the time it took', async (t) => {
  const [traceId, span] = ['0af7651916cd43dd8448eb211c80319c', '00f067aa0ba902b7'];
  const ada = { id: '7', username: 'ada', credentials: [] };
  const known = { route, matchedPath: '/v1', startedAt: NOW - 42, attempts: 2, consumer: ada };
  const answered = { origin: settings.pools[0]!.origins[0]!, trace: `00-${traceId}-${span}-01` };
  const context = callTo('/v1/things?apikey=hush', { method: 'POST' }, { ...known, ...answered });
  const request = { method: 'POST', route: 'catalogue', path: '/v1' };
  const response = { status: 201, ms: 42, pool: 'api', origin: 'first', attempts: 2 };
  const refusal = { method: 'GET', status: 401, reason: 'no_key', ms: 0, attempts: 0 };
  const common = { time: '2026-01-02T03:04:05.678Z', id: 'f'.repeat(32) };
  t.strictSame(JSON.parse(logLine(context, 'api', 201, null, NOW)), {
    ...common,
    ...request,
    ...response,
    consumer: 'ada',
    trace: traceId,
    span,
  });
  const refused = callTo('/', {}, { consumer: { id: '7', credentials: [] }, startedAt: NOW });
  t.strictSame(JSON.parse(logLine(refused, undefined, 401, 'no_key', NOW)), {
    ...common,
    ...refusal,
    consumer: '7',
  });
});

t.test('Server-Timing has an entry for each step taken', async (t) => {
  const times = { startedAt: 100, admittedAt: 103, sentAt: 104, answeredAt: 150 };
  const whole = callTo('/', {}, { ...times, attempts: 2 });
  t.equal(serverTiming(whole, 151), 'auth;dur=3, pick;dur=1, origin;dur=46, total;dur=51, attempts;desc="2"');
  const refused = callTo('/', {}, { startedAt: 100 });
  t.equal(serverTiming(refused, 101), 'total;dur=1, attempts;desc="0"');
});

t.test('an internal error is logged with its location, never with what a caller sent', async (t) => {
  const key = 'k3y-of-a-caller';
  const context = callTo(`/?apikey=${key}`, {}, { route });
  const line = internalErrorLine(context, new TypeError(`Invalid URL: http://a.example/?apikey=${key}`));
  t.notOk(line.includes('k3y'));
  t.match(JSON.parse(line), { error: 'TypeError', route: 'catalogue', at: [/log\.test/] });
  t.notOk(internalErrorLine(context, key).includes('k3y'), 'nor if it is thrown as a string');
});

const REFUSED = refuse('bad_key', 401, 'Unauthorized');

t.test('"off" logs nothing, "errors" what was refused, failed or retried, "all" all', async (t) => {
  const failed = [{ origin: 'a', error: 'dns', status: undefined }] as const;
  const statusOf = (status: number) => new Response(null, { status });
  for (const [log, well, bad] of [
    ['off', 0, 0],
    ['errors', 0, 1],
    ['all', 1, 1],
  ] as const) {
    for (const status of [200, 404]) t.equal(finished({ log }, statusOf(status)).lines.length, well, log);
    for (const from of [statusOf(500), REFUSED]) t.equal(finished({ log }, from).lines.length, bad, log);
    t.equal(finished({ log }, undefined, {}, { failed }).lines.length, bad, log);
  }
  const pools = { a: { origins: ['http://a'] }, b: { origins: ['http://b'] } };
  const [line] = finished({ log: 'all', pools }, undefined, {}, { failed, pool: 1 }).lines;
  t.match(line, { pool: 'b', failed: [{ origin: 'a', error: 'dns' }] });
});

t.test('Server-Timing and X-Request-Id are sent as the settings say, on refusals too', async (t) => {
  const CASES: [config: Partial<Config>, timing: boolean, id: boolean][] = [
    [{}, false, false],
    [{ log: 'errors' }, true, true],
    [{ status: STATUS, requestId: false }, true, false],
    [{ serverTiming: true }, true, false],
    [{ log: 'all', serverTiming: false }, false, true],
    [{ compat: 'kong-3', requestId: true }, false, false],
  ];
  for (const [config, timing, id] of CASES)
    for (const from of [new Response(), REFUSED]) {
      const { headers } = finished(config, from);
      const sent = [headers.has('server-timing'), headers.has('x-request-id')];
      t.same(sent, [timing, id], JSON.stringify(config));
    }
});
