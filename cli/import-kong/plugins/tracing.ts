/**
 * zipkin and opentelemetry to `trace`. If a route has both, zipkin's headers and opentelemetry's collector are used.
 */
import type { Config, Route } from '../../../lib/config/types.ts';
import { ANYTHING, TEXT, between, listOf, oneOf, shape } from '../checks.ts';
import { configOf, type Carried, type Place, type Settings } from './entry.ts';
import type { Row } from '../rows.ts';
import { isWebAddress, webAddress } from '../web-address.ts';

type Trace = Exclude<NonNullable<Config['trace']>, false>;
type Format = NonNullable<Trace['defaultFormat']>;

const TYPES = [
  'preserve',
  'ignore',
  'b3',
  'b3-single',
  'w3c',
  'jaeger',
  'ot',
  'datadog',
  'aws',
  'gcp',
  'instana',
];
const FORMATS: readonly unknown[] = ['w3c', 'b3', 'b3-single', 'jaeger', 'ot'];
const PROPAGATION = shape({
  extract: listOf(TEXT),
  inject: listOf(TEXT),
  clear: listOf(TEXT),
  default_format: oneOf(...TYPES),
});
const known = <T>(list: unknown, of: readonly unknown[]): T[] | null =>
  Array.isArray(list) ? (list as unknown[]).filter((one): one is T => of.includes(one)) : null;

/** The settings common to both plug-ins; `standard` is the format if none is set. */
function propagationOf(config: Settings, standard: Format, { report }: Place, plugin: Row): Trace {
  const { header_type: type, propagation } = config;
  const { extract, inject, clear, default_format: own } = (propagation as Settings | undefined) ?? {};
  const asked = [
    type,
    own,
    ...[extract, inject].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : [])),
  ];
  const unknown = asked.filter((one) => ['datadog', 'aws', 'gcp', 'instana'].includes(String(one)));
  if (unknown.length > 0)
    report.note({
      effect: 'lost',
      at: [...plugin.at, 'config'],
      subject: String(plugin.fields['name']),
      text: `trace headers of ${[...new Set(unknown)].join(', ')} pass as they come`,
    });
  const fallback = own ?? config['default_header_type'];
  const defaultFormat = FORMATS.includes(fallback) ? (fallback as Format) : standard;
  const header = config['http_response_header_for_traceid'];
  const base: Trace = {
    extract: ['b3', 'w3c', 'jaeger', 'ot'],
    defaultFormat,
    ...(typeof header === 'string' ? { responseHeader: header } : {}),
  };
  if ([extract, inject, clear].some((list) => list !== undefined && list !== null))
    return {
      ...base,
      extract: known(extract, ['w3c', 'b3', 'jaeger', 'ot']) ?? [],
      inject: known<Format | 'preserve'>(inject, ['preserve', ...FORMATS]) ?? [],
      ...(Array.isArray(clear) ? { clear: clear as string[] } : {}),
    };
  if (type === 'ignore') return { ...base, extract: [], inject: [defaultFormat] };
  return FORMATS.includes(type) ? { ...base, inject: ['preserve', type as Format] } : base;
}

const RATE = between(0, 1);

export const ZIPKIN: Carried = {
  fate: 'carried',
  priority: 100_000,
  why: '`trace`: its headers; spans go by OTLP alone',
  config: shape({
    http_endpoint: TEXT,
    sample_ratio: RATE,
    default_header_type: oneOf(...TYPES),
    header_type: oneOf(...TYPES),
    propagation: PROPAGATION,
    traceid_byte_count: oneOf(8, 16),
    http_response_header_for_traceid: TEXT,
    default_service_name: ANYTHING,
    include_credential: ANYTHING,
    static_tags: ANYTHING,
    tags_header: ANYTHING,
    http_span_name: ANYTHING,
    connect_timeout: ANYTHING,
    send_timeout: ANYTHING,
    read_timeout: ANYTHING,
    phase_duration_flavor: ANYTHING,
    local_service_name: ANYTHING,
    queue: ANYTHING,
  }),
  atTop: true,
  ignoresConsumer: true,
  map: (plugin, place): Partial<Route> => {
    const config = configOf(plugin);
    const { sample_ratio: ratio, traceid_byte_count: bytes } = config;
    if (typeof config['http_endpoint'] === 'string')
      place.report.note({
        effect: 'lost',
        at: [...plugin.at, 'config', 'http_endpoint'],
        subject: 'zipkin',
        text: 'spans are not sent to Zipkin: `trace.to` sends them to an OTLP collector',
      });
    return {
      trace: {
        ...propagationOf(config, 'b3', place, plugin),
        sample: typeof ratio === 'number' ? ratio : 0.001,
        ...(bytes === 8 ? { idBytes: 8 } : {}),
      },
    };
  },
};

export const OPENTELEMETRY: Carried = {
  fate: 'carried',
  priority: 14,
  why: '`trace`: headers, and one span a request by OTLP; logs and metrics are not sent',
  config: shape({
    traces_endpoint: TEXT,
    endpoint: TEXT,
    headers: ANYTHING,
    sampling_rate: RATE,
    header_type: oneOf(...TYPES),
    propagation: PROPAGATION,
    resource_attributes: ANYTHING,
    http_response_header_for_traceid: TEXT,
    logs_endpoint: ANYTHING,
    queue: ANYTHING,
    batch_span_count: ANYTHING,
    batch_flush_delay: ANYTHING,
    connect_timeout: ANYTHING,
    send_timeout: ANYTHING,
    read_timeout: ANYTHING,
    sampling_strategy: ANYTHING,
    metrics: ANYTHING,
    access_logs_endpoint: ANYTHING,
  }),
  atTop: true,
  ignoresConsumer: true,
  map: (plugin, place): Partial<Route> => {
    const config = configOf(plugin);
    const { trace } = place.draft;
    const to = collectorOf(config);
    if (trace) return { trace: { ...trace, ...(to ? { to } : {}) } };
    const { conf } = place;
    const instruments = String(conf['tracing_instrumentations'] ?? conf['opentelemetry_tracing'] ?? 'off');
    const rate = config['sampling_rate'] ?? conf['tracing_sampling_rate'] ?? 0.01;
    return {
      trace: {
        ...propagationOf(config, 'w3c', place, plugin),
        // Without instrumentations Kong samples nothing, whatever callers request.
        sample: instruments === 'off' ? 0 : Math.min(1, Math.max(0, Number(rate))),
        capCallers: true,
        ...(to ? { to } : {}),
      },
    };
  },
};

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
