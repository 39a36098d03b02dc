/**
 * A JSON Web Token (RFC 7519) in the compact serialization of RFC 7515: three parts in base64url. Nothing that is read
 * here is trusted before the signature is verified.
 */
import { bytesOfBase64 } from '../../core/base64.ts';
import { parseJson } from '../../core/json-pointer.ts';
import type { SignatureAlgorithm } from '../../core/runtime.ts';

/** A part's JSON object. Its members are read only by `claimOf`, since their names are the caller's choice. */
export type Claims = object;

export interface Token {
  readonly header: Claims;
  readonly payload: Claims;
  /** The header's `alg`. */
  readonly algorithm: string;
  readonly parameters: SignatureAlgorithm;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** The signed text: the first two parts as sent. */
  readonly signed: string;
}
/** In Kong's words. */
type TokenFault = 'invalid JSON' | 'invalid alg' | 'invalid signature';

/** In characters; nginx accepts no header line beyond 8 KB. */
const LONGEST_TOKEN = 16_384;

/** `alphabet`: of the base64; Kong accepted both until 3.4. */
export function parseToken(text: string, alphabet: RegExp): Token | TokenFault {
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (second <= first || text.length > LONGEST_TOKEN) return 'invalid JSON';
  const header = readPart(text.slice(0, first), alphabet);
  const payload = readPart(text.slice(first + 1, second), alphabet);
  if (header === null || payload === null) return 'invalid JSON';
  const algorithm = claimOf(header, 'alg');
  const parameters = typeof algorithm === 'string' ? algorithmOf(algorithm) : null;
  if (parameters === null) return 'invalid alg';
  const signature = bytesOfBase64(text.slice(second + 1), alphabet);
  if (signature === null) return 'invalid signature';
  const signed = text.slice(0, second);
  return { header, payload, algorithm: algorithm as string, parameters, signature, signed };
}

/** A string counts as an empty object, as in Kong; numbers, true, false and null, on which Kong fails, are invalid. */
function readPart(text: string, alphabet: RegExp): Claims | null {
  const bytes = bytesOfBase64(text, alphabet);
  const value = bytes && parseJson(new TextDecoder().decode(bytes));
  return typeof value === 'string' ? {} : typeof value === 'object' ? value : null;
}

/** An own member; undefined if there is none, even for names that every object inherits. */
export function claimOf(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? (claims as Record<string, unknown>)[name] : undefined;
}

/** WebCrypto's parameters for an algorithm of RFC 7518 or 8037; null for all others, including "none". */
export function algorithmOf(name: string): SignatureAlgorithm | null {
  const [, family, bits] = /^(HS|RS|PS|ES)(256|384|512)$/.exec(name) ?? [];
  const hash = `SHA-${bits}`;
  switch (family) {
    case 'HS':
      return { name: 'HMAC', hash };
    case 'RS':
      return { name: 'RSASSA-PKCS1-v1_5', hash };
    case 'PS':
      return { name: 'RSA-PSS', hash, saltLength: Number(bits) / 8 };
    case 'ES':
      return { name: 'ECDSA', hash, namedCurve: `P-${bits === '512' ? '521' : bits}` };
    default:
      return name === 'EdDSA' ? { name: 'Ed25519' } : null;
  }
}
