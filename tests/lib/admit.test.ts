import t from 'tap';
import { admit } from '../../lib/admit.ts';
import type { Call } from '../../lib/call.ts';
import { checkConfig } from '../../lib/check-config.ts';
import type { Auth, Config } from '../../lib/config.ts';
import { createState } from '../../lib/state.ts';
import { digestOf } from '../support/auth.ts';
import { callTo } from '../support/journeys.ts';
import { virtualRuntime } from '../support/virtual-runtime.ts';
import type { VirtualRuntime } from '../support/virtual-runtime.ts';

const BOB = {
  id: 'id-1',
  username: 'bob',
  customId: 'ref-1',
  credentials: [
    { id: 'c-1', sha256: digestOf('one') },
    { sha256: digestOf('brief'), ttlSeconds: 60 },
  ],
};
const CAROL = { id: 'id-2', credentials: [{ id: 'c-2', sha256: digestOf('a, b') }] };
const NOBODY = { id: 'id-3', username: 'nobody', credentials: [] };
const FORGED = {
  'x-consumer-id': 'evil',
  'x-consumer-username': 'evil',
  'x-consumer-custom-id': 'evil',
  'x-credential-identifier': 'evil',
  'x-anonymous-consumer': 'true',
};

interface Answer {
  /** "in", or status, reason and message of the refusal. */
  readonly verdict: string;
  readonly challenge: string | undefined;
  /** What the origin gets: its headers of those in question, the query, the body. */
  readonly headers: Record<string, string>;
  readonly query: string;
  readonly body: string | null;
  readonly call: Call;
}
type Verifier = (request: Request, runtime: VirtualRuntime) => Response | Promise<Response>;

/** A gateway's admission on a virtual clock; the verifier is a function. */
function gate(
  auth: Auth | false,
  more: Partial<Config> = {},
  verifier: Verifier = () => new Response('', { status: 500 }),
) {
  const settings = checkConfig({
    origins: ['https://a.test'],
    consumers: [BOB, CAROL, NOBODY],
    auth,
    ...more,
  });
  const state = createState(settings);
  const runtime = virtualRuntime({ fetch: async (request, world) => verifier(request, world) });
  const work: Promise<unknown>[] = [];
  async function enter(path: string, init: RequestInit = {}, route = 0): Promise<Answer> {
    const call = callTo(path, init, {
      route: settings.routes[route] ?? null,
      startedAt: runtime.now(),
      waitUntil: (each) => void work.push(each),
    });
    const refusal = await admit(call, state, runtime);
    const headers = new Headers(init.headers);
    for (const [name, value] of call.originHeaders)
      if (value === null) headers.delete(name);
      else headers.set(name, value);
    return {
      verdict: refusal === null ? 'in' : `${refusal.status} ${refusal.reason}: ${refusal.message}`,
      challenge: refusal?.headers?.find(([name]) => name === 'WWW-Authenticate')?.[1],
      headers: Object.fromEntries(headers),
      query: call.originQuery,
      body: call.body && Buffer.from(call.body).toString(),
      call,
    };
  }
  const withKey = (key: string, route = 0) => enter('/', { headers: { apikey: key } }, route);
  return { enter, withKey, state, runtime, settings, work };
}
const verify = { url: 'https://v.test/{key}' };
const keyOf = (request: Request): string => decodeURIComponent(new URL(request.url).pathname.slice(1));
const knows =
  (...keys: string[]): Verifier =>
  (request) =>
    new Response('{}', { status: keys.includes(keyOf(request)) ? 200 : 401 });

t.test('who shows a good key is let in as its consumer, and nobody can say so but the gateway', async (t) => {
  const { enter } = gate({});
  const { verdict, headers, call } = await enter('/?apikey=one&a=1', { headers: FORGED });
  t.equal(verdict, 'in');
  t.same(headers, {
    'x-consumer-id': 'id-1',
    'x-consumer-username': 'bob',
    'x-consumer-custom-id': 'ref-1',
    'x-credential-identifier': 'c-1',
  });
  t.same([call.consumer?.id, call.credentialId, call.anonymous], ['id-1', 'c-1', false]);
  const carol = await enter('/', { headers: { ...FORGED, apikey: 'a, b' } });
  t.same(
    carol.headers,
    { 'x-consumer-id': 'id-2', 'x-credential-identifier': 'c-2' },
    'what this consumer does not have is removed',
  );
});

