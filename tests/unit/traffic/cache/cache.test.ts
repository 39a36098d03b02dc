/** Answers that are kept, and who gets them. */
import t from 'tap';
import type { Context } from '../../../../lib/core/request.ts';
import { startCache } from '../../../../lib/traffic/cache/cache.ts';
import type { Cache } from '../../../../lib/config/types.ts';
import { keyText } from '../../../../lib/traffic/cache/key.ts';
import { callTo } from '../../../support/journeys.ts';
import { drive, verdict } from '../../../support/traffic.ts';

const CACHE: Cache = {
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
};

interface Ask {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly parts?: Partial<Context>;
  readonly answer?: ResponseInit;
  readonly body?: string | null;
}

/** `ask` says X-Cache-Status and the body that the caller got; or "refused" and why. */
function gateway(parts: Partial<Cache> = {}, compat?: 'kong-3') {
  const one = drive(startCache, { cache: { ...CACHE, ...parts } }, { config: compat ? { compat } : {} });
  const ask = async ({ path = '/doc', headers = {}, parts: more, answer, body = 'fresh' }: Ask = {}) => {
    const { answer: given, context } = await one.enter(path, { headers }, more);
    if (given !== null && 'reason' in given) return verdict(given);
    if (given === null) context.origin = one.settings.pools[0]!.origins[0]!;
    const response = one.leave(context, given ?? new Response(body, answer));
    const text = await response.text();
    await Promise.all(one.work);
    return `${response.headers.get('x-cache-status')} ${text}`;
  };
  return { ...one, ask };
}

t.test('the second caller gets what the first got, until it is old', async (t) => {
  const { ask, runtime } = gateway();
  t.equal(await ask(), 'Miss fresh');
  t.equal(await ask({ body: 'newer' }), 'Hit fresh');
  await runtime.advance(60_001);
  t.equal(await ask({ body: 'newer' }), 'Miss newer');
});

t.test('an entry that is kept beyond its life is asked for anew', async (t) => {
  const { ask, runtime } = gateway({ storageSeconds: 600 });
  await ask();
  await runtime.advance(61_000);
  t.equal(await ask({ body: 'newer' }), 'Refresh newer');
  t.equal(await ask(), 'Hit newer');
});

t.test('whoever shows a credential shares nothing, in either profile', async (t) => {
  const names = ['authorization', 'cookie', 'x-api-key', 'x-auth-token'];
  for (const compat of [undefined, 'kong-3'] as const)
    for (const name of names) {
      const { ask } = gateway({}, compat);
      const mine = { headers: { [name]: 'sid=1' }, body: 'mine' };
      t.equal(await ask(mine), 'Bypass mine', name);
      t.equal(await ask(), 'Miss fresh', 'nothing was kept');
      t.equal(await ask(mine), 'Bypass mine', 'and nothing is given');
    }
  const named = gateway({ varyHeaders: ['cookie'] });
  const as = (cookie: string) => named.ask({ headers: { cookie } });
  t.equal(await as('a'), 'Miss fresh');
  t.equal(await as('b'), 'Miss fresh');
  t.equal(await as('a'), 'Hit fresh', 'unless it is part of the key');
  const query = gateway({ varyQuery: ['q'] });
  t.equal(await query.ask({ path: '/doc?q=1&access_token=x' }), 'Bypass fresh');
});

t.test('consumers have entries of their own', async (t) => {
  const { ask } = gateway();
  const as = (id: string): Ask => ({
    parts: { consumer: { id, credentials: [] }, credentialId: id },
    body: id,
  });
  t.equal(await ask(as('bob')), 'Miss bob');
  t.equal(await ask(as('bob')), 'Hit bob');
  t.equal(await ask(as('ann')), 'Miss ann');
  t.equal(await ask(), 'Miss fresh');
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
    const { ask } = gateway();
    t.equal(await ask({ answer }), 'Bypass fresh', name);
    t.equal(await ask(), 'Miss fresh', name);
  }
  // An answer to Range or If-None-Match is this caller's.
  for (const [status, said] of [
    [200, 'Miss '],
    [206, 'Bypass '],
    [304, 'Bypass '],
  ] as const) {
    const listed = gateway({ statuses: [200, 206, 304] });
    t.equal(await listed.ask({ answer: { status }, body: null }), said, String(status));
  }
  const { ask } = gateway();
  t.equal(await ask({ answer: { headers: { vary: 'Accept-Encoding, Origin' } } }), 'Miss fresh');
  t.equal(await ask(), 'Hit fresh');
});

t.test('Kong reads no Vary', async (t) => {
  const { ask } = gateway({ obeyCacheControl: false }, 'kong-3');
  t.equal(await ask({ answer: { headers: { vary: 'Accept-Language' } } }), 'Miss fresh');
  t.equal(await ask({ headers: { 'accept-language': 'de' } }), 'Hit fresh');
});

t.test('the caller’s own Cache-Control', async (t) => {
  const header = (value: string): Ask => ({ headers: { 'cache-control': value } });
  const { ask, runtime } = gateway();
  t.equal(await ask(header('only-if-cached')), '504 ');
  t.equal(await ask(header('no-store')), 'Bypass fresh');
  await ask();
  t.equal(await ask(header('no-cache')), 'Bypass fresh');
  await runtime.advance(3000);
  t.equal(await ask(header('max-age=2')), 'Refresh fresh');
  const deaf = gateway({ obeyCacheControl: false });
  await deaf.ask();
  t.equal(await deaf.ask(header('no-cache')), 'Hit fresh');
});

t.test('a gateway’s own answer was never asked for or kept', async (t) => {
  const one = gateway();
  const { context } = await one.enter('/doc');
  const response = one.leave(context, new Response('', { status: 502 }), 'origin_unreachable');
  t.equal(response.headers.get('x-cache-status'), 'Bypass');
  const early = await one.enter('/doc');
  early.context.cache = null;
  const refused = one.leave(early.context, new Response('', { status: 401 }), 'no_key');
  t.equal(refused.headers.get('x-cache-status'), null);
});

t.test('no request’s parts can be made to look like another’s', async (t) => {
  const keyOf = (path: string, headers: Record<string, string> = {}, parts: Partial<Cache> = {}) =>
    keyText(callTo(path, { headers }), { ...CACHE, ...parts });
  for (const [a, b] of [
    ['/doc?a=1&b=2', '/doc?a=1%3Ab%3D2'],
    ['/doc?a=1&a=2', '/doc?a=1%2C2'],
    ['/doc?a=1', '/doc?a=1%7C'],
    ['/doc?a', '/doc?a='],
    ['/doc', '/Doc'],
  ] as const)
    t.not(keyOf(a), keyOf(b), `${a} ${b}`);
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
