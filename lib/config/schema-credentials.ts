/** Tokens and signatures: who may call by them, and the keys that they are checked by. */
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
  transformed,
} from './rows.ts';
import { anonymousRow, LINE, REALM, TOKEN } from './patterns.ts';

const filledRow = () => string('a string that is not empty', /^[^]/);

/** A secret as it is, or the name of the binding that holds it. */
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
    /** Who may call, by JSON Web Token. Default `false`: none is asked for. A route may set its own. */
    jwt: nullable(switchable(ref('jwt'))),
  },
  route: {
    /** In place of the general one; `false` asks for no token. */
    jwt: optional(switchable(ref('jwt'))),
  },
  jwt: {
    /** Headers that may hold it: "Bearer" and the token, or outside `Authorization` the token alone. */
    headers: defaulted(
      transformed(listOf(TOKEN), (names) => names.map((name) => name.toLowerCase())),
      ['Authorization'],
    ),
    /** Arguments of the query that may hold it; URLs are written into logs. The Kong importer writes Kong's `["jwt"]`. */
    queryNames: defaulted(listOf(LINE), []),
    /** Cookies that may hold it; capitals do not matter. */
    cookieNames: defaulted(listOf(TOKEN), []),
    /** What names the key that the token is checked by: a claim of its payload, else of its header, such as "kid". */
    keyClaim: defaulted(filledRow(), 'iss'),
    /** Times that a token must state. One that it states of itself holds in any case, but for Kong's profiles. */
    claims: defaulted(listOf(oneOf('exp', 'nbf')), ['exp']),
    /** Refuse tokens that go on living longer. Default: however long. */
    maxExpirationSeconds: nullable(integer(1, 31_536_000)),
    /** Secrets are written in base64. */
    base64Secrets: defaulted(boolean(), false),
    /** Ask OPTIONS requests for a token too. A preflight that CORS answers is never asked. */
    runOnPreflight: defaulted(boolean(), true),
    /** A consumer's id or username that stands for callers without a good token. Default: they are refused. */
    anonymous: anonymousRow(),
    /** Named in WWW-Authenticate. Default: none. */
    realm: nullable(REALM),
  },
  consumer: {
    /** Public keys of the pairs that the consumer's tokens are signed with. */
    jwtKeys: optional(
      listOf(
        object({
          /** What the claim `keyClaim` of tokens says; unique, told to origins as X-Credential-Identifier. */
          name: filledRow(),
          /** What they are signed by. EdDSA is Ed25519. */
          algorithm: oneOf(
            ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
            ...(['ES256', 'ES384', 'ES512', 'EdDSA'] as const),
          ),
          /** In PEM: "-----BEGIN PUBLIC KEY-----". */
          publicKey: string(
            'a public key in PEM',
            /^\s*-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----\s*$/,
          ),
          /** Counted and limited by; default: the name. */
          id: optional(string()),
        }),
      ),
    ),
    /** Secrets that the consumer's tokens are signed with, where there is no pair. */
    jwtSecrets: optional(
      listOf(
        object({
          /** As in `jwtKeys`. */
          name: filledRow(),
          /** What they are signed by. */
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
    /** Who may call, by requests that are signed with a secret. Default `false`: none need be. A route may set its own. */
    hmacAuth: nullable(switchable(ref('hmacAuth'))),
  },
  route: {
    /** In place of the general one; `false` asks for no signature. */
    hmacAuth: optional(switchable(ref('hmacAuth'))),
  },
  hmacAuth: {
    /** What may be signed with. The Kong importer writes Kong's own value, "hmac-sha1" among them. */
    algorithms: defaulted(listOf(oneOf('hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'), 1), [
      'hmac-sha256',
      'hmac-sha384',
      'hmac-sha512',
    ]),
    /** How far the request's date may be off, both ways: so long can one that was overheard be sent again. */
    clockSkewSeconds: defaulted(number(0, 1e12), 300),
    /** What a signature must cover: headers, "@request-target" or "request-line". The Kong importer writes Kong's own value. */
    signed: defaulted(listOf(LINE), ['x-date', '@request-target']),
    /** The body must be the one that the Digest header names: "SHA-256=" and base64. At most 1 MiB, 8 KiB under `compat`. */
    bodyDigest: defaulted(boolean(), false),
    /** Remove the signature before forwarding. The Kong importer writes Kong's own value. */
    hideCredentials: defaulted(boolean(), true),
    /** A consumer's id or username that stands for callers without a good signature. Default: they are refused. */
    anonymous: anonymousRow(),
    /** Named in WWW-Authenticate. Default: none. */
    realm: nullable(REALM),
  },
  consumer: {
    /** Secrets that the consumer signs with. */
    hmacSecrets: optional(
      listOf(
        object({
          /** What signatures call it; unique, told to origins as X-Credential-Identifier. Compared exactly. */
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
