/** Answers that are kept, and who gets them. */
import t from 'tap';
import type { Context } from '../../../../lib/core/request.ts';
import { lifetimeOf, startCache } from '../../../../lib/traffic/cache/cache.ts';
import type { Cache } from '../../../../lib/config/types.ts';
import { keyText } from '../../../../lib/traffic/cache/key.ts';
import { callTo } from '../../../support/journeys.ts';
import { drive, verdict } from '../../../support/traffic.ts';

const setting = (parts: Partial<Cache> = {}): Cache => ({
  methods: ['GET', 'HEAD'],
  statuses: [200, 301, 404],
  contentTypes: null,
  ttlSeconds: 60,
  storageSeconds: null,
  obeyCacheControl: true,
  varyQuery: null,
  varyHeaders: [],
  ignorePathCase: false,
  show: ['age', 'status'],
  ...parts,
});
const gateway = (parts: Partial<Cache> = {}, compat?: 'kong-3') =>
  drive(startCache, { cache: setting(parts) }, { config: compat ? { compat } : {} });

interface Ask {
  readonly path?: string;
  readonly init?: RequestInit;
  readonly parts?: Partial<Context>;
  readonly answer?: ResponseInit;
  readonly body?: string;
}

/** X-Cache-Status and the body that the caller got; "refused" and why. */
async function ask(
  one: ReturnType<typeof drive>,
  { path = '/doc', init, parts, answer, body = 'fresh' }: Ask = {},
) {
  const { answer: given, context } = await one.enter(path, init, parts);
  if (given !== null && 'reason' in given) return verdict(given);
  if (given === null) context.origin = one.settings.pools[0]!.origins[0]!;
  const response = one.leave(context, given ?? new Response(body, answer));
  const text = await response.text();
  await Promise.all(one.work);
  return `${response.headers.get('x-cache-status')} ${text}`;
}

t.test('the second caller gets what the first got, until it is old', async (t) => {
  const one = gateway();
  t.equal(await ask(one), 'Miss fresh');
  t.equal(await ask(one, { body: 'newer' }), 'Hit fresh');
  await one.runtime.advance(60_001);
  t.equal(await ask(one, { body: 'newer' }), 'Miss newer');
});

t.test('an entry that is kept beyond its life is asked for anew', async (t) => {
  const one = gateway({ storageSeconds: 600 });
  await ask(one);
  await one.runtime.advance(61_000);
  t.equal(await ask(one, { body: 'newer' }), 'Refresh newer');
  t.equal(await ask(one), 'Hit newer');
});

t.test('whoever shows a credential shares nothing, in either profile', async (t) => {
  const SHOWN: Record<string, string>[] = [
    { authorization: 'Bearer x' },
    { cookie: 'sid=1' },
    { 'x-api-key': 'k' },
    { 'x-auth-token': 'k' },
  ];
  for (const compat of [undefined, 'kong-3'] as const)
    for (const headers of SHOWN) {
      const one = gateway({}, compat);
      t.equal(await ask(one, { init: { headers }, body: 'mine' }), 'Bypass mine', JSON.stringify(headers));
      t.equal(await ask(one), 'Miss fresh', 'nothing was kept');
      t.equal(await ask(one, { init: { headers }, body: 'mine' }), 'Bypass mine', 'and nothing is given');
    }
  const named = gateway({ varyHeaders: ['cookie'] });
  t.equal(await ask(named, { init: { headers: { cookie: 'a' } } }), 'Miss fresh');
  t.equal(await ask(named, { init: { headers: { cookie: 'b' } } }), 'Miss fresh');
  t.equal(
    await ask(named, { init: { headers: { cookie: 'a' } } }),
    'Hit fresh',
    'unless it is part of the key',
  );
  const query = gateway({ varyQuery: ['q'] });
  t.equal(await ask(query, { path: '/doc?q=1&access_token=x' }), 'Bypass fresh');
});

t.test('consumers have entries of their own', async (t) => {
  const one = gateway();
  const as = (id: string): Ask => ({
    parts: { consumer: { id, credentials: [] }, credentialId: id },
    body: id,
  });
  t.equal(await ask(one, as('bob')), 'Miss bob');
  t.equal(await ask(one, as('bob')), 'Hit bob');
  t.equal(await ask(one, as('ann')), 'Miss ann');
  t.equal(await ask(one), 'Miss fresh');
});

