/** http-log and file-log to `logTo`: a route may have both. */
import type { Config, Route } from '../../../lib/config/types.ts';
import { BOOL, RECORD, TEXT, between, oneOf, says, shape } from '../checks.ts';
import { isWebAddress, webAddress } from '../web-address.ts';
import { configOf, type Carried, type Place, type Settings } from './entry.ts';
import { carry, checkOf, made, to, unread } from './fields.ts';
import type { Row } from '../rows.ts';

type Targets = Exclude<NonNullable<Config['logTo']>, false>;
type Server = Exclude<Targets[number], string>;

/** Appends to the targets of plug-ins of higher priority. */
function beside(draft: Readonly<Partial<Route>>, target: Targets[number]): Partial<Route> {
  const { logTo = false } = draft;
  return { logTo: logTo === false ? [target] : [...logTo, target] };
}

const FIELDS = {
  http_endpoint: says('an http or https URL', isWebAddress),
  method: to('method', oneOf('POST', 'PUT', 'PATCH'), 'POST'),
  content_type: TEXT,
  timeout: made('timeoutMs', between(0, Number.MAX_SAFE_INTEGER), (ms: number) =>
    Math.min(30_000, Math.max(1, Math.round(ms))),
  ),
  headers: RECORD,
  custom_fields_by_lua: RECORD,
  queue: RECORD,
  ssl_verify: BOOL,
  ...unread('keepalive', 'queue_size', 'flush_timeout', 'retry_count'),
};

export const HTTP_LOG: Carried = {
  fate: 'carried',
  priority: 12,
  why: '`logTo`; sent behind the answer, three tries, without credentials',
  config: checkOf(FIELDS),
  fault: ({ http_endpoint: url }) => (typeof url === 'string' ? null : 'must have an http_endpoint'),
  map: (plugin, place) => beside(place.draft, mapServer(plugin, place)),
  consumer: {
    setting: 'consumerSettings',
    map: (plugin, place) => ({ logTo: [mapServer(plugin, place)] }),
  },
};

function mapServer(plugin: Row, { report }: Place): Server {
  const config = configOf(plugin);
  const { content_type: type, custom_fields_by_lua: fields } = config;
  const queue = (config['queue'] as Settings | undefined) ?? {};
  const size = queue['max_batch_size'] ?? config['queue_size'];
  const delay = queue['max_coalescing_delay'] ?? config['flush_timeout'];
  const { url, login } = webAddress(String(config['http_endpoint']));
  if (Object.keys(fields ?? {}).length > 0)
    report.note({
      effect: 'lost',
      at: [...plugin.at, 'config', 'custom_fields_by_lua'],
      subject: 'http-log',
      text: 'fields that Lua makes are missing',
    });
  const headers = {
    ...login,
    ...headersOf(config['headers']),
    ...(typeof type === 'string' ? { 'Content-Type': type } : {}),
  };
  return {
    ...carry<Partial<Server>>(FIELDS, config),
    url,
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    ...(typeof size === 'number' && size > 1 ? { batchSize: Math.min(1000, Math.round(size)) } : {}),
    ...(typeof delay === 'number' && delay > 0 ? { delaySeconds: Math.min(25, Math.max(0.1, delay)) } : {}),
  };
}

/** Before 3.0 each header had a list, of which the first value is used here. */
function headersOf(headers: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries((headers as Record<string, unknown> | undefined) ?? {}).map(([name, value]) => [
      name,
      String(Array.isArray(value) ? value[0] : value),
    ]),
  );
}

export const FILE_LOG: Carried = {
  fate: 'carried',
  priority: 9,
  why: '`logTo: ["console"]`: a Worker has no files',
  config: shape({ path: TEXT, reopen: BOOL, custom_fields_by_lua: RECORD }),
  map: (_plugin, { draft }) => beside(draft, 'console'),
  consumer: { setting: 'consumerSettings', map: () => ({ logTo: ['console'] }) },
};
