/** JSON Web Tokens and signed requests, and the keys that verify them. */
import {
  asSecret,
  boolean,
  defaulted,
  either,
  integer,
  listOf,
  nullable,
  number,
  object,
  oneOf,
  optional,
  ref,
  string,
  switchable,
} from './rows.ts';
import { anonymousRow, headerNamesRow, LINE, REALM, TOKEN } from './patterns.ts';

const filledRow = () => string('a string that is not empty', /^[^]/);

/** A secret, or the name of the binding that holds it. */
export type Secret = string | { readonly binding: string };
const secretRow = () =>
  asSecret(
    either(
      asSecret(filledRow()),
      object({ binding: string('a name of letters, digits and "_"', /^[A-Za-z_]\w*$/) }),
    ),
  );

export const jwtRows = () => ({
  config: {
    /** Require a JSON Web Token. Default `false`. A route may set its own. */
    jwt: nullable(switchable(ref('jwt'))),
  },
  route: {
    /** Overrides the default; `false` requires no token. */
    jwt: optional(switchable(ref('jwt'))),
  },
  jwt: {
    /** Headers with the token, after "Bearer"; in headers other than `Authorization` also alone. */
    headers: defaulted(headerNamesRow(), ['Authorization']),
    /** Query arguments with the token; URLs end up in logs. The Kong importer writes Kong's `["jwt"]`. */
    queryNames: defaulted(listOf(LINE), []),
    /** Cookies with the token; names are compared without regard to case. */
    cookieNames: defaulted(listOf(TOKEN), []),
    /** The claim that names the verification key, in the payload or else in the header, such as "kid". */
    keyClaim: defaulted(filledRow(), 'iss'),
    /** Claims that a token must have. Outside Kong's profiles `exp` and `nbf` are checked whenever present. */
    claims: defaulted(listOf(oneOf('exp', 'nbf')), ['exp']),
    /** The longest remaining lifetime of a token. Default: any. */
    maxExpirationSeconds: nullable(integer(1, 31_536_000)),
    /** Secrets are base64-encoded. */
    base64Secrets: defaulted(boolean(), false),
    /** Require a token of OPTIONS requests too, except preflights that CORS answers. */
    runOnPreflight: defaulted(boolean(), true),
    /** Id or username of the consumer for callers without a valid token. Default: they are refused. */
    anonymous: anonymousRow(),
    /** Named in WWW-Authenticate. Default: none. */
    realm: nullable(REALM),
  },
  consumer: {
    /** Public keys that verify the consumer's tokens. */
    jwtKeys: optional(
      listOf(
        object({
          /** The value of the claim `keyClaim`; unique, sent to origins as X-Credential-Identifier. */
          name: filledRow(),
          /** Signature algorithm. EdDSA is Ed25519. */
          algorithm: oneOf(
            ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
            ...(['ES256', 'ES384', 'ES512', 'EdDSA'] as const),
          ),
          /** PEM, SPKI: "-----BEGIN PUBLIC KEY-----". */
          publicKey: string(
            'a public key in PEM',
            /^\s*-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----\s*$/,
          ),
          /** Counted and limited by; default: the name. */
          id: optional(string()),
        }),
      ),
    ),
    /** Shared secrets that verify the consumer's tokens. */
    jwtSecrets: optional(
      listOf(
        object({
          /** As in `jwtKeys`. */
          name: filledRow(),
          /** Signature algorithm. */
          algorithm: defaulted(oneOf('HS256', 'HS384', 'HS512'), 'HS256'),
          /** HMAC needs it itself; `{ binding }` names a secret of the Worker that holds it. */
          secret: secretRow(),
          /** Counted and limited by; default: the name. */
          id: optional(string()),
        }),
      ),
    ),
  },
});

export const hmacAuthRows = () => ({
  config: {
    /** Require requests signed by HMAC. Default `false`. A route may set its own. */
    hmacAuth: nullable(switchable(ref('hmacAuth'))),
  },
  route: {
    /** Overrides the default; `false` requires no signature. */
    hmacAuth: optional(switchable(ref('hmacAuth'))),
  },
  hmacAuth: {
    /** Accepted algorithms. The Kong importer writes Kong's own value, which includes "hmac-sha1". */
    algorithms: defaulted(listOf(oneOf('hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'), 1), [
      'hmac-sha256',
      'hmac-sha384',
      'hmac-sha512',
    ]),
    /** How far the request's date may be off, in either direction: for so long a request can be replayed. */
    clockSkewSeconds: defaulted(number(0, 1e12), 300),
    /**
     * What a signature must cover: headers, "@request-target" or "request-line". The Kong importer writes Kong's own
     * value.
     */
    signed: defaulted(listOf(LINE), ['x-date', '@request-target']),
    /** Require that the Digest header ("SHA-256=" and base64) matches the body: at most 1 MiB, 8 KiB under `compat`. */
    bodyDigest: defaulted(boolean(), false),
    /** Remove the signature before forwarding. The Kong importer writes Kong's own value. */
    hideCredentials: defaulted(boolean(), true),
    /** Id or username of the consumer for callers without a valid signature. Default: they are refused. */
    anonymous: anonymousRow(),
    /** Named in WWW-Authenticate. Default: none. */
    realm: nullable(REALM),
  },
  consumer: {
    /** Secrets that the consumer signs with. */
    hmacSecrets: optional(
      listOf(
        object({
          /** The user name in signatures, compared exactly; unique, sent to origins as X-Credential-Identifier. */
          username: string('a string of one line without quotes', /^[^"\0\r\n]+$/),
          /** HMAC needs it itself; `{ binding }` names a secret of the Worker that holds it. */
          secret: secretRow(),
          /** Counted and limited by; default: the user name. */
          id: optional(string()),
        }),
      ),
    ),
  },
});
