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
 * "pbkdf2-sha256:ITERATIONS:SALT:HASH", as `edge-gateway hash-key --password` makes it; or Kong's, of the password and the
 * consumer's id. More than 100,000 iterations are refused by Cloudflare.
 */
const HASH = /^(pbkdf2-sha256:([1-9]\d{0,4}|100000):([\da-f]{2}){8,64}:[\da-f]{64}|sha1:[\da-f]{40})$/;

export const basicAuthRows = () => ({
  config: {
    /** Who may call, by user name and password (RFC 7617). Default `false`: none is asked for. A route may set its own. */
    basicAuth: nullable(switchable(ref('basicAuth'))),
  },
  route: {
    /** In place of the general one; `false` asks for no password. */
    basicAuth: optional(switchable(ref('basicAuth'))),
  },
  basicAuth: {
    /** Remove the password before forwarding. The Kong importer writes Kong's own value. */
    hideCredentials: defaulted(boolean(), true),
    /** A consumer's id or username that stands for callers without a good password. Default: they are refused. */
    anonymous: anonymousRow(),
    /** Named in WWW-Authenticate: browsers show it, and keep a password for each. */
    realm: defaulted(REALM, 'service'),
  },
  consumer: {
    /** User names and passwords that are the consumer's: hashes of them, never the passwords. */
    logins: optional(
      listOf(
        object({
          /** Counted and limited by; default: the user name. */
          id: optional(string()),
          /** Unique; told to origins as X-Credential-Identifier. Compared exactly. */
          username: string('a user name of one line', /^[^\0\r\n]+$/),
          /** As `edge-gateway hash-key --password` makes it. */
          passwordHash: asSecret(string('a hash as edge-gateway hash-key --password makes it', HASH)),
        }),
      ),
    ),
  },
});
