import t from 'tap';
import { namesOf, type Context } from '../../../lib/core/request.ts';
import { checkConfig } from '../../../lib/config/settings.ts';
import { callTo } from '../../support/journeys.ts';
import { dropForeign, dropLikeOwn, pathAtOrigin, forwardPlainHeaders } from '../../../lib/http/headers.ts';

const TOLD = { forwardedHeaders: 'all', requestId: true } as const;
const originOf = (url: string) => checkConfig({ origins: [url] }).pools[0]!.origins[0]!;

const FROM = callTo(
  '/',
  {},
  {
    scheme: 'https',
    host: 'api.example.com',
    clientIp: '203.0.113.7',
    peerIp: '203.0.113.7',
    trusted: false,
    selfHosted: true,
    claimed: [] as ReadonlySet<string>[],
    id: 'f'.repeat(32),
  },
);

function rewritten(before: Record<string, string>, from: Context = FROM): Record<string, string> {
  const headers = new Headers(before) as never as Headers;
  forwardPlainHeaders(TOLD)(headers, { ...from, headers: new Headers(before) as never });
  return Object.fromEntries(headers);
}

t.test('what a caller may not say is dropped by family, in any spelling', async (t) => {
  const forged = [
    'X-Forwarded-Port',
    'X-Forwarded-Whatever',
    'X-Forwarded',
    'X_Forwarded_For',
    'X-Forwarded_For',
    'X.Forwarded.Proto',
    'X_Real_IP',
    'X-Client-IP',
    'X-Cluster_Client-Ip',
    'X_Request_Id',
    'Proxy',
    'CF-Connecting-IP',
    'True-Client-IP',
  ];
  const left = (from: typeof FROM) =>
    forged.filter((name) => rewritten({ [name]: 'forged' }, from)[name.toLowerCase()] === 'forged');
  t.same(left(FROM), []);
  t.same(
    left({ ...FROM, selfHosted: false }),
    ['CF-Connecting-IP', 'True-Client-IP'],
    'Cloudflare says these',
  );
  t.same(
    left({ ...FROM, trusted: true }),
    [
      'X-Forwarded-Port',
      'X-Forwarded-Whatever',
      'X-Forwarded',
      'X-Client-IP',
      'CF-Connecting-IP',
      'True-Client-IP',
    ],
    'a trusted peer is believed as it spells them; odd spellings are its callers’',
  );
  t.match(rewritten({ my_own_header: '1', forwardedx: '2', 'x-request-ids': '3' }), {
    my_own_header: '1',
    forwardedx: '2',
    'x-request-ids': '3',
  });
  const claimed = [new Set(['x-plan']), new Set(['x-tier'])];
  const {
    'x-plan': plan,
    x_tier: tier,
    x_other: other,
  } = rewritten({ 'X-Plan': 'gold', X_Tier: 'gold', X_Other: 'kept' }, { ...FROM, trusted: true, claimed });
  t.same([plan, tier, other], [undefined, undefined, 'kept']);
});

t.test('other spellings of the headers that an origin is sent are dropped', async (t) => {
  const sent = new Headers({ X_Secret: 'forged', 'X-Secret': 'forged', x_other: 'kept' }) as never as Headers;
  const headers = new Headers(sent as never) as never as Headers;
  dropLikeOwn(headers, sent, [['X-Secret', 'ours']]);
  t.same(Object.fromEntries(headers), { x_other: 'kept' });
});

t.test('two Cookie lines cross as one list', async (t) => {
  t.equal(rewritten({ cookie: 'a=1, b=2' })['cookie'], 'a=1; b=2');
});

t.test('the origin learns who called, and forgeries are gone', async (t) => {
  t.match(
    rewritten({
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'gopher',
      'x-forwarded-host': 'evil',
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
    }),
    {
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'api.example.com',
      'x-real-ip': undefined,
      forwarded: undefined,
    },
  );
});

t.test('a trusted proxy is believed, and its address is added', async (t) => {
  t.match(
    rewritten(
      { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'shop.example' },
      { ...FROM, trusted: true },
    ),
    {
      'x-forwarded-for': '198.51.100.1, 203.0.113.7',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example',
    },
  );
});

t.test('naming our own headers in Connection does not remove what we set', async (t) => {
  t.equal(
    rewritten({ connection: 'x-forwarded-for, x-real-ip', 'x-forwarded-for': '6.6.6.6' })['x-forwarded-for'],
    '203.0.113.7',
  );
});

t.test('what is meant for this hop does not reach the origin', async (t) => {
  const after = rewritten({
    'proxy-authorization': 'Basic x',
    'proxy-connection': 'close',
    expect: '100-continue',
    authorization: 'Bearer y',
  });
  t.same(
    Object.keys(after).filter((name) => /proxy|expect/.test(name)),
    [],
  );
  t.equal(after['authorization'], 'Bearer y');
});

t.test('a Location that names the origin, in any spelling, is a path of it', async (t) => {
  const cases: [location: string, path: string | null][] = [
    ['http://10.0.0.1:8080/base/next?a=1#x', '/next?a=1#x'],
    ['http://10.0.0.1:8080/base', '/'],
    ['http://10.0.0.1:8080/other', '/other'],
    ['http://10.0.0.1:8080', ''],
    ['http://10.0.0.1:8080/baseline', '/baseline'],
    ['HTTP://10.0.0.1:8080/a', '/a'],
    ['https://10.0.0.1:8080/a', '/a'],
    ['//10.0.0.1:8080/a', '/a'],
    ['\\\\10.0.0.1:8080/a', '/a'],
    ['http:\\\\10.0.0.1:8080\\a', '\\a'],
    ['http://user:pass@10.0.0.1:8080/a', '/a'],
    ['http://10.0.1:8080/a', '/a'],
    ['http://10.0.0.1:08080/a', '/a'],
    ['http://10.0.0.1:80801/x', null],
    ['http://10.0.0.1/x', null],
    ['http://10.0.0.1:8080.evil.test/x', null],
    ['https://elsewhere.example/x', null],
    ['http://', null],
    ['http://[', null],
    ['/relative', null],
    ['/relative//10.0.0.1:8080/', null],
    ['', null],
  ];
  for (const [location, path] of cases)
    t.equal(pathAtOrigin(location, originOf('http://10.0.0.1:8080/base')), path, location);
  const named = originOf('https://Origin.example');
  for (const location of [
    'https://origin.example/a',
    'https://ORIGIN.example./a',
    'HTTPS://origin.example:443/a',
  ])
    t.equal(pathAtOrigin(location, named), '/a', location);
});

t.test('the names of all headers are read once in a request', async (t) => {
  let reads = 0;
  const headers = new Headers({ cookie: 'a=1', expect: '100-continue' }) as never as Headers;
  const keys = headers.keys.bind(headers);
  headers.keys = () => {
    reads++;
    return keys();
  };
  const from = callTo('/', {}, { headers });
  t.same([...namesOf(from), ...namesOf(from)], ['cookie', 'expect', 'cookie', 'expect']);
  dropForeign(new Headers(), from);
  t.equal(reads, 1);
});
