import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { Context } from '../../../lib/core/request.ts';
import type { HashOn } from '../../../lib/config/types.ts';
import { xxh32 } from '../../../lib/core/xxhash.ts';
import { hashFor, hashInput } from '../../../lib/upstream/hash-on.ts';
import { callTo } from '../../support/context.ts';

const HEX = '0123456789abcdef0123456789abcdef';
const input = (on: HashOn, context: Context, fallback: HashOn | null = null): string =>
  hashInput(on, fallback, context, () => HEX);

t.test('the hashed value, by `hashOn`', async (t) => {
  const consumer = { id: 'c1', credentials: [] };
  const context = callTo(
    '/my%2dpath//x?a=2&b=&c&a=1&d=x%20y+z&%65=5&c',
    { headers: { 'x-key': 'v', cookie: 'other=1; sid=abc=d' } },
    { clientIp: '2001:DB8:0::1', consumer, credentialId: 'k1', captures: /^\/(?<ns>\w+)/.exec('/foo') },
  );
  const cases: [on: HashOn, expected: string][] = [
    ['consumer', 'c1'],
    ['ip', '2001:db8::1'],
    ['path', '/my-path/x'],
    [{ header: 'X-Key' }, 'v'],
    [{ header: 'absent' }, ''],
    [{ query: 'a' }, '1,2'],
    [{ query: 'b' }, ''],
    [{ query: 'c' }, 'true,true'],
    [{ query: 'd' }, 'x y z'],
    [{ query: 'e' }, '5'],
    [{ query: 'z' }, ''],
    [{ cookie: 'sid' }, 'abc=d'],
    [{ uriCapture: 'ns' }, 'foo'],
    [{ uriCapture: '1' }, 'foo'],
    [{ uriCapture: '2' }, ''],
  ];
  for (const [on, expected] of cases) t.equal(input(on, context), expected, JSON.stringify(on));
  t.same(context.answerHeaders, []);
});

t.test('an absent value uses the fallback; if that is absent too, the empty string', async (t) => {
  const context = callTo('/x?q=1', {}, { clientIp: '192.0.2.1', credentialId: 'k1' });
  const cases: [on: HashOn, fallback: HashOn | null, expected: string][] = [
    // A key without a consumer identifies the caller.
    ['consumer', null, 'k1'],
    [{ header: 'x' }, { query: 'q' }, '1'],
    [{ query: 'q' }, 'ip', '1'],
    [{ header: 'x' }, { header: 'y' }, ''],
  ];
  for (const [on, fallback, expected] of cases)
    t.equal(input(on, context, fallback), expected, JSON.stringify([on, fallback]));
  for (const on of ['consumer', 'ip'] as const) t.equal(input(on, callTo('/', {}, { clientIp: '' })), '', on);
});

t.test('a missing cookie is generated and set on the response, without the fallback', async (t) => {
  const context = callTo('/', { headers: { cookie: 'xsid=1; sid=' } });
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  t.equal(input({ cookie: 'sid' }, context, 'ip'), uuid);
  t.same(context.answerHeaders, [['Set-Cookie', `sid=${uuid}; Path=/; SameSite=Lax; HttpOnly`]]);
  const other = callTo('/');
  input({ cookie: 'sid', path: '/api' }, other);
  t.same(other.answerHeaders, [['Set-Cookie', `sid=${uuid}; Path=/api; SameSite=Lax; HttpOnly`]]);
});

t.test('only a pool with a hash ring has a hash', async (t) => {
  const { pools } = checkConfig({
    pools: { ring: { origins: [], balance: 'consistent-hash', hashOn: 'path' }, other: { origins: [] } },
    routes: [],
  });
  const hashes = pools.map((pool) => hashFor(pool)?.(callTo('/a/b'), () => HEX) ?? null);
  t.same(hashes, [xxh32('/a/b'), null]);
});
