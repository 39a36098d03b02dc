/**
 * What ties the records of one request together: its id, and W3C Trace Context. The caller's trace goes on through the
 * gateway, whose own span stands between caller and origin.
 *
 * Promises that trace id and flags cross as they came, so that a caller's decision to sample or not is kept, and that the
 * parent id is the gateway's own (https://www.w3.org/TR/trace-context/#mutating-the-traceparent-field); tracestate is not
 * touched. A traceparent that is not valid crosses unchanged, and none is invented: whoever records traces starts them.
 */

/** The request id of a trusted peer, unless it is none that a log or a header may carry. */
export function peersId(id: string | null): string | null {
  return id !== null && /^[\w.:-]{1,64}$/.test(id) ? id : null;
}

/** Version, trace id, parent id, flags. A later version may say more behind them; what is sent on is version 00. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-((?!0{32})[\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})(-.*)?$/;

/** The header for the origin with `span`, 16 hex digits, as parent; null where there is no valid one to renew. */
export function renewTraceparent(traceparent: string, span: string): string | null {
  const parts = TRACEPARENT.exec(traceparent);
  return parts && (!parts[3] || !traceparent.startsWith('00')) ? `00-${parts[1]}-${span}-${parts[2]}` : null;
}
