/** Single rules. That nothing forged passes and nothing else is lost: tests/properties/headers.test.ts. */
import t from 'tap';
import { namesOf, type Context } from '../../../lib/core/request.ts';
import * as rules from '../../../lib/http/headers.ts';
import { originOf } from '../../support/config.ts';
import { callTo } from '../../support/context.ts';
import { words } from '../../support/words.ts';

const SETTINGS = { forwardedHeaders: 'all', requestId: true } as const;
const FROM = callTo('/', {}, { scheme: 'https', host: 'api.example.com' });

function rewritten(
  before: Record<string, string>,
  from: Context = FROM,
  forwarding: rules.Forwarding = SETTINGS,
): Record<string, string> {
  const headers = new Headers(before) as never as Headers;
  rules.forwardPlainHeaders(forwarding)(headers, { ...from, headers: new Headers(before) as never });
  return Object.fromEntries(headers);
}

t.test('headers that a caller may not set are dropped by family, in any spelling', async (t) => {
  const forged = words`
    X-Forwarded-Port X-Forwarded-Whatever X-Forwarded X_Forwarded_For X-Forwarded_For X.Forwarded.Proto X_Real_IP
    X-Client-IP X-Cluster_Client-Ip X_Request_Id Proxy CF-Connecting-IP True-Client-IP
  `;
  const left = (from: typeof FROM) =>
    forged.filter((name) => rewritten({ [name]: 'forged' }, from)[name.toLowerCase()] === 'forged');
  const ofCloudflare = ['CF-Connecting-IP', 'True-Client-IP'];
  t.same(left(FROM), []);
  t.same(left({ ...FROM, selfHosted: false }), ofCloudflare, 'Cloudflare sets these');
  t.same(
    left({ ...FROM, trusted: true }),
    [...words`X-Forwarded-Port X-Forwarded-Whatever X-Forwarded X-Client-IP`, ...ofCloudflare],
    "a trusted peer's own spellings are kept; odd ones are from its callers",
  );
  const others = { my_own_header: '1', forwardedx: '2', 'x-request-ids': '3' };
  t.match(rewritten(others), others);
  const claimed = [new Set(['x-plan']), new Set(['x-tier'])];
  const sent = { 'X-Plan': 'gold', X_Tier: 'gold', X_Other: 'kept' };
  t.match(rewritten(sent, { ...FROM, trusted: true, claimed }), {
    'x-plan': undefined,
    x_tier: undefined,
    x_other: 'kept',
  });
});

t.test("other spellings of an origin's own headers are dropped", async (t) => {
  const sent = new Headers({ X_Secret: 'forged', 'X-Secret': 'forged', x_other: 'kept' }) as never as Headers;
  const headers = new Headers(sent as never) as never as Headers;
  rules.dropLikeOwn(headers, sent, [['X-Secret', 'ours']]);
  t.same(Object.fromEntries(headers), { x_other: 'kept' });
});

t.test('a Location at the origin, in any spelling, is a path there', async (t) => {
  const origin = originOf('http://10.0.0.1:8080/base');
  const named = originOf('https://Origin.example');
  const CASES: [location: string, path: string | null, of?: typeof origin][] = [
    ['http://10.0.0.1:8080/base/next?a=1#x', '/next?a=1#x'],
    ['http://10.0.0.1:8080', ''],
    ['http://10.0.0.1:8080/baseline', '/baseline'],
    ['\\\\10.0.0.1:8080/a', '/a'],
    ['http:\\\\10.0.0.1:8080\\a', '\\a'],
    ['http://user:pass@10.0.0.1:8080/a', '/a'],
    ['http://10.0.1:08080/a', '/a'],
    ['http://10.0.0.1:80801/x', null],
    ['https://elsewhere.example/x', null],
    ['http://', null],
    ['/relative//10.0.0.1:8080/', null],
    ['https://ORIGIN.example./a', '/a', named],
    ['HTTPS://origin.example:443/a', '/a', named],
  ];
  for (const [location, path, of = origin] of CASES)
    t.equal(rules.pathAtOrigin(location, of), path, location);
});

t.test('header names are read once per request', async (t) => {
  let reads = 0;
  const headers = new Headers({ cookie: 'a=1', expect: '100-continue' }) as never as Headers;
  const keys = headers.keys.bind(headers);
  headers.keys = () => (reads++, keys());
  const from = callTo('/', {}, { headers });
  t.same([...namesOf(from), ...namesOf(from)], ['cookie', 'expect', 'cookie', 'expect']);
  rules.dropForeign(new Headers(), from);
  t.equal(reads, 1);
});

t.test('X-Forwarded-* of a trusted peer are continued or dropped, as forwardedHeaders says', async (t) => {
  const sent = { 'x-forwarded-for': '9.9.9.9', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'shop' };
  const continued = { 'x-forwarded-for': '9.9.9.9, 203.0.113.7' };
  const id = { 'x-request-id': 'f'.repeat(32) };
  for (const [forwardedHeaders, requestId, expected] of [
    ['all', true, { ...sent, ...continued, ...id }],
    ['for', false, continued],
    ['none', false, {}],
  ] as const) {
    const origins = rewritten(sent, { ...FROM, trusted: true }, { forwardedHeaders, requestId });
    t.same(origins, expected, forwardedHeaders);
  }
});