t.test('who shows none, two or a bad one is turned away with Kong’s words', async (t) => {
  const { enter, withKey } = gate({});
  t.equal((await enter('/')).verdict, '401 no_key: No API key found in request');
  t.equal((await withKey('')).verdict, '401 no_key: No API key found in request');
  t.equal((await withKey('two')).verdict, '401 bad_key: Unauthorized');
  t.equal((await enter('/?apikey=one&apikey=one')).verdict, '401 duplicate_key: Duplicate API key found');
  t.equal(
    (
      await enter('/', {
        headers: [
          ['apikey', 'one'],
          ['apikey', 'one'],
        ],
      })
    ).verdict,
    '401 duplicate_key: Duplicate API key found',
    'joined headers that are no known key',
  );
  t.equal((await withKey('a, b')).verdict, 'in', 'and one that is');
  t.equal((await withKey('two')).challenge, 'Key');
  t.equal((await gate({ realm: 'mine' }).enter('/')).challenge, 'Key realm="mine"');
});

t.test('a credential’s life counts from the first request', async (t) => {
  const { withKey, runtime } = gate({});
  t.equal((await withKey('brief')).verdict, 'in');
  await runtime.advance(59_999);
  t.equal((await withKey('brief')).verdict, 'in');
  await runtime.advance(1);
  t.equal((await withKey('brief')).verdict, '401 bad_key: Unauthorized');
});

t.test('keyNames and keyIn are asked', async (t) => {
  t.equal((await gate({ keyNames: ['token'] }).enter('/?token=one')).verdict, 'in');
  t.equal(
    (await gate({ keyIn: ['query'] }).withKey('one')).verdict,
    '401 no_key: No API key found in request',
  );
  t.equal(
    (
      await gate({ keyIn: ['body'] }).enter('/', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"apikey":"one"}',
      })
    ).verdict,
    'in',
  );
});

t.test('hideCredentials hides the key wherever it stands', async (t) => {
  const init = {
    headers: {
      apikey: 'one',
      referer: 'https://page.test/?apikey=one&b=2',
      'content-type': 'application/x-www-form-urlencoded',
    },
    method: 'POST',
    body: 'apikey=one&c=3',
  };
  const hidden = await gate({ keyIn: ['header', 'query', 'body'] }).enter('/?apikey=other&[x]=1', init);
  t.notOk('apikey' in hidden.headers);
  t.equal(hidden.headers['referer'], 'https://page.test/?b=2');
  t.equal(hidden.query, '?[x]=1', 'the rest of the query stays as it was');
  t.equal(hidden.body, 'c=3');
  const shown = await gate({ hideCredentials: false, keyIn: ['header', 'query', 'body'] }).enter(
    '/?apikey=other&[x]=1',
    init,
  );
  t.equal(shown.headers['apikey'], 'one');
  t.equal(shown.headers['referer'], init.headers.referer);
  t.equal(shown.query, '?apikey=other&[x]=1');
  t.equal(shown.body, 'apikey=one&c=3', 'read, and passed on as it was');
  t.equal(
    (await gate({}, { answers: 'kong-3' }).enter('/?apikey=one&[x]')).query,
    '?%5Bx%5D=',
    'Kong writes the query anew',
  );
  const both = await gate({ keyNames: ['api_key'] }).enter('/', { headers: { 'api-key': 'one' } });
  t.notOk('api-key' in both.headers, 'in either spelling');
});

