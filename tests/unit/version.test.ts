/** The version request. What it sends: tests/settings; that it affects no response: tests/e2e/tutorial.test.ts. */
import t from 'tap';
import type { VersionSettings } from '../../lib/config/types.ts';
import { askVersion, createVersion, versionText } from '../../lib/version.ts';
import { originSettings } from '../support/pool-sim.ts';
import { virtualRuntime } from '../support/virtual-runtime.ts';

const origin = { site: 'http://a', host: 'a', basePath: '/base', headers: [['x-secret', 's']] } as const;
const ORIGIN = originSettings(0, origin);
const CALL = { header: 'Version', path: '/v', method: 'POST', body: '{"id":0}' } as const;
const VERSION: VersionSettings = { ...CALL, field: null, ttlSeconds: 60 };

/** Asks an origin; `entry` is the cached version. */
function ask(respond: (request: Request) => Promise<Response>, settings = VERSION, entry = createVersion()) {
  const runtime = virtualRuntime({ fetch: respond, now: 1000 });
  return { entry, runtime, asking: askVersion(entry, settings, ORIGIN, runtime) };
}

/** Never answers; fails when it is aborted. */
const silent = ({ signal }: Request): Promise<Response> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', reject);
  });

t.test("the request has the origin's own headers, GET has no body, the response is cached", async (t) => {
  const { entry, runtime, asking } = ask(async () => new Response('{"v":\n"1.2"}'));
  t.equal(entry.dueAt, 61_000, 'no second request while one is in flight');
  await asking;
  t.equal(entry.text, '{"v": "1.2"}');
  const sent = runtime.sent[0]!;
  t.match(sent, { url: 'http://a/base/v', redirect: 'manual' });
  t.same(Object.fromEntries(sent.headers), { 'x-secret': 's', 'content-type': 'application/json' });
  t.equal(runtime.pending(), 0, 'no timer is left');
  const long = new Response('x'.repeat(70_000));
  for (const failed of [new Response('no', { status: 404 }), new Response(''), long]) {
    await ask(async () => failed, VERSION, entry).asking;
    t.equal(entry.text, '{"v": "1.2"}', 'a failure keeps the last version');
  }
  const hangs = ask(silent, VERSION, entry);
  await hangs.runtime.advance(2000);
  await hangs.asking;
  t.equal(entry.text, '{"v": "1.2"}', 'so does a timeout of two seconds');
  const get = ask(async () => new Response('7'), { ...VERSION, method: 'GET' });
  await get.asking;
  t.equal(get.runtime.sent[0]!.body, null);
});

t.test('a version is one line of bounded length, valid in a header', async (t) => {
  for (const [text, field, version] of [
    ['{"result":{"v":[1]}}', '/result/v', '[1]'],
    ['{"result":{}}', '/result/v', null],
    ['a\r\nSet-Cookie: x=1', null, 'a Set-Cookie: x=1'],
    [' \n ', null, null],
    ['x'.repeat(5000), null, 'x'.repeat(1000)],
    ['caf\u00e9 \u2603 1', null, 'caf\u00e9   1'],
  ] as const)
    t.equal(versionText(text, field), version, text.slice(0, 40));
});
