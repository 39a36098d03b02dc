/** What `respondWith` and `consumerResponses` may be, and the response that each becomes, ready to be sent. */
import { be, derive, or, pairsOf, shape, TEXT, TOKEN, whole } from './validate.ts';
import type { FixedResponse } from './types.ts';

const ANY_TEXT = be<string>((value) => typeof value === 'string', 'a text');
/** A line end would begin another header. */
const HEADER_VALUE = be<string>(
  (value) => typeof value === 'string' && !/[\0\r\n]/.test(value),
  'a text of one line',
);
const JSON_TYPE = 'application/json; charset=utf-8';

export const checkRespondWith = derive(
  shape({
    status: or(whole(200, 599), 503),
    message: or(TEXT, null),
    body: or(ANY_TEXT, null),
    contentType: or(HEADER_VALUE, null),
    headers: or(pairsOf(TOKEN, HEADER_VALUE), []),
    trigger: or(TOKEN, null),
  }),
  ({ status, message, body, contentType, headers, trigger }, path, faults): FixedResponse => {
    if (message !== null && body !== null)
      faults.push(`${path} must be set either message or body, received both`);
    if (contentType !== null && body === null)
      faults.push(`${path}.contentType must be left out where there is no body, received "${contentType}"`);
    const told = message ?? (status === 503 && body === null ? 'Service unavailable' : null);
    const type = told === null ? contentType : JSON_TYPE;
    return Object.freeze({
      status,
      text: told === null ? (body ?? '') : JSON.stringify({ message: told }),
      headers: type === null ? headers : [...headers, ['Content-Type', type] as const],
      trigger,
    });
  },
);

/** By consumer id; a Map, for a verifier names consumers too. */
export const checkConsumerResponses = derive(
  pairsOf(TEXT, checkRespondWith),
  (pairs): ReadonlyMap<string, FixedResponse> => new Map(pairs),
);
