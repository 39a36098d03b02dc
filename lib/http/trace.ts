/**
 * Correlation of the records of one request: its id, and W3C Trace Context. The caller's trace continues through the
 * gateway, whose own span is between caller and origin.
 *
 * Trace id and flags are forwarded unchanged, so that the caller's sampling decision is respected, and the parent id is
 * the gateway's own (https://www.w3.org/TR/trace-context/#mutating-the-traceparent-field); tracestate is not touched.
 * An invalid traceparent is forwarded unchanged, and none is created: starting traces is up to those who record them.
 */

/** The request id of a trusted peer; null if it is unsuitable for a log or a header. */
export function peersId(id: string | null): string | null {
  return id !== null && /^[\w.:-]{1,64}$/.test(id) ? id : null;
}

/** Version, trace id, parent id, flags. A later version may have more fields; version 00 is forwarded. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-((?!0{32})[\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})(-.*)?$/;

/** The header for the origin with `span`, 16 hex digits, as parent; null if `traceparent` is invalid. */
export function renewTraceparent(traceparent: string, span: string): string | null {
  const parts = TRACEPARENT.exec(traceparent);
  return parts && (!parts[3] || !traceparent.startsWith('00')) ? `00-${parts[1]}-${span}-${parts[2]}` : null;
}
