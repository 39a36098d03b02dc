/**
 * Every refusal: an answer of the gateway itself, with its named reason.
 *
 * A refusal is a plain record that is returned, never thrown: answers.ts turns it into a response, metrics count its reason.
 * An exception that reaches the front door is a defect of the gateway and becomes `internal`.
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
  /** Text for the caller; in English, without a full stop, as Kong has them. */
  readonly message: string;
  /** Headers of this refusal alone, e.g. WWW-Authenticate, Retry-After, Allow, Location. */
  readonly headers?: readonly (readonly [string, string])[];
  /** JSON that Kong says in place of the message, whatever form the caller asked for. */
  readonly json?: string;
}

/** `headers` are those of this refusal alone. */
export function refuse(
  reason: Reason,
  status: number,
  message: string,
  headers?: readonly (readonly [string, string])[],
): Refusal {
  return headers ? { reason, status, message, headers } : { reason, status, message };
}
