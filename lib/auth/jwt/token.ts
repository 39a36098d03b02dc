/**
 * A JSON Web Token (RFC 7519) in the compact form of RFC 7515: three parts in base64url. Nothing that is read here is
 * believed before the signature has been checked.
 */
import { bytesOfBase64 } from '../../core/base64.ts';
import { parseJson } from '../../core/json-pointer.ts';
import type { SignatureAlgorithm } from '../../core/runtime.ts';

/** A part's JSON object; its members are read by `claimOf` alone, for a caller chooses their names. */
export type Claims = object;

export interface Token {
  readonly header: Claims;
  readonly payload: Claims;
  /** The header's `alg`: one that `algorithmOf` knows. */
  readonly algorithm: string;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** What was signed: the first two parts as they were sent. */
  readonly signed: string;
}
/** In Kong's words. */
export type TokenFault = 'invalid JSON' | 'invalid alg' | 'invalid signature';

/** nginx takes no header line beyond 8 KB. */
const LONGEST_TOKEN = 16_384;

/** `alphabet` of its base64: Kong took both until 3.4. */
export function parseToken(text: string, alphabet: RegExp): Token | TokenFault {
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (second <= first || text.length > LONGEST_TOKEN) return 'invalid JSON';
  const header = readPart(text.slice(0, first), alphabet);
  const payload = readPart(text.slice(first + 1, second), alphabet);
  if (header === null || payload === null) return 'invalid JSON';
  const algorithm = claimOf(header, 'alg');
  if (typeof algorithm !== 'string' || algorithmOf(algorithm) === null) return 'invalid alg';
  const signature = bytesOfBase64(text.slice(second + 1), alphabet);
  if (signature === null) return 'invalid signature';
  return { header, payload, algorithm, signature, signed: text.slice(0, second) };
}

/** A string holds no claims, as in Kong; numbers, true, false and null, over which Kong stumbles, are no JSON here. */
function readPart(text: string, alphabet: RegExp): Claims | null {
  const bytes = bytesOfBase64(text, alphabet);
  const value = bytes && parseJson(new TextDecoder().decode(bytes));
  return typeof value === 'string' ? {} : typeof value === 'object' ? value : null;
}

/** A member of its own; undefined where there is none, whatever every object inherits. */
export function claimOf(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? (claims as Record<string, unknown>)[name] : undefined;
}

const NAMES: Readonly<Record<string, string>> = {
  HS: 'HMAC',
  RS: 'RSASSA-PKCS1-v1_5',
  PS: 'RSA-PSS',
  ES: 'ECDSA',
};

/** WebCrypto's parameters of an algorithm of RFC 7518 or 8037; null for others, "none" among them. */
export function algorithmOf(name: string): SignatureAlgorithm | null {
  if (name === 'EdDSA') return { name: 'Ed25519' };
  const [, family = '', bits = ''] = /^(HS|RS|PS|ES)(256|384|512)$/.exec(name) ?? [];
  return family === ''
    ? null
    : {
        name: NAMES[family] as string,
        hash: `SHA-${bits}`,
        namedCurve: `P-${bits === '512' ? '521' : bits}`,
        saltLength: Number(bits) / 8,
      };
}
