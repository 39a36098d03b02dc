/** String types that several settings share. Patterns have no flags, so that a JSON Schema can hold them too. */
import { listOf, nullable, reviewed, string, test, transformed } from './rows.ts';
import { reviewAnonymous, reviewPoolName } from './meaning.ts';
import { parseNetwork } from '../core/ip.ts';

/** RFC 9110, section 5.6.2: the name of a header, a method or a cookie. */
export const TOKEN = /* @__PURE__ */ string('a header name', /^[\w!#$%&'*+.^`|~-]+$/);
export const PATH = /* @__PURE__ */ string('a path that starts with "/", without query', /^\/[^?#\s]*$/);
/** RFC 6901. */
export const POINTER = /* @__PURE__ */ string(
  'a JSON pointer: "" or a string that starts with "/"',
  /^(\/|$)/,
);
/** A line break would start another header. */
export const LINE = /* @__PURE__ */ string('a string of one line', /^[^\0\r\n]*$/);
/** Sent in WWW-Authenticate; quotes are escaped there, except under the Kong profiles. */
export const REALM = /* @__PURE__ */ string('a string of ASCII characters', /^[\x20-\x7e]+$/);
export const ANY_STRING = /* @__PURE__ */ string('a string', /^/);

export const CIDR_RANGE = /* @__PURE__ */ test(string('an address or a CIDR range'), 'network', (value) =>
  parseNetwork(value) ? null : 'an address or a CIDR range',
);

/** Header names, read in lower case. */
export const headerNamesRow = () =>
  transformed(listOf(TOKEN), (names) => names.map((name) => name.toLowerCase()));

/** An id or username of a consumer. */
export const anonymousRow = () => nullable(reviewed(string(), reviewAnonymous));
/** The name of a pool. */
export const poolNameRow = () => reviewed(string(), reviewPoolName);
