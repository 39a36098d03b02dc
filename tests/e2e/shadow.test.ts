/** Copies to another pool, on real workerd: callers notice nothing, the operator gets comparisons. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Config, Pool } from '../../lib/config/types.ts';
import { gatewayFor, type Gateway } from '../support/gateway.ts';
import { reportOf, STATUS } from '../support/operator.ts';
import { act, originsFor, type Behaviour, type Handler, type Origin, type Tap } from '../support/origin.ts';
import { until } from '../support/until.ts';

async function startPair(
  t: Tap,
  old: Behaviour | Handler,
  next: Behaviour | Handler,
  pool: Partial<Pool> = {},
  more: Config = {},
) {
  const [a, b] = await originsFor(t, old, next);
  const config: Config = {
    pools: { old: { origins: [a.url] }, next: { origins: [b.url], ...pool } },
    routes: [{ name: 'r', paths: ['/'], pool: 'old', shadow: { pool: 'next', percent: 100 } }],
    status: STATUS,
    log: 'errors',
    responseHeaders: false,
    ...more,
  };
  const gateway = await gatewayFor(t, config, { shares: 'nothing' });
  const counts = async () => (await reportOf(gateway.url)).shadows[0]!;
  /** The counts, once this many comparisons have ended. */
  const compared = async (number: number) => {
    let now = await counts();
    await until(async () => ((now = await counts()), now.same + now.different >= number));
    return now;
  };
  return { old: a, next: b, gateway, counts, compared };
}

/** The first line about a copy; it is logged shortly after the copy is counted. */
async function shadowLine(gateway: Gateway): Promise<string> {
  let line: string | undefined;
  await until(() => (line = gateway.lines().find((text) => text.includes('"shadow"'))) !== undefined);
  return line ?? '';
}

t.test('each safe request is copied to the other pool, and equal responses count as the same', async (t) => {
  const { old, next, gateway, compared } = await startPair(t, { body: 'same' }, { body: 'same' });
  const response = await fetch(`${gateway.url}/a//b?c=%20`, { headers: { 'X-Of-Caller': 'kept' } });
  t.equal(await response.text(), 'same');
  t.equal(response.headers.get('content-length'), '4', 'the length is forwarded as usual');
  t.same(await compared(1), { name: 'r', same: 1, different: 0, skipped: 0 });
  t.equal(next.received[0]?.url, '/a//b?c=%20');
  t.equal(next.received[0]?.header('x-of-caller'), 'kept');
  await fetch(gateway.url, { method: 'POST', body: 'x' });
  await sleep(200);
  t.equal(old.received.length, 2);
  t.equal(next.received.length, 1, 'POST is not copied');
});

t.test('bodies that differ only in compression are the same', async (t) => {
  const body = 'the same text '.repeat(100);
  const { gateway, compared } = await startPair(t, { body, gzip: true }, { body });
  const answer = await fetch(gateway.url, { headers: { 'accept-encoding': 'gzip' } });
  t.equal(await answer.text(), body);
  t.match(await compared(1), { different: 1 });
  const line = await shadowLine(gateway);
  t.notMatch(line, '"body"', 'the encoding is named, the body is not');
});

t.test('a shadow that is slow, down or hung neither delays nor fails a request', async (t) => {
  const hung = await startPair(
    t,
    { body: 'ok' },
    { fault: 'hang' },
    { timeoutMs: 20_000, retries: 0, hedge: false },
  );
  for (let i = 0; i < 20; i++) t.equal(await (await fetch(`${hung.gateway.url}/${i}`)).text(), 'ok');
  t.match(
    await hung.counts(),
    { same: 0, different: 0 },
    'every caller got a response before a copy had ended',
  );
  t.ok((hung.next.received.length ?? 0) <= 8, 'few at a time');
  t.ok((await hung.counts()).skipped >= 12, 'the rest is skipped, not queued');

  const down = await startPair(t, { body: 'ok' }, {});
  await down.next.refuse();
  t.equal(await (await fetch(down.gateway.url)).text(), 'ok');
  t.match(await down.compared(1), { different: 1 });
});

t.test('a large or endless response reaches the caller complete and without delay', async (t) => {
  const large = 'x'.repeat(3_000_000);
  const { gateway, compared } = await startPair(
    t,
    (received, _, response) =>
      received.url === '/large' ? act({ body: large }, response) : response.writeHead(200).write('a'),
    { body: 'other' },
  );
  const whole = await fetch(`${gateway.url}/large`);
  t.equal(whole.headers.get('content-length'), String(large.length));
  t.equal((await whole.text()).length, large.length);
  t.match(await compared(1), { different: 1 });
  const stream = await fetch(`${gateway.url}/stream`);
  const reader = stream.body!.getReader();
  t.equal(new TextDecoder().decode((await reader.read()).value), 'a', 'it has not ended');
  await reader.cancel();
});

t.test('requests of a canary are not compared with themselves', async (t) => {
  const all = { pool: 'next', percent: 100 };
  const routes = [{ paths: ['/'], pool: 'old', canary: all, shadow: all }];
  const { next, gateway } = await startPair(t, {}, {}, {}, { routes });
  await (await fetch(gateway.url)).text();
  await sleep(200);
  t.equal(next.received.length, 1);
});

t.test('a copy is of the request that the origin gets, and only if that is a GET or HEAD', async (t) => {
  const shadowed = { pool: 'old', shadow: { pool: 'next', percent: 100 } };
  const routes = [
    { ...shadowed, paths: ['/moved'], requestTransform: { path: '/new', query: { add: { a: '1' } } } },
    { ...shadowed, paths: ['/posted'], requestTransform: { method: 'POST' as const } },
  ];
  const { old, next, gateway, compared } = await startPair(t, {}, {}, {}, { routes });
  for (const path of ['/posted', '/moved']) await (await fetch(gateway.url + path)).text();
  await compared(1);
  const asked = ({ received }: Origin) => received.map(({ method, url }) => `${method} ${url}`);
  t.same([asked(old), asked(next)], [['POST /posted', 'GET /new?a=1'], ['GET /new?a=1']]);
});
