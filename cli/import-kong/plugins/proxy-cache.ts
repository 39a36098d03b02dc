/** proxy-cache to `cache`. Unlike in Kong, responses to credentials and those that set cookies are not shared. */
import { ANYTHING, BOOL, TEXT, between, listOf, oneOf, shape, whole } from '../checks.ts';
import { always, carried, made, to } from './fields.ts';
import type { Settings } from './entry.ts';

const SHOWN = [
  ['age', 'age'],
  ['X-Cache-Status', 'status'],
  ['X-Cache-Key', 'key'],
] as const;
const SECONDS = between(0, Number.MAX_SAFE_INTEGER);
const YEAR = 31_536_000;

/** An empty list is none. */
const orElse =
  <T>(standard: readonly T[]) =>
  (list: readonly T[]): readonly T[] =>
    list.length > 0 ? list : standard;
const [METHODS, STATUSES, TYPES] = [
  ['GET', 'HEAD'],
  [200, 301, 404],
  ['text/plain', 'application/json'],
];

export const PROXY_CACHE = carried('cache', {
  priority: 100,
  why: '`cache`; never answers to Authorization, cookies and the like, nor those that set cookies',
  fields: {
    strategy: oneOf('memory'),
    memory: ANYTHING,
    response_code: always('statuses', listOf(whole(100, 900)), STATUSES, (codes) =>
      orElse(STATUSES)(codes).filter((code) => code >= 200 && code <= 599),
    ),
    request_method: always(
      'methods',
      listOf(oneOf('GET', 'HEAD', 'POST', 'PATCH', 'PUT')),
      METHODS,
      orElse(METHODS),
    ),
    content_type: always('contentTypes', listOf(TEXT), TYPES, orElse(TYPES)),
    cache_ttl: SECONDS,
    storage_ttl: made('storageSeconds', SECONDS, (seconds: number) => Math.min(seconds, YEAR)),
    cache_control: always('obeyCacheControl', BOOL, false),
    ignore_uri_case: to('ignorePathCase', BOOL, false),
    vary_query_params: to('varyQuery', listOf(TEXT)),
    vary_headers: to('varyHeaders', listOf(TEXT)),
    response_headers: always(
      'show',
      shape({ age: BOOL, 'X-Cache-Status': BOOL, 'X-Cache-Key': BOOL }),
      {},
      (shown: Settings) => SHOWN.filter(([name]) => shown[name] !== false).map(([, short]) => short),
    ),
  },
  tied: true,
  // If Cache-Control is obeyed, a response without it is not stored.
  more: ({ cache_ttl: ttl, cache_control: obey }) => ({
    ttlSeconds: obey === true ? 0 : Math.min(typeof ttl === 'number' ? ttl : 300, YEAR),
  }),
});
