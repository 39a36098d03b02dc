import t from 'tap';
import type { OriginSettings, VersionSettings } from '../../lib/config/types.ts';
import type { Runtime } from '../../lib/core/runtime.ts';
import { askVersion, createVersion, versionText } from '../../lib/version.ts';

const ORIGIN: OriginSettings = {
  name: 'a',
  site: 'http://a',
  host: 'a',
  basePath: '/base',
  weight: 1,
  priority: 0,
  headers: [['x-secret', 's']],
  location: null,
  hostHeader: null,
};
const VERSION: VersionSettings = {
  header: 'Version',
  path: '/v',
  method: 'POST',
  body: '{"id":0}',
  field: null,
  ttlSeconds: 60,
};

function world(answer: (url: string, init: RequestInit) => Promise<Response>): {
  runtime: Runtime;
  asked: [string, RequestInit][];
  fire: () => void;
  left: () => number;
} {
  const asked: [string, RequestInit][] = [];
  const timers = new Map<number, () => void>();
  const runtime: Runtime = {
    fetch: (request, init) => {
      asked.push([request as string, init as RequestInit]);
      return answer(request as string, init as RequestInit);
    },
    now: () => 1000,
    random: () => 0.5,
    after: (_ms, callback) => timers.set(timers.size + 1, callback).size,
    cancel: (timer) => timers.delete(timer),
    pipe: () => new TransformStream(),
    digest: async () => '',
    id: () => '',
    log: () => undefined,
  };
  return { runtime, asked, fire: () => timers.forEach((callback) => callback()), left: () => timers.size };
}

t.test("the tutorial's call is made, with the origin's own headers, and its answer kept", async (t) => {
  const entry = createVersion();
  const { runtime, asked, left } = world(
    async () => new Response('{"jsonrpc":"2.0",\n"result":{"v":"1.2"}}'),
  );
  await askVersion(entry, VERSION, ORIGIN, runtime);
  t.equal(entry.text, '{"jsonrpc":"2.0", "result":{"v":"1.2"}}', 'one line, since it travels in a header');
  t.equal(entry.dueAt, 61000);
  t.equal(asked[0]?.[0], 'http://a/base/v');
  t.match(asked[0]?.[1], { method: 'POST', body: '{"id":0}', redirect: 'manual' });
  t.equal(new Headers(asked[0]?.[1].headers).get('x-secret'), 's');
  t.equal(new Headers(asked[0]?.[1].headers).get('content-type'), 'application/json');
  t.equal(left(), 0, 'no timer is left behind');
});

t.test('it is due once per lifetime, from the moment that it is asked', async (t) => {
  const entry = createVersion();
  const { runtime } = world(() => new Promise(() => undefined));
  void askVersion(entry, VERSION, ORIGIN, runtime);
  t.equal(entry.dueAt, 61000, 'nobody else asks while it is under way');
});

t.test('a call that fails or says no keeps the last version and never rejects', async (t) => {
  for (const answer of [
    async () => Promise.reject(new Error('refused')),
    async () => new Response('no', { status: 404 }),
    async () => new Response(''),
  ]) {
    const entry = { text: '1.0', dueAt: 0 };
    await askVersion(entry, VERSION, ORIGIN, world(answer).runtime);
    t.same(entry, { text: '1.0', dueAt: 61000 });
  }
});

t.test('a call that hangs is cut off', async (t) => {
  const entry = createVersion();
  const { runtime, fire } = world(
    (_url, init) =>
      new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted')))),
  );
  const asking = askVersion(entry, VERSION, ORIGIN, runtime);
  fire();
  await asking;
  t.equal(entry.text, null);
});

t.test('a GET carries no body', async (t) => {
  const { runtime, asked } = world(async () => new Response('7'));
  await askVersion(createVersion(), { ...VERSION, method: 'GET' }, ORIGIN, runtime);
  t.equal(asked[0]?.[1].body, null);
});

t.test('a version is one bounded line that a header can carry', async (t) => {
  t.equal(versionText('{"result":{"v":"1.2"}}', '/result/v'), '1.2');
  t.equal(versionText('{"result":{"v":[1]}}', '/result/v'), '[1]');
  t.equal(versionText('{"result":{}}', '/result/v'), null);
  t.equal(versionText('no json', '/v'), null);
  t.equal(versionText('a\r\nSet-Cookie: x=1', null), 'a Set-Cookie: x=1', 'no header can be smuggled in');
  t.equal(versionText('x'.repeat(5000), null)?.length, 1000);
  t.equal(versionText(' \n ', null), null);
});
