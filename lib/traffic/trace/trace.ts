/**
 * The gateway as a hop of a trace: Kong's zipkin and opentelemetry. The caller's trace is continued in the format that
 * it came in, or a new one starts; spans are exported by OTLP/HTTP after the response.
 *
 * A span holds names from the configuration (route, pool, origin), the method and the status; nothing else comes from
 * the caller, so no credential can. With `responseHeader` every response carries the trace id, also where no route
 * matched.
 */
import type { Trace } from '../../config/types.ts';
import type { Exit, Hooks, Isolate } from '../../core/feature.ts';
import type { Context, TraceSpan } from '../../core/request.ts';
import type { Runtime } from '../../core/runtime.ts';
import { createBatchSender } from '../batch-sender.ts';
import { withSetting } from '../setting-for.ts';
import { extractTrace, traceLines } from './formats.ts';
import type { Incoming, Outgoing } from './formats.ts';
import { spanOf, spansBody } from './otlp.ts';

/** The gateway's own span. */
export function beginSpan(
  { sample, capCallers, idBytes }: Trace,
  incoming: Incoming | null,
  runtime: Pick<Runtime, 'id' | 'random'>,
  kong: boolean,
): Outgoing {
  const decided = incoming?.sampled ?? null;
  const drawn = decided === null || (decided && capCallers) ? runtime.random() < sample : decided;
  const spanId = runtime.id().slice(16);
  if (incoming?.traceId) {
    const { traceId, spanId: parentId } = incoming;
    return { traceId, spanId, parentId, sampled: drawn };
  }
  const id = runtime.id();
  const traceId = idBytes === 8 ? id.slice(16).padStart(32, '0') : id;
  // In Kong the first span has a parent too.
  return { traceId, spanId, parentId: kong ? id.slice(16) : null, sampled: drawn };
}

function followTrace(context: Context, trace: Trace, runtime: Runtime): TraceSpan {
  const incoming = extractTrace(trace.extract, (name) => context.headers.get(name));
  const span = beginSpan(trace, incoming, runtime, context.kong !== null);
  context.span = { ...span, traceId: span.traceId.padStart(32, '0') };
  for (const name of trace.clear) context.originHeaders.push([name.toLowerCase(), null]);
  const preserved = incoming?.format ?? trace.defaultFormat;
  for (const format of new Set(trace.inject.map((one) => (one === 'preserve' ? preserved : one))))
    for (const [name, value] of traceLines(format, span)) context.originHeaders.push([name, value]);
  return context.span;
}

export function startTrace({ settings, runtime }: Isolate): Hooks {
  const { send, counts } = createBatchSender(spansBody, runtime);
  return {
    admit: (route) =>
      withSetting('trace', route, settings, (trace, context) => {
        followTrace(context, trace, runtime);
        return null;
      }),
    finish: (route) =>
      withSetting('trace', route, settings, (trace, context, { status, change }: Exit) => {
        const { to, responseHeader } = trace;
        const span = context.span ?? followTrace(context, trace, runtime);
        if (responseHeader !== null) change().set(responseHeader, span.traceId);
        if (to !== null && span.sampled) {
          const pool = settings.pools[context.pool]?.name;
          send(to, spanOf(context, span, pool, status, runtime.now()), context.waitUntil);
        }
      }),
    report: () => ({ trace: counts }),
  };
}