t.test('an anonymous consumer stands for callers without a good key', async (t) => {
  const { enter, withKey } = gate({ anonymous: 'nobody' });
  for (const path of ['/', '/?apikey=two', '/?apikey=', '/?apikey=one&apikey=one']) {
    const { verdict, headers, call } = await enter(path, { headers: FORGED });
    t.equal(verdict, 'in', path);
    t.same(headers, {
      'x-consumer-id': 'id-3',
      'x-consumer-username': 'nobody',
      'x-anonymous-consumer': 'true',
    });
    t.same([call.consumer?.id, call.credentialId, call.anonymous], ['id-3', null, true]);
  }
  t.equal((await withKey('one')).headers['x-consumer-username'], 'bob');
  t.equal(
    (await gate({ anonymous: 'ghost' }).enter('/')).verdict,
    "500 anonymous_missing: anonymous consumer ghost is configured but doesn't exist",
  );
  t.match(
    (await gate({ anonymous: 'nobody', verify }).withKey('new')).verdict,
    /^503/,
    'but who cannot be checked is not nobody',
  );
});

t.test('runOnPreflight false lets OPTIONS through as it is', async (t) => {
  const options = { method: 'OPTIONS', headers: FORGED };
  t.equal((await gate({}).enter('/', options)).verdict, '401 no_key: No API key found in request');
  t.same(
    (await gate({ runOnPreflight: false }, { answers: 'kong-3' }).enter('/', options)).headers,
    FORGED,
    'forgeries included, under Kong’s profiles',
  );
  t.same((await gate({ runOnPreflight: false }).enter('/', options)).headers, {}, 'not so in plain');
  t.equal(
    (await gate({ runOnPreflight: false }).enter('/')).verdict,
    '401 no_key: No API key found in request',
  );
});

t.test('a route without auth asks nobody; forgeries are removed where another route asks', async (t) => {
  const routes: Config['routes'] = [{ paths: ['/open'], auth: false }, { paths: ['/'] }];
  const open = await gate({}, { routes }).enter('/open', { headers: FORGED });
  t.same([open.verdict, open.headers], ['in', {}]);
  t.same((await gate({}, { routes, answers: 'kong-3' }).enter('/open', { headers: FORGED })).headers, FORGED);
  t.same(
    (await gate(false).enter('/', { headers: FORGED })).headers,
    FORGED,
    'without any auth they are headers as any other',
  );
});

t.test('each route asks in its own way', async (t) => {
  const routes: Config['routes'] = [
    { paths: ['/a'], auth: { keyNames: ['a-key'] } },
    { paths: ['/b'], auth: { anonymous: 'nobody' } },
    { paths: ['/c'] },
  ];
  const { enter } = gate({}, { routes });
  t.equal((await enter('/a?a-key=one', {}, 0)).verdict, 'in');
  t.match((await enter('/a?apikey=one', {}, 0)).verdict, /^401/);
  t.equal((await enter('/b', {}, 1)).headers['x-consumer-id'], 'id-3');
  t.equal((await enter('/c?apikey=one', {}, 2)).verdict, 'in');
});

t.test('what needs no awaiting is answered at once', (t) => {
  const { state, runtime, settings } = gate({});
  const now = (path: string, route = settings.routes[0]) =>
    admit(callTo(path, {}, { route: route ?? null }), state, runtime);
  t.notOk(now('/') instanceof Promise, 'no key');
  t.ok(now('/?apikey=one') instanceof Promise, 'a digest is awaited');
  const open = gate(false);
  t.equal(admit(callTo('/', {}, { route: open.settings.routes[0] ?? null }), open.state, open.runtime), null);
  t.end();
});

t.test(
  'the 2018 profile takes an empty key for a bad one and refuses a body that it cannot read',
  async (t) => {
    const { enter, withKey } = gate({ keyIn: ['header', 'body'] }, { answers: 'kong-2018' });
    t.match((await withKey('')).verdict, /bad_key/);
    t.equal(
      (
        await enter('/', {
          method: 'POST',
          headers: { apikey: 'one', 'content-type': 'text/plain' },
          body: 'x',
        })
      ).verdict,
      '400 bad_request: Cannot process request body',
    );
    t.equal(
      (
        await gate({ keyIn: ['header', 'body'] }).enter('/', {
          method: 'POST',
          headers: { apikey: 'one' },
          body: 'x',
        })
      ).verdict,
      'in',
    );
  },
);

