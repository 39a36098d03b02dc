/** Checking never crashes: whatever is written there come settings, or an error that lists faults with their paths. */
import t from 'tap';
import fc from 'fast-check';
import { checkConfig } from '../../lib/config/settings.ts';

const GOOD = {
  pools: {
    api: {
      origins: ['https://a.example', { url: 'https://b.example/base', weight: 3 }],
      retries: 1,
      hedge: false,
      timeoutMs: 500,
      balance: 'consistent-hash',
      hashOn: { header: 'x-caller' },
      load: { path: '/load', pointer: '/one' },
      retryOn: ['timeout', 503],
    },
  },
  routes: [
    {
      name: 'r',
      hosts: ['x.example'],
      paths: ['/v1', '~/v2/(?<id>\\d+)'],
      pool: 'api',
      auth: { keyNames: ['k'] },
      rateLimit: { minute: 5, by: { header: 'x-caller' } },
      headers: { 'x-a': ['~*b+'] },
      canary: { pool: 'api', percent: 5 },
      shadow: { pool: 'api', percent: 5, ignoreHeaders: ['x-b'] },
      responseHeaders: { origin: 'Served-By', version: { path: '/version' } },
    },
  ],
  auth: { verify: { url: 'https://v.example/{key}', consumer: { id: '/id' } }, cache: { ttlSeconds: 5 } },
  trustedProxies: ['10.0.0.0/8'],
  status: { path: '/status', token: 'long-enough' },
  cors: { origins: ['https://page.example'], credentials: true },
  consumers: [{ id: 'c', credentials: [{ sha256: 'a'.repeat(64) }] }],
  log: 'errors',
};
/** What no JSON holds stands in a CONFIG all the same. */
const CYCLE: Record<string, unknown> = {};
CYCLE['itself'] = CYCLE;
const RUNS = { numRuns: 2000, seed: 20261122 };

/** Every place in a value, as the path to it. */
function placesIn(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, inner]) =>
      placesIn(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}
function withValueAt(path: readonly (string | number)[], value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const copy = structuredClone(GOOD) as unknown;
  let inner = copy as Record<string | number, unknown>;
  for (const key of [head, ...rest].slice(0, -1)) inner = inner[key] as Record<string | number, unknown>;
  inner[path.at(-1)!] = value;
  return copy;
}

function verdict(config: unknown): 'settings' | 'faults' | Error {
  try {
    return Object.isFrozen(checkConfig(config)) ? 'settings' : new Error('not frozen');
  } catch (error) {
    return (error as Error).message.startsWith('Cannot use the configuration:\n  ')
      ? 'faults'
      : (error as Error);
  }
}

t.test('the good one is good', async (t) => t.equal(verdict(GOOD), 'settings'));

t.test('anything at all as the configuration', async (t) => {
  fc.assert(
    fc.property(
      fc.anything({
        maxDepth: 3,
        withBigInt: true,
        withDate: true,
        withNullPrototype: true,
        withSparseArray: true,
      }),
      (input) => !(verdict(input) instanceof Error),
    ),
    RUNS,
  );
  fc.assert(
    fc.property(fc.string(), (input) => verdict(input) !== 'settings'),
    RUNS,
  );
  t.pass();
});

t.test('anything at all in any place of a good one', async (t) => {
  const places = placesIn(GOOD).filter((path) => path.length > 0);
  fc.assert(
    fc.property(
      fc.constantFrom(...places),
      fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.constantFrom(
          undefined,
          NaN,
          Infinity,
          -1,
          0,
          1e300,
          '',
          ' ',
          '/',
          '~',
          '~(',
          '~(a+)+$',
          'http://',
          'https://u:p@h',
          [],
          {},
          10n,
          Symbol('s'),
          () => 1,
          /x/,
          new Date(NaN),
          new Map(),
          CYCLE,
        ),
      ),
      (path, value) => {
        const told = verdict(withValueAt(path, value));
        return !(told instanceof Error);
      },
    ),
    RUNS,
  );
  t.pass();
});

t.test('a key that nobody knows is a fault wherever it stands, and its path is named', async (t) => {
  const places = placesIn(GOOD).filter((path) => {
    const at = path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], GOOD);
    return (
      typeof at === 'object' &&
      at !== null &&
      !Array.isArray(at) &&
      !['pools', 'headers'].includes(String(path.at(-1)))
    );
  });
  for (const path of places) {
    const at = path.reduce<unknown>(
      (inner, key) => (inner as Record<string | number, unknown>)[key],
      GOOD,
    ) as object;
    t.throws(
      () => checkConfig(withValueAt(path, { ...at, nobodyKnows: 1 })),
      { message: /nobodyKnows/ },
      path.join('.') || 'the top',
    );
  }
});
