/**
 * Spans in OTLP/HTTP JSON (opentelemetry-proto, trace/v1): ids are hex, times are nanoseconds in a string.
 */
import type { Collector } from '../../config/types.ts';
import type { Context, TraceSpan } from '../../core/request.ts';

const SERVER_KIND = 2;
const STATUS_ERROR = 2;

const attribute = (key: string, value: string | number | null | undefined): object[] =>
  value === null || value === undefined
    ? []
    : [{ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } }];

/** One span as JSON. `now`, in ms since 1970, is when it ends. */
export function spanOf(
  { route, method, origin, startedAt, attempts }: Context,
  { traceId, spanId, parentId }: TraceSpan,
  pool: string | undefined,
  status: number,
  now: number,
): string {
  return JSON.stringify({
    traceId,
    spanId,
    ...(parentId === null ? {} : { parentSpanId: parentId }),
    name: route ? `${method} ${route.name}` : method,
    kind: SERVER_KIND,
    startTimeUnixNano: `${startedAt}000000`,
    endTimeUnixNano: `${now}000000`,
    attributes: [
      ...attribute('http.request.method', method),
      ...attribute('http.response.status_code', status),
      ...attribute('http.route', route?.name),
      ...attribute('gateway.pool', pool),
      ...attribute('gateway.origin', origin?.name),
      ...attribute('gateway.attempts', attempts),
    ],
    status: status >= 500 ? { code: STATUS_ERROR } : {},
  });
}

export function spansBody(spans: readonly string[], { serviceName }: Collector): string {
  const resource = JSON.stringify({ attributes: attribute('service.name', serviceName) });
  const scope = `{"scope":{"name":"edge-gateway"},"spans":[${spans.join(',')}]}`;
  return `{"resourceSpans":[{"resource":${resource},"scopeSpans":[${scope}]}]}`;
}