t.test('a verifier is asked once per life, good or bad', async (t) => {
  const { withKey, runtime } = gate(
    { verify, cache: { ttlSeconds: 100, negativeTtlSeconds: 10 } },
    {},
    knows('new'),
  );
  for (let i = 0; i < 3; i++) t.equal((await withKey('new')).verdict, 'in');
  for (let i = 0; i < 3; i++) t.equal((await withKey('none')).verdict, '401 bad_key: Unauthorized');
  t.equal(runtime.sent.length, 2);
  t.equal((await withKey('one')).verdict, 'in', 'who stands in the configuration is not asked about');
  t.equal(runtime.sent.length, 2);
  await runtime.advance(10_000);
  await withKey('none');
  t.equal(runtime.sent.length, 3, 'negativeTtlSeconds later');
  await runtime.advance(90_000);
  await withKey('new');
  t.equal(runtime.sent.length, 4, 'ttlSeconds later');
});

t.test('a verdict is renewed behind an answer, so that nobody waits at its end', async (t) => {
  const { withKey, runtime, work } = gate({ verify, cache: { ttlSeconds: 100 } }, {}, knows('new'));
  await withKey('new');
  await runtime.advance(85_000);
  work.length = 0;
  for (let i = 0; i < 3; i++) t.equal((await withKey('new')).verdict, 'in');
  t.equal(runtime.sent.length, 2, 'once, however many come');
  await Promise.all(work);
  await runtime.advance(60_000);
  await withKey('new');
  t.equal(runtime.sent.length, 2, 'its life began anew');
});

t.test('a revoked key is out after its ttl at the latest', async (t) => {
  const good = new Set(['new']);
  const { withKey, runtime } = gate(
    { verify, cache: { ttlSeconds: 100 } },
    {},
    (request) => new Response('', { status: good.has(keyOf(request)) ? 200 : 403 }),
  );
  await withKey('new');
  good.delete('new');
  await runtime.advance(50_000);
  t.equal((await withKey('new')).verdict, 'in', 'not before');
  await runtime.advance(50_000);
  t.equal((await withKey('new')).verdict, '401 bad_key: Unauthorized');
});

t.test('while the verifier is down known keys go on and unknown ones wait outside', async (t) => {
  let down = false;
  const { withKey, runtime } = gate(
    { verify, cache: { ttlSeconds: 100, staleSeconds: 200 } },
    {},
    (request, world) => (down ? Promise.reject(new Error('down')) : knows('new')(request, world)),
  );
  await withKey('new');
  down = true;
  await runtime.advance(150_000);
  t.equal((await withKey('new')).verdict, 'in');
  const unknown = await withKey('newer');
  t.equal(unknown.verdict, '503 no_verdict: API key could not be verified');
  await runtime.advance(139_000);
  t.equal((await withKey('new')).verdict, 'in', 'to the end of staleSeconds');
  await runtime.advance(11_000);
  t.match((await withKey('new')).verdict, /^503/, 'and no longer');
  down = false;
  t.equal((await withKey('new')).verdict, 'in', 'until it can be checked again');
});

t.test('a caller whose key cannot be checked is told when to come back', async (t) => {
  const { state, runtime, settings } = gate({ verify });
  const refusal = await admit(
    callTo('/?apikey=new', {}, { route: settings.routes[0] ?? null }),
    state,
    runtime,
  );
  t.same(refusal?.headers, [['Retry-After', '5']]);
});

