import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { OriginSettings } from '../../../lib/config/types.ts';
import { isCallersFault, outcomeOf, sendUpstream } from '../../../lib/upstream/origin-request.ts';
import { callTo } from '../../support/journeys.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

t.test('what a status says of the origin', async (t) => {
  const table: [outcome: string, statuses: number[]][] = [
    ['ok', [101, 200, 204, 206, 301, 304, 400, 401, 404, 418, 499]],
    ['error', [500, 501, 505, 511, 519, 531, 599]],
    ['gateway', [502, 504]],
    ['shed', [429, 503, 529]],
    ['timeout', [522, 524]],
    ['unsent', [521, 523, 525, 526, 530]],
    ['lost', [100, 103, 199, 520, 527, 528]],
  ];
  for (const [outcome, statuses] of table)
    for (const status of statuses) t.equal(outcomeOf(status), outcome, String(status));
});

t.test("the caller's Host is taken over only where it cannot lead elsewhere", async (t) => {
  const [origin] = checkConfig({ origins: ['http://a.internal:8080'] }).pools[0]?.origins ?? [];
  const urlFor = async (hosts: string[], selfHosted: boolean) => {
    const route =
      checkConfig({ pools: { default: { origins: [] } }, routes: [{ hosts, preserveHost: true }] })
        .routes[0] ?? null;
    const asked: string[] = [];
    const runtime = {
      ...virtualRuntime(),
      fetch: async (url: Request | string) => (asked.push(String(url)), new Response('')),
    };
    const context = callTo('/x', {}, { route, selfHosted, host: 'shop.example' });
    await sendUpstream(context, origin as OriginSettings, '/x', runtime, null);
    return asked[0];
  };
  t.equal(await urlFor(['shop.example'], true), 'http://shop.example:8080/x');
  t.equal(
    await urlFor([], true),
    'http://a.internal:8080/x',
    'else any Host header would choose where requests go',
  );
  t.equal(
    await urlFor([], false),
    'http://shop.example:8080/x',
    'on Cloudflare only hosts of the zone come in',
  );
});

t.test(
  'a request that cannot be made, and one whose body broke off, are the caller’s own doing',
  async (t) => {
    t.equal(isCallersFault(callTo('/'), new TypeError('Invalid URL')), true);
    t.equal(isCallersFault(callTo('/'), new Error('Network connection lost.')), false);
    const stop = new AbortController();
    const upload = { readable: new ReadableStream(), doneAt: Infinity, stop };
    const context = callTo('/', {}, { upload: upload as never });
    t.equal(isCallersFault(context, new Error('Network connection lost.')), false);
    stop.abort();
    t.equal(isCallersFault(context, stop.signal.reason), true);
  },
);
