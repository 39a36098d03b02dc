/**
 * Refusals: responses of the gateway itself, each with a named reason.
 *
 * A refusal is a plain record that is returned, never thrown: http/response.ts turns it into a response, metrics count
 * its reason. An uncaught exception is a defect of the gateway and becomes `internal`.
 */

export type Reason =
  | 'no_route'
  | 'no_service'
  | 'https_required'
  | 'method_not_allowed'
  | 'bad_request'
  | 'no_key'
  | 'duplicate_key'
  | 'bad_key'
  | 'no_credential'
  | 'bad_credential'
  | 'no_token'
  | 'bad_token'
  | 'no_signature'
  | 'no_verdict'
  | 'anonymous_missing'
  | 'rate_limited'
  | 'address_refused'
  | 'agent_refused'
  | 'group_refused'
  | 'bad_signature'
  | 'body_too_large'
  | 'payload_too_large'
  | 'bad_body'
  | 'length_required'
  | 'cache_only'
  | 'limit_unknown'
  | 'no_origin'
  | 'origin_unreachable'
  | 'origin_timeout'
  | 'retry_exhausted'
  | 'bad_upgrade'
  | 'operator_only'
  | 'internal';

export interface Refusal {
  readonly reason: Reason;
  readonly status: number;
  /** Message for the caller, in English, without a full stop, like Kong's. */
  readonly message: string;
  /** Headers specific to this refusal, e.g. WWW-Authenticate, Retry-After, Allow, Location. */
  readonly headers?: readonly (readonly [string, string])[];
  /** JSON that Kong sends instead of the message, whatever the request's Accept. */
  readonly json?: string;
}

/** `headers` are specific to this refusal. */
export function refuse(
  reason: Reason,
  status: number,
  message: string,
  headers?: readonly (readonly [string, string])[],
): Refusal {
  return headers ? { reason, status, message, headers } : { reason, status, message };
}