t.test('a hanging verifier is waited for once, then known keys pass at once', async (t) => {
  let hangs = false;
  const { withKey, runtime } = gate(
    { verify: { ...verify, timeoutMs: 1000 }, cache: { ttlSeconds: 10 } },
    {},
    (request, world) => {
      if (!hangs) return knows('new')(request, world);
      return new Promise((_, reject) =>
        request.signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    },
  );
  await withKey('new');
  hangs = true;
  await runtime.advance(11_000);
  let answer: string | null = null;
  void withKey('new').then(({ verdict }) => (answer = verdict));
  await runtime.advance(999);
  t.equal(answer, null, 'past its ttl nobody is let in unasked');
  await runtime.advance(1);
  t.equal(answer, 'in');
  t.equal((await withKey('new')).verdict, 'in', 'at once');
  t.equal(runtime.sent.length, 2);
});

t.test('a known key is not held up by lanes full of checks', async (t) => {
  let hangs = false;
  const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
  const { withKey, runtime } = gate({ verify, cache: { ttlSeconds: 10 } }, {}, (request, world) =>
    hangs ? new Promise(() => undefined) : knows(...keys)(request, world),
  );
  for (const key of keys) await withKey(key);
  hangs = true;
  await runtime.advance(11_000);
  const answers: string[] = [];
  for (const key of keys) void withKey(key).then(({ verdict }) => answers.push(verdict));
  await runtime.settle();
  t.equal(answers.length, 4, 'six are checked before, the others go on as they are');
});

t.test('the verifier’s words reach the origin, and no caller’s', async (t) => {
  const told = {
    verify: {
      ...verify,
      consumer: { id: '/id', username: '/name' },
      upstreamHeaders: { 'X-Plan': '/plan', 'X-Limit': '/limit' },
    },
    anonymous: 'nobody',
  };
  const { enter } = gate(
    told,
    {},
    (request) =>
      new Response('{"id":7,"name":"dora","plan":"gold"}', { status: keyOf(request) === 'new' ? 200 : 401 }),
  );
  const forged = { ...FORGED, 'x-plan': 'forged', 'x-limit': 'forged' };
  for (const why of ['checked', 'remembered']) {
    const { headers, call } = await enter('/', { headers: { ...forged, apikey: 'new' } });
    t.same(
      headers,
      {
        'x-consumer-id': '7',
        'x-consumer-username': 'dora',
        'x-plan': 'gold',
      },
      why,
    );
    t.equal(call.consumer?.id, '7');
  }
  t.same(
    (await enter('/', { headers: { ...forged, apikey: 'one' } })).headers['x-plan'],
    undefined,
    'a consumer of the configuration has no plan',
  );
  t.same((await enter('/', { headers: forged })).headers['x-plan'], undefined, 'nor has nobody');
  const spelt = { x_plan: 'forged', x_limit: 'forged', apikey: 'new' };
  const { headers } = await enter('/', { headers: spelt });
  t.same([headers['x_plan'], headers['x_limit']], [undefined, undefined], 'CGI would take them for the same');
});

t.test('what is remembered holds no key', async (t) => {
  const secret = 'k-3f9a1c77';
  const { withKey, state, runtime } = gate({ verify }, {}, knows(secret));
  await withKey(secret);
  await withKey(`${secret}-bad`);
  const seen = new Set<unknown>();
  const dump = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return String(value);
    if (seen.has(value)) return '';
    seen.add(value);
    const parts = value instanceof Map ? [...value.keys(), ...value.values()] : Object.values(value);
    return parts.map(dump).join('\n');
  };
  t.notMatch(dump(state), secret);
  const book = [...state.verdicts.books.values()][0];
  t.same([...(book?.good.entries.keys() ?? [])], [digestOf(secret)], 'its digest stands there');
  t.same(runtime.lines, []);
});

t.test('a caller’s share is taken after admission', async (t) => {
  const { withKey, enter } = gate({}, { rateLimit: { minute: 1 } });
  t.equal((await withKey('one')).verdict, 'in');
  t.match((await withKey('one')).verdict, /^429 rate_limited/);
  t.match((await enter('/')).verdict, /^401/, 'who is not let in has none');
  t.equal((await withKey('a, b')).verdict, 'in', 'another consumer has its own');
});

t.test('a verifier may say an identity header itself', async (t) => {
  const told = { verify: { ...verify, upstreamHeaders: { 'X-Consumer-Username': '/name' } } };
  const { enter } = gate(told, {}, () => new Response('{"name":"dora"}'));
  const { headers } = await enter('/', { headers: { ...FORGED, apikey: 'new' } });
  t.same(headers, { 'x-consumer-username': 'dora' });
});
