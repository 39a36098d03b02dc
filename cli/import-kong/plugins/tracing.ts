/**
 * zipkin and opentelemetry to `trace`, correlation-id to `correlationId`. If a route has both of the first two,
 * zipkin's headers and opentelemetry's collector are used.
 */
import type { Config } from '../../../lib/config/types.ts';
import { ANYTHING, BOOL, TEXT, between, listOf, oneOf, shape, type Checked } from '../checks.ts';
import { isWebAddress, webAddress } from '../web-address.ts';
import { noteField, type PluginRow } from './entry.ts';
import { always, carried, made, to, unread } from './fields.ts';

type Trace = Exclude<NonNullable<Config['trace']>, false>;
type Format = NonNullable<Trace['defaultFormat']>;

const FORMATS: readonly Format[] = ['w3c', 'b3', 'b3-single', 'jaeger', 'ot'];
const READ = ['w3c', 'b3', 'jaeger', 'ot'] as const;
/** Formats whose headers are neither read nor written here. */
const FOREIGN = ['datadog', 'aws', 'gcp', 'instana'] as const;
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

/** Which headers are read and written; `standard` is the format if none is set. */
function propagationOf(
  config: Checked<typeof PROPAGATION> & { readonly default_header_type?: string },
  standard: Format,
  { report, fields }: PluginRow,
): Trace {
  const { header_type: type, propagation = {}, default_header_type: fallback } = config;
  const { extract, inject, clear, default_format: own } = propagation;
  const asked: unknown[] = [type, own, extract, inject].flat();
  const foreign = FOREIGN.filter((one) => asked.includes(one)).join(', ');
  if (foreign !== '')
    report.at('config').note('lost', `trace headers of ${foreign} pass unchanged`, fields.name);
  const known = <T extends string>(list: readonly string[] | undefined, of: readonly T[]): T[] =>
    (list ?? []).flatMap((one) => of.filter((format) => format === one));
  const [defaultFormat = standard] = known([own ?? fallback ?? ''], FORMATS);
  if (extract ?? inject ?? clear)
    return {
      extract: known(extract, READ),
      defaultFormat,
      inject: known(inject, ['preserve', ...FORMATS]),
      ...(clear ? { clear } : {}),
    };
  if (type === 'ignore') return { extract: [], defaultFormat, inject: [defaultFormat] };
  const [format] = known([type ?? ''], FORMATS);
  return {
    extract: ['b3', 'w3c', 'jaeger', 'ot'],
    defaultFormat,
    ...(format ? { inject: ['preserve', format] } : {}),
  };
}

export const ZIPKIN = carried('trace', {
  consumer: 'ignored',
  why: '`trace`: its headers; spans are sent by OTLP only',
  fields: {
    ...PROPAGATION,
    http_endpoint: TEXT,
    sample_ratio: always('sample', RATE, 0.001),
    default_header_type: TYPE,
    traceid_byte_count: made('idBytes', oneOf(8, 16), (bytes) => (bytes === 8 ? 8 : undefined)),
    ...unread('default_service_name', 'include_credential', 'static_tags', 'tags_header', 'http_span_name'),
    ...unread('phase_duration_flavor', 'local_service_name'),
  },
  more: (config, plugin) => {
    const text = 'spans are not sent to Zipkin: `trace.to` sends them to an OTLP collector';
    if (config.http_endpoint !== undefined) noteField('lost', plugin, 'http_endpoint', text);
    return propagationOf(config, 'b3', plugin);
  },
});

export const OPENTELEMETRY = carried('trace', {
  consumer: 'ignored',
  why: '`trace`: headers, and one span per request by OTLP; logs and metrics are not sent',
  fields: {
    ...PROPAGATION,
    traces_endpoint: TEXT,
    endpoint: TEXT,
    sampling_rate: RATE,
    headers: ANYTHING,
    resource_attributes: ANYTHING,
    ...unread('logs_endpoint', 'batch_span_count', 'batch_flush_delay'),
    ...unread('sampling_strategy', 'metrics', 'access_logs_endpoint'),
  },
  more: (config, plugin, { conf, draft }) => {
    const { traces_endpoint: endpoint = config.endpoint, headers, resource_attributes: attributes } = config;
    const { 'service.name': name } = (attributes ?? {}) as { readonly 'service.name'?: unknown };
    const serviceName = typeof name === 'string' && name !== '' ? name : 'kong';
    const to = isWebAddress(endpoint) ? { to: { ...webAddress(endpoint, headers), serviceName } } : {};
    if (draft.trace) return { ...draft.trace, ...to };
    const instruments = String(conf['tracing_instrumentations'] ?? conf['opentelemetry_tracing'] ?? 'off');
    const rate = Number(config.sampling_rate ?? conf['tracing_sampling_rate'] ?? 0.01);
    return {
      ...propagationOf(config, 'w3c', plugin),
      // Without instrumentations Kong samples nothing, whatever callers request.
      sample: instruments === 'off' ? 0 : Math.min(1, Math.max(0, rate)),
      capCallers: true,
      ...to,
    };
  },
});

const GENERATORS = { uuid: 'uuid', 'uuid#counter': 'counter', tracker: 'tracker' } as const;

export const CORRELATION_ID = carried('correlationId', {
  consumer: 'ignored',
  why: '`correlationId`; counters are per isolate',
  fields: {
    header_name: always('header', TEXT, 'Kong-Request-ID'),
    generator: always(
      'generator',
      oneOf('uuid', 'uuid#counter', 'tracker'),
      'uuid#counter',
      (name) => GENERATORS[name],
    ),
    echo_downstream: to('echo', BOOL, false),
  },
});
