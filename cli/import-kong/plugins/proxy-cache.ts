/** proxy-cache to `cache`. Unlike in Kong, responses to credentials and those that set cookies are not shared. */
import type { Config } from '../../../lib/config/types.ts';
import { ANYTHING, BOOL, TEXT, between, listOf, oneOf, shape, whole } from '../checks.ts';
import { configOf, type OwnSettings, type Carried, type Settings } from './entry.ts';
import type { Row } from '../rows.ts';

type Cache = Exclude<NonNullable<Config['cache']>, false>;

const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT'] as const;
const SHOWN = [
  ['age', 'age'],
  ['X-Cache-Status', 'status'],
  ['X-Cache-Key', 'key'],
] as const;

export const PROXY_CACHE: Carried = {
  fate: 'carried',
  priority: 100,
  why: '`cache`; never answers to Authorization, cookies and the like, nor those that set cookies',
  config: shape({
    strategy: oneOf('memory'),
    memory: ANYTHING,
    response_code: listOf(whole(100, 900)),
    request_method: listOf(oneOf(...METHODS)),
    content_type: listOf(TEXT),
    cache_ttl: between(0, Number.MAX_SAFE_INTEGER),
    storage_ttl: between(0, Number.MAX_SAFE_INTEGER),
    cache_control: BOOL,
    ignore_uri_case: BOOL,
    vary_query_params: listOf(TEXT),
    vary_headers: listOf(TEXT),
    response_headers: shape({ age: BOOL, 'X-Cache-Status': BOOL, 'X-Cache-Key': BOOL }),
  }),
  atTop: true,
  map: mapCache,
  consumer: { setting: 'consumerSettings', map: mapCache },
};

const YEAR = 31_536_000;

function mapCache(plugin: Row): OwnSettings {
  const config = configOf(plugin);
  const list = <T>(name: string): T[] | null =>
    Array.isArray(config[name]) && config[name].length > 0 ? (config[name] as T[]) : null;
  const { cache_ttl: ttl, storage_ttl: storage, cache_control: obey, response_headers: shown } = config;
  const cache: Cache = {
    methods: list<(typeof METHODS)[number]>('request_method') ?? ['GET', 'HEAD'],
    statuses: (list<number>('response_code') ?? [200, 301, 404]).filter((code) => code >= 200 && code <= 599),
    contentTypes: list<string>('content_type') ?? ['text/plain', 'application/json'],
    // If Cache-Control is obeyed, a response without it is not stored.
    ttlSeconds: obey === true ? 0 : Math.min(typeof ttl === 'number' ? ttl : 300, YEAR),
    ...(typeof storage === 'number' ? { storageSeconds: Math.min(storage, YEAR) } : {}),
    obeyCacheControl: obey === true,
    ...(list<string>('vary_query_params') ? { varyQuery: list<string>('vary_query_params')! } : {}),
    ...(list<string>('vary_headers') ? { varyHeaders: list<string>('vary_headers')! } : {}),
    ...(config['ignore_uri_case'] === true ? { ignorePathCase: true } : {}),
    show: SHOWN.filter(([name]) => (shown as Settings | undefined)?.[name] !== false).map(
      ([, short]) => short,
    ),
  };
  return { cache };
}
