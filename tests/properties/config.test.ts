/** The configuration check never crashes: any value gives settings, or an error that lists faults with their paths. */
import t from 'tap';
import fc from 'fast-check';
import { checkConfig } from '../../lib/config/settings.ts';
import { testProperty } from '../support/property.ts';

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
type Path = readonly (string | number)[];
type Node = Record<string | number, unknown>;
/** Every place in a value, as the path to it. */
function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, one]) =>
    placesIn(one, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...inner];
}
const valueAt = (path: Path, from: unknown = GOOD): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Node)[key], from);
function withValueAt(path: Path, value: unknown): unknown {
  if (path.length === 0) return value;
  const copy = structuredClone(GOOD);
  (valueAt(path.slice(0, -1), copy) as Node)[path.at(-1)!] = value;
  return copy;
}

function verdict(config: unknown): 'settings' | 'faults' | Error {
  try {
    return Object.isFrozen(checkConfig(config)) ? 'settings' : new Error('not frozen');
  } catch (error) {
    const { message } = error as Error;
    return message.startsWith('Cannot use the configuration:\n  ') ? 'faults' : (error as Error);
  }
}

t.test('a valid configuration is accepted', async (t) => t.equal(verdict(GOOD), 'settings'));

const odd = { withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true };
const anything = fc.anything({ maxDepth: 3, ...odd });
testProperty('any value as the configuration gives settings or faults', [anything], 2000, (input) => {
  return !(verdict(input) instanceof Error);
});
testProperty(
  'no string is a valid configuration',
  [fc.string()],
  2000,
  (input) => verdict(input) !== 'settings',
);

const cycle: Node = {};
cycle['itself'] = cycle;
const ODD_STRINGS = ['', ' ', '/', '~', '~(', '~(a+)+$', 'http://', 'https://u:p@h'];
const ODD_NUMBERS = [NaN, Infinity, -1, 0, 1e300, 10n];
/** A configuration in code can contain what JSON cannot. */
const ODD_VALUES = [undefined, [], {}, Symbol('s'), () => 1, /x/, new Date(NaN), new Map(), cycle];
const oddValue = fc.constantFrom<unknown>(...ODD_STRINGS, ...ODD_NUMBERS, ...ODD_VALUES);
const place = fc.constantFrom(...placesIn(GOOD).filter((path) => path.length > 0));
const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), oddValue);
testProperty(
  'any value anywhere in a valid configuration gives settings or faults',
  [place, value],
  2000,
  (path, one) => {
    return !(verdict(withValueAt(path, one)) instanceof Error);
  },
);

t.test('an unknown key is a fault anywhere, and its path is named', async (t) => {
  for (const path of placesIn(GOOD)) {
    const at = valueAt(path);
    const isRecord = typeof at === 'object' && at !== null && !Array.isArray(at);
    if (!isRecord || ['pools', 'headers'].includes(String(path.at(-1)))) continue;
    const config = withValueAt(path, { ...at, unknownKey: 1 });
    t.throws(() => checkConfig(config), { message: /unknownKey/ }, path.join('.') || 'the top');
  }
});
