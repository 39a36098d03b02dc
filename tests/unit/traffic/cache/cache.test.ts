/** What is cached, and who gets it, beyond the cases of tests/kong (proxy-cache). */
import t from 'tap';
import type { Context } from '../../../../lib/core/request.ts';
import { startCache } from '../../../../lib/traffic/cache/cache.ts';
import type { Config } from '../../../../lib/config/types.ts';
import { keyText } from '../../../../lib/traffic/cache/key.ts';
import { configured } from '../../../support/config.ts';
import { callTo } from '../../../support/context.ts';
import { drive, verdict } from '../../../support/traffic.ts';

interface Ask {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly parts?: Partial<Context>;
  readonly answer?: ResponseInit;
  readonly body?: string | null;
}

/** `ask` returns X-Cache-Status and the body that the caller got, or status and message of a rejection. */
function gateway(cache: Config['cache'] = {}, compat?: 'kong-3') {
  const one = drive(startCache, { cache, ...(compat && { compat }) });
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

t.test('a request with a credential bypasses the cache, in both profiles', async (t) => {
  const names = ['authorization', 'cookie', 'x-api-key', 'x-auth-token'];
  for (const compat of [undefined, 'kong-3'] as const)
    for (const name of names) {
      const { ask } = gateway({}, compat);
      const mine = { headers: { [name]: 'sid=1' }, body: 'mine' };
      t.equal(await ask(mine), 'Bypass mine', name);
      t.equal(await ask(), 'Miss fresh', 'nothing was stored');
      t.equal(await ask(mine), 'Bypass mine', 'nothing is served');
    }
  const named = gateway({ varyHeaders: ['cookie'] });
  const as = (cookie: string) => named.ask({ headers: { cookie } });
  t.equal(await as('a'), 'Miss fresh');
  t.equal(await as('b'), 'Miss fresh');
  t.equal(await as('a'), 'Hit fresh', 'unless it is part of the cache key');
  const query = gateway({ varyQuery: ['q'] });
  t.equal(await query.ask({ path: '/doc?q=1&access_token=x' }), 'Bypass fresh');
});

t.test('responses that are not cached', async (t) => {
  const headers = (name: string, value: string): ResponseInit => ({ headers: { [name]: value } });
  const ANSWERS: [string, ResponseInit][] = [
    ['cookies', headers('set-cookie', 'sid=1')],
    ['Vary by another header', headers('vary', 'Accept-Language')],
    ['Vary: *', headers('vary', '*')],
    ['an unsupported content coding', headers('content-encoding', 'zstd')],
    ['too large', headers('content-length', String(9 * 1024 * 1024))],
    ['a partial response', { status: 206 }],
    ['private', headers('cache-control', 'private="x", max-age=60')],
    ['no-store', headers('cache-control', 'no-store, max-age=60')],
    ['a lifetime that is over', headers('cache-control', 'max-age=0')],
    ['a lifetime that is no number', headers('cache-control', 'max-age=-5')],
    ['Expires that is no date', headers('expires', 'never')],
  ];
  for (const [name, answer] of ANSWERS) {
    const { ask } = gateway({ statuses: [200, 206] });
    t.equal(await ask({ answer }), 'Bypass fresh', name);
    t.equal(await ask(), 'Miss fresh', name);
  }
  const conditional = gateway({ statuses: [200, 304] });
  t.equal(await conditional.ask({ answer: { status: 304 }, body: null }), 'Bypass ');
  const kong = gateway({ obeyCacheControl: false }, 'kong-3');
  t.equal(await kong.ask({ answer: headers('vary', 'Accept-Language') }), 'Miss fresh', 'Kong ignores Vary');
  const { ask } = gateway();
  t.equal(await ask({ answer: headers('vary', 'Accept-Encoding, Origin') }), 'Miss fresh');
  t.equal(await ask(), 'Hit fresh');
});

t.test('parts of a request cannot be forged to get the cache key of another', async (t) => {
  const keyOf = (path: string, headers: Record<string, string> = {}, cache: Config['cache'] = {}) =>
    keyText(callTo(path, { headers }), configured({ cache }).routes[0]!.cache!);
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
