/** proxy-cache to `cache`. Unlike in Kong, responses to credentials and those that set cookies are not shared. */
import { ANYTHING, BOOL, TEXT, between, listOf, oneOf, shape, whole, type Check } from '../checks.ts';
import { always, carried, made, to } from './fields.ts';

const SECONDS = between(0, Number.MAX_SAFE_INTEGER);
const YEAR = 31_536_000;
const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT'] as const;

/** An empty list means the default. */
function list<N extends string, T>(
  setting: N,
  item: Check<T>,
  standard: T[],
  good: (one: T) => boolean = () => true,
) {
  return always(setting, listOf(item), standard, (all) => (all.length > 0 ? all : standard).filter(good));
}

export const PROXY_CACHE = carried('cache', {
  why: '`cache`; not for requests with Authorization, cookies and the like, nor responses that set cookies',
  fields: {
    strategy: oneOf('memory'),
    memory: ANYTHING,
    response_code: list('statuses', whole(100, 900), [200, 301, 404], (code) => code >= 200 && code <= 599),
    request_method: list('methods', oneOf(...METHODS), ['GET', 'HEAD']),
    content_type: list('contentTypes', TEXT, ['text/plain', 'application/json']),
    cache_ttl: SECONDS,
    storage_ttl: made('storageSeconds', SECONDS, (seconds) => Math.min(seconds, YEAR)),
    cache_control: always('obeyCacheControl', BOOL, false),
    ignore_uri_case: to('ignorePathCase', BOOL, false),
    vary_query_params: to('varyQuery', listOf(TEXT)),
    vary_headers: to('varyHeaders', listOf(TEXT)),
    response_headers: shape({ age: BOOL, 'X-Cache-Status': BOOL, 'X-Cache-Key': BOOL }),
  },
  consumer: 'consumerSettings',
  more: ({ response_headers: shown, cache_ttl: ttl = 300, cache_control: obey }) => ({
    show: [
      ...(shown?.age === false ? [] : (['age'] as const)),
      ...(shown?.['X-Cache-Status'] === false ? [] : (['status'] as const)),
      ...(shown?.['X-Cache-Key'] === false ? [] : (['key'] as const)),
    ],
    // If Cache-Control is obeyed, a response without it is not stored.
    ttlSeconds: obey === true ? 0 : Math.min(ttl, YEAR),
  }),
});
