/**
 * Reads and writes the headers of trace propagation: W3C Trace Context, Zipkin's B3 (single and multiple headers),
 * Jaeger's uber-trace-id and OpenTracing's ot-tracer-*.
 *
 * Ids that are not hex of the right length, or all zeros, are ignored: the request starts a new trace, and its headers
 * are forwarded as they are.
 */

export type Format = 'w3c' | 'b3' | 'b3-single' | 'jaeger' | 'ot';
/** Formats to extract: B3 in either form is one. */
export type Extractable = Exclude<Format, 'b3-single'>;

export interface Incoming {
  readonly format: Format;
  /** 16 or 32 hex digits, as sent; null if only the sampling decision was sent. */
  readonly traceId: string | null;
  readonly spanId: string | null;
  /** The caller's sampling decision; null for none. */
  readonly sampled: boolean | null;
}
export interface Outgoing {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly sampled: boolean;
}

type Read = (name: string) => string | null;
type Lines = readonly (readonly [name: string, value: string])[];

/** `least` to `most` hex digits, not all 0, in lower case and padded to 16 or 32; null for anything else. */
function hexId(text: string | null | undefined, least: number, most: number): string | null {
  const id = text?.trim().toLowerCase() ?? '';
  if (!/^[\da-f]+$/.test(id) || id.length < least || id.length > most || /^0+$/.test(id)) return null;
  return id.padStart(id.length > 16 ? 32 : 16, '0');
}

function flagOf(text: string | null | undefined): boolean | null {
  if (text === null || text === undefined) return null;
  return /^(?:1|d|true)$/i.test(text) ? true : /^(?:0|false)$/i.test(text) ? false : null;
}

function readW3c(get: Read): Incoming | null {
  const [, trace, span, flags] =
    /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(get('traceparent')?.trim() ?? '') ?? [];
  const [traceId, spanId] = [hexId(trace, 32, 32), hexId(span, 16, 16)];
  return traceId && spanId
    ? { format: 'w3c', traceId, spanId, sampled: (Number.parseInt(flags ?? '0', 16) & 1) === 1 }
    : null;
}

function readB3(get: Read): Incoming | null {
  const sampled = flagOf(get('x-b3-flags') === '1' ? '1' : get('x-b3-sampled'));
  const single = get('b3');
  if (single !== null) {
    const [trace = '', span, flag] = single.trim().split('-');
    if (span === undefined)
      return flagOf(trace) === null
        ? null
        : { format: 'b3-single', traceId: null, spanId: null, sampled: flagOf(trace) };
    const [traceId, spanId] = [b3Trace(trace), hexId(span, 16, 16)];
    if (traceId && spanId) return { format: 'b3-single', traceId, spanId, sampled: flagOf(flag) ?? sampled };
  }
  const [traceId, spanId] = [b3Trace(get('x-b3-traceid')), hexId(get('x-b3-spanid'), 16, 16)];
  if (traceId === null && sampled === null) return null;
  return { format: 'b3', traceId, spanId: traceId && spanId, sampled };
}

function b3Trace(text: string | null): string | null {
  const id = text?.trim() ?? '';
  return id.length === 16 || id.length === 32 ? hexId(id, 16, 32) : null;
}

/** `trace:span:parent:flags`; colons may be percent-encoded. */
function readJaeger(get: Read): Incoming | null {
  const parts = get('uber-trace-id')?.replaceAll(/%3a/gi, ':').trim().split(':');
  const [traceId, spanId] = [hexId(parts?.[0], 1, 32), hexId(parts?.[1], 1, 16)];
  const flags = Number.parseInt(parts?.[3] ?? '', 16);
  if (!traceId || !spanId || Number.isNaN(flags)) return null;
  return { format: 'jaeger', traceId, spanId, sampled: (flags & 1) === 1 };
}

function readOt(get: Read): Incoming | null {
  const [traceId, spanId] = [b3Trace(get('ot-tracer-traceid')), hexId(get('ot-tracer-spanid'), 16, 16)];
  if (traceId === null || spanId === null) return null;
  return { format: 'ot', traceId, spanId, sampled: flagOf(get('ot-tracer-sampled')) };
}

const READ: Record<Extractable, (get: Read) => Incoming | null> = {
  w3c: readW3c,
  b3: readB3,
  jaeger: readJaeger,
  ot: readOt,
};

/** The first format of the list that the request carries; null for none. */
export function extractTrace(formats: readonly Extractable[], get: Read): Incoming | null {
  for (const format of formats) {
    const found = READ[format](get);
    if (found) return found;
  }
  return null;
}

const WRITE: Record<Format, (span: Outgoing) => Lines> = {
  w3c: ({ traceId, spanId, sampled }) => [
    ['traceparent', `00-${traceId.padStart(32, '0')}-${spanId}-${sampled ? '01' : '00'}`],
  ],
  b3: ({ traceId, spanId, parentId, sampled }) => [
    ['x-b3-traceid', traceId],
    ['x-b3-spanid', spanId],
    ...(parentId === null ? [] : [['x-b3-parentspanid', parentId] as const]),
    ['x-b3-sampled', sampled ? '1' : '0'],
  ],
  'b3-single': ({ traceId, spanId, parentId, sampled }) => [
    ['b3', `${traceId}-${spanId}-${sampled ? '1' : '0'}${parentId === null ? '' : `-${parentId}`}`],
  ],
  jaeger: ({ traceId, spanId, parentId, sampled }) => [
    ['uber-trace-id', `${traceId}:${spanId}:${parentId ?? '0'}:${sampled ? '01' : '00'}`],
  ],
  ot: ({ traceId, spanId, sampled }) => [
    ['ot-tracer-traceid', traceId],
    ['ot-tracer-spanid', spanId],
    ['ot-tracer-sampled', sampled ? '1' : '0'],
  ],
};

export const traceLines = (format: Format, span: Outgoing): Lines => WRITE[format](span);
