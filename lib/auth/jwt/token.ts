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
  /** The header's `alg`. */
  readonly algorithm: string;
  readonly parameters: SignatureAlgorithm;
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
  const parameters = typeof algorithm === 'string' ? algorithmOf(algorithm) : null;
  if (parameters === null) return 'invalid alg';
  const signature = bytesOfBase64(text.slice(second + 1), alphabet);
  if (signature === null) return 'invalid signature';
  const signed = text.slice(0, second);
  return { header, payload, algorithm: algorithm as string, parameters, signature, signed };
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

/** WebCrypto's parameters of an algorithm of RFC 7518 or 8037; null for others, "none" among them. */
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