t.test('what is not kept', async (t) => {
  const ANSWERS: [string, ResponseInit][] = [
    ['a status that is not listed', { status: 418 }],
    ['cookies', { headers: { 'set-cookie': 'sid=1' } }],
    ['private', { headers: { 'cache-control': 'private, max-age=60' } }],
    ['Vary by something else', { headers: { vary: 'Accept-Language' } }],
    ['Vary: *', { headers: { vary: '*' } }],
    ['a coding that is not undone here', { headers: { 'content-encoding': 'zstd' } }],
    ['too large', { headers: { 'content-length': String(9 * 1024 * 1024) } }],
  ];
  for (const [name, answer] of ANSWERS) {
    const one = gateway();
    t.equal(await ask(one, { answer }), 'Bypass fresh', name);
    t.equal(await ask(one), 'Miss fresh', name);
  }
  for (const status of [200, 206, 304])
    t.equal(
      lifetimeOf(setting({ statuses: [200, 206, 304] }), { kong: null }, new Response(null, { status }), 0),
      status === 200 ? 60 : 0,
      `${status}: an answer to Range or If-None-Match is this caller's`,
    );
  const one = gateway();
  t.equal(await ask(one, { answer: { headers: { vary: 'Accept-Encoding, Origin' } } }), 'Miss fresh');
  t.equal(await ask(one), 'Hit fresh');
});

t.test('Kong reads no Vary, but a Cookie is not shared there either', async (t) => {
  const one = gateway({ obeyCacheControl: false }, 'kong-3');
  t.equal(await ask(one, { answer: { headers: { vary: 'Accept-Language' } } }), 'Miss fresh');
  t.equal(await ask(one, { init: { headers: { 'accept-language': 'de' } } }), 'Hit fresh');
});

t.test('the caller’s own Cache-Control', async (t) => {
  const header = (value: string): Ask => ({ init: { headers: { 'cache-control': value } } });
  const one = gateway();
  t.equal(await ask(one, header('only-if-cached')), '504 ');
  t.equal(await ask(one, header('no-store')), 'Bypass fresh');
  await ask(one);
  t.equal(await ask(one, header('no-cache')), 'Bypass fresh');
  await one.runtime.advance(3000);
  t.equal(await ask(one, header('max-age=2')), 'Refresh fresh');
  const deaf = gateway({ obeyCacheControl: false });
  await ask(deaf);
  t.equal(await ask(deaf, header('no-cache')), 'Hit fresh');
});

t.test('a gateway’s own answer was never asked for or kept', async (t) => {
  const one = gateway();
  const { context } = await one.enter('/doc');
  const response = one.leave(context, new Response('', { status: 502 }), 'origin_unreachable');
  t.equal(response.headers.get('x-cache-status'), 'Bypass');
  const early = await one.enter('/doc');
  early.context.cache = null;
  t.equal(
    one.leave(early.context, new Response('', { status: 401 }), 'no_key').headers.get('x-cache-status'),
    null,
  );
});

t.test('no request’s parts can be made to look like another’s', async (t) => {
  const keyOf = (path: string, headers: Record<string, string> = {}, parts: Partial<Cache> = {}) =>
    keyText(callTo(path, { headers }), setting(parts));
  const differ: [string, string][] = [
    ['/doc?a=1&b=2', '/doc?a=1%3Ab%3D2'],
    ['/doc?a=1&a=2', '/doc?a=1%2C2'],
    ['/doc?a=1', '/doc?a=1%7C'],
    ['/doc?a', '/doc?a='],
    ['/doc', '/Doc'],
  ];
  for (const [a, b] of differ) t.not(keyOf(a), keyOf(b), `${a} ${b}`);
  const vary = { varyHeaders: ['x-a', 'x-b'] };
  t.not(keyOf('/', { 'x-a': '1:x-b=2' }, vary), keyOf('/', { 'x-a': '1', 'x-b': '2' }, vary));
  t.not(keyOf('/', { origin: 'https://a.test' }), keyOf('/'));
  t.equal(keyOf('/doc?b=2&a=1'), keyOf('/doc?a=1&b=2'));
  t.equal(keyOf('/doc?a=2&a=1'), keyOf('/doc?a=1&a=2'));
  t.equal(keyOf('/Doc', {}, { ignorePathCase: true }), keyOf('/doc', {}, { ignorePathCase: true }));
});

t.test('Kong’s key is Kong’s', async (t) => {
  const one = gateway({ show: ['status', 'key'] }, 'kong-3');
  const route = { ...one.route, id: 'c0ffee00-0000-4000-8000-000000000001' };
  const { context } = await one.enter('/doc?b=2&a=1&c', {}, { route });
  t.equal(context.cache?.key, '3847b0b165617a3cbfde43d506ee9f663756b301086582828cf55a030d63d5d3');
});
