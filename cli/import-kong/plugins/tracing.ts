/**
 * zipkin and opentelemetry to `trace`, correlation-id to `correlationId`. If a route has both of the first two, zipkin's
 * headers and opentelemetry's collector are used.
 */
import type { Config } from '../../../lib/config/types.ts';
import { BOOL, TEXT, between, listOf, oneOf, shape } from '../checks.ts';
import type { Place, Settings } from './entry.ts';
import { always, carried, made, to, unread } from './fields.ts';
import type { Row } from '../rows.ts';
import { isWebAddress, webAddress } from '../web-address.ts';

type Trace = Exclude<NonNullable<Config['trace']>, false>;
type Format = NonNullable<Trace['defaultFormat']>;

const FORMATS: readonly unknown[] = ['w3c', 'b3', 'b3-single', 'jaeger', 'ot'];
/** Formats whose headers are neither read nor written here. */
const FOREIGN = ['datadog', 'aws', 'gcp', 'instana'];
const TYPE = oneOf('preserve', 'ignore', 'b3', 'b3-single', 'w3c', 'jaeger', 'ot', ...FOREIGN);
const LIST = listOf(TEXT);
const RATE = between(0, 1);

/** The fields common to both plug-ins. */
const PROPAGATION = {
  header_type: TYPE,
  propagation: shape({ extract: LIST, inject: LIST, clear: LIST, default_format: TYPE }),
  http_response_header_for_traceid: to('responseHeader', TEXT),
  ...unread('queue', 'connect_timeout', 'send_timeout', 'read_timeout'),
};

const known = <T>(list: unknown, of: readonly unknown[]): T[] =>
  Array.isArray(list) ? (list as unknown[]).filter((one): one is T => of.includes(one)) : [];

/** Which headers are read and written; `standard` is the format if none is set. */
function propagationOf(config: Settings, standard: Format, { report }: Place, plugin: Row): Trace {
  const { header_type: type, propagation } = config;
  const { extract, inject, clear, default_format: own } = (propagation ?? {}) as Settings;
  const asked = [type, own, extract, inject].flat().map(String);
  const foreign = FOREIGN.filter((one) => asked.includes(one));
  if (foreign.length > 0)
    report.note({
      effect: 'lost',
      at: [...plugin.at, 'config'],
      subject: String(plugin.fields['name']),
      text: `trace headers of ${foreign.join(', ')} pass as they come`,
    });
  const fallback = own ?? config['default_header_type'];
  const defaultFormat = FORMATS.includes(fallback) ? (fallback as Format) : standard;
  const base: Trace = { extract: ['b3', 'w3c', 'jaeger', 'ot'], defaultFormat };
  if ([extract, inject, clear].some((list) => list !== undefined && list !== null))
    return {
      ...base,
      extract: known(extract, ['w3c', 'b3', 'jaeger', 'ot']),
      inject: known<Format | 'preserve'>(inject, ['preserve', ...FORMATS]),
      ...(Array.isArray(clear) ? { clear: clear as string[] } : {}),
    };
  if (type === 'ignore') return { ...base, extract: [], inject: [defaultFormat] };
  return FORMATS.includes(type) ? { ...base, inject: ['preserve', type as Format] } : base;
}

export const ZIPKIN = carried('trace', {
  priority: 100_000,
  ignoresConsumer: true,
  why: '`trace`: its headers; spans go by OTLP alone',
  fields: {
    ...PROPAGATION,
    http_endpoint: TEXT,
    sample_ratio: always('sample', RATE, 0.001),
    default_header_type: TYPE,
    traceid_byte_count: made('idBytes', oneOf(8, 16), (bytes) => (bytes === 8 ? 8 : undefined)),
    ...unread('default_service_name', 'include_credential', 'static_tags', 'tags_header', 'http_span_name'),
    ...unread('phase_duration_flavor', 'local_service_name'),
  },
  more: (config, plugin, place) => {
    if (typeof config['http_endpoint'] === 'string')
      place.report.note({
        effect: 'lost',
        at: [...plugin.at, 'config', 'http_endpoint'],
        subject: 'zipkin',
        text: 'spans are not sent to Zipkin: `trace.to` sends them to an OTLP collector',
      });
    return propagationOf(config, 'b3', place, plugin);
  },
});

const OTEL = {
  ...PROPAGATION,
  traces_endpoint: TEXT,
  endpoint: TEXT,
  sampling_rate: RATE,
  ...unread('headers', 'resource_attributes', 'logs_endpoint', 'batch_span_count', 'batch_flush_delay'),
  ...unread('sampling_strategy', 'metrics', 'access_logs_endpoint'),
};

export const OPENTELEMETRY = carried('trace', {
  priority: 14,
  ignoresConsumer: true,
  why: '`trace`: headers, and one span a request by OTLP; logs and metrics are not sent',
  fields: OTEL,
  more: (config, plugin, place) => {
    const to = collectorOf(config);
    const { conf, draft } = place;
    if (draft.trace) return { ...draft.trace, ...(to ? { to } : {}) };
    const instruments = String(conf['tracing_instrumentations'] ?? conf['opentelemetry_tracing'] ?? 'off');
    const rate = config['sampling_rate'] ?? conf['tracing_sampling_rate'] ?? 0.01;
    return {
      ...propagationOf(config, 'w3c', place, plugin),
      // Without instrumentations Kong samples nothing, whatever callers request.
      sample: instruments === 'off' ? 0 : Math.min(1, Math.max(0, Number(rate))),
      capCallers: true,
      ...(to ? { to } : {}),
    };
  },
});

function collectorOf(config: Settings): Trace['to'] | null {
  const url = config['traces_endpoint'] ?? config['endpoint'];
  if (!isWebAddress(url)) return null;
  const { url: bare, login } = webAddress(String(url));
  const headers = Object.entries({ ...login, ...(config['headers'] as Record<string, unknown> | undefined) });
  const name = (config['resource_attributes'] as Settings | undefined)?.['service.name'];
  return {
    url: bare,
    ...(headers.length > 0
      ? { headers: Object.fromEntries(headers.map(([key, value]) => [key, String(value)])) }
      : {}),
    serviceName: typeof name === 'string' && name !== '' ? name : 'kong',
  };
}

const GENERATORS = { uuid: 'uuid', 'uuid#counter': 'counter', tracker: 'tracker' } as const;

export const CORRELATION_ID = carried('correlationId', {
  priority: 100_001,
  ignoresConsumer: true,
  why: '`correlationId`; numbers count in each isolate',
  fields: {
    header_name: always('header', TEXT, 'Kong-Request-ID'),
    generator: always(
      'generator',
      oneOf(...Object.keys(GENERATORS)),
      'uuid#counter',
      (name: keyof typeof GENERATORS) => GENERATORS[name],
    ),
    echo_downstream: to('echo', BOOL, false),
  },
});
