/** What `kong` may be: what Kong's own configuration file says of its answers. */
import { FLAG, listOf, or, pairsOf, shape, TEXT, derive, TOKEN, whole } from './validate.ts';

const PORT = whole(1, 65_535);
export const checkKong = shape({
  headers: or(
    (value, path, faults) => (Array.isArray(value) ? listOf(TOKEN) : FLAG)(value, path, faults),
    true,
  ),
  upstreamRequestId: or(FLAG, true),
  realIpHeader: or(TOKEN, 'X-Real-IP'),
  realIpRecursive: or(FLAG, false),
  portMaps: or(
    derive(pairsOf(TEXT, PORT), (pairs) => Object.freeze(Object.fromEntries(pairs))),
    {},
  ),
  charset: or(FLAG, true),
  errorType: or(TEXT, 'text/plain'),
});
