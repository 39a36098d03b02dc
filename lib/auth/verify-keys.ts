/**
 * Keys for verifying signatures. Each is imported at its first use and cached for the isolate's lifetime: only the
 * first requests wait for it, and there are no more keys than configured credentials.
 */
import type { Secret } from '../config/schema-credentials.ts';
import { bytesOfBase64, EITHER_ALPHABET, STANDARD_ALPHABET } from '../core/base64.ts';
import { boundText, importVerifyKey } from '../core/runtime.ts';
import type { Runtime, SignatureAlgorithm } from '../core/runtime.ts';

/** Null if there is no key: its secret is not bound, or the bytes are not a key of that algorithm. */
export type VerifyKey = () => CryptoKey | null | Promise<CryptoKey | null>;

/** Requests during the import each import the key themselves: none may await a promise of another request. */
function importOnce(load: () => Promise<CryptoKey | null>): VerifyKey {
  let key: CryptoKey | null | undefined;
  return () => (key === undefined ? load().then((loaded) => (key = loaded)) : key);
}

/** The key of a secret: its UTF-8 bytes, or the bytes that it encodes in base64 of either alphabet. */
export function secretKey(
  secret: Secret,
  base64: boolean,
  algorithm: SignatureAlgorithm,
  runtime: Runtime,
): VerifyKey {
  return importOnce(async () => {
    const text = typeof secret === 'string' ? secret : await boundText(secret.binding);
    if (text === null && typeof secret !== 'string')
      runtime.log(`Cannot read a secret: there is no binding ${secret.binding}`);
    const bytes = base64
      ? bytesOfBase64(text ?? '', EITHER_ALPHABET)
      : Uint8Array.from(new TextEncoder().encode(text ?? ''));
    return bytes === null || bytes.length === 0 ? null : importVerifyKey('raw', bytes, algorithm);
  });
}

/** A public key in PEM, as written by `openssl pkey -pubout`. */
export function publicKey(pem: string, algorithm: SignatureAlgorithm): VerifyKey {
  return importOnce(async () => {
    const bytes = bytesOfBase64(pem.replace(/-----[\w ]+-----|\s/g, ''), STANDARD_ALPHABET);
    return bytes && importVerifyKey('spki', bytes, algorithm);
  });
}
