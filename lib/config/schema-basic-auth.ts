/** User names and passwords. */
import {
  asSecret,
  boolean,
  defaulted,
  listOf,
  nullable,
  object,
  optional,
  ref,
  string,
  switchable,
} from './rows.ts';
import { anonymousRow, REALM } from './patterns.ts';

/**
 * "pbkdf2-sha256:ITERATIONS:SALT:HASH", as `edge-gateway hash-key --password` makes it; or Kong's, of the password and
 * the consumer's id. More than 100,000 iterations are refused by Cloudflare.
 */
const HASH = /^(pbkdf2-sha256:([1-9]\d{0,4}|100000):([\da-f]{2}){8,64}:[\da-f]{64}|sha1:[\da-f]{40})$/;

export const basicAuthRows = () => ({
  config: {
    /** Require a user name and password (RFC 7617). Default `false`. A route may set its own. */
    basicAuth: nullable(switchable(ref('basicAuth'))),
  },
  route: {
    /** Overrides the default; `false` requires no password. */
    basicAuth: optional(switchable(ref('basicAuth'))),
  },
  basicAuth: {
    /** Remove the password before forwarding. The Kong importer writes Kong's own value. */
    hideCredentials: defaulted(boolean(), true),
    /** Id or username of the consumer for callers without a valid password. Default: they are refused. */
    anonymous: anonymousRow(),
    /** The realm in WWW-Authenticate: browsers show it, and remember a password for each realm. */
    realm: defaulted(REALM, 'service'),
  },
  consumer: {
    /** The consumer's user names with password hashes, never the passwords. */
    logins: optional(
      listOf(
        object({
          /** Counted and limited by; default: the user name. */
          id: optional(string()),
          /** Unique; sent to origins as X-Credential-Identifier. Compared exactly. */
          username: string('a user name of one line', /^[^\0\r\n]+$/),
          /** A hash made by `edge-gateway hash-key --password`. */
          passwordHash: asSecret(string('a hash as edge-gateway hash-key --password makes it', HASH)),
        }),
      ),
    ),
  },
});
