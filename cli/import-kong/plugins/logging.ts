/** http-log and file-log to `logTo`: a route may have both. */
import type { Config, Route } from '../../../lib/config/types.ts';
import { BOOL, RECORD, TEXT, between, checkOf, compact, oneOf } from '../checks.ts';
import { isWebAddress, webAddress } from '../web-address.ts';
import { noteField } from './entry.ts';
import { made, plugIn, to, unread } from './fields.ts';

type Target = Exclude<NonNullable<Config['logTo']>, false>[number];

/** Appends to the targets of plug-ins that run earlier. */
function appendTarget({ logTo = false }: Readonly<Partial<Route>>, target: Target): Partial<Route> {
  return { logTo: logTo === false ? [target] : [...logTo, target] };
}

export const HTTP_LOG = plugIn({
  why: '`logTo`; sent after the response, three tries, without credentials',
  fields: {
    http_endpoint: checkOf<string>('an http or https URL', isWebAddress),
    method: to('method', oneOf('POST', 'PUT', 'PATCH'), 'POST'),
    content_type: TEXT,
    timeout: made('timeoutMs', between(0, Number.MAX_SAFE_INTEGER), (ms) =>
      Math.min(30_000, Math.max(1, Math.round(ms))),
    ),
    headers: RECORD,
    custom_fields_by_lua: RECORD,
    queue: RECORD,
    ssl_verify: BOOL,
    ...unread('keepalive', 'queue_size', 'flush_timeout', 'retry_count'),
  },
  fault: ({ http_endpoint: url }) => (url === undefined ? 'must have an http_endpoint' : null),
  consumer: 'consumerSettings',
  map: (config, plugin, { draft }, carried) => {
    const {
      http_endpoint: endpoint = '',
      content_type: type,
      custom_fields_by_lua: lua = {},
      queue,
    } = config;
    const size = queue?.['max_batch_size'] ?? config.queue_size;
    const delay = queue?.['max_coalescing_delay'] ?? config.flush_timeout;
    if (Object.keys(lua).length > 0)
      noteField('lost', plugin, 'custom_fields_by_lua', 'fields computed by Lua are missing');
    return appendTarget(draft, {
      ...carried,
      ...webAddress(endpoint, { ...config.headers, ...compact({ 'Content-Type': type }) }),
      ...(typeof size === 'number' && size > 1 ? { batchSize: Math.min(1000, Math.round(size)) } : {}),
      ...(typeof delay === 'number' && delay > 0 ? { delaySeconds: Math.min(25, Math.max(0.1, delay)) } : {}),
    });
  },
});

export const FILE_LOG = plugIn({
  why: '`logTo: ["console"]`: a Worker has no files',
  fields: { path: TEXT, reopen: BOOL, custom_fields_by_lua: RECORD },
  consumer: 'consumerSettings',
  map: (_config, _plugin, { draft }) => appendTarget(draft, 'console'),
});
