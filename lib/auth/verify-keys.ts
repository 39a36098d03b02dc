/**
 * Keys that signatures are checked by. Each is imported when it is first asked for and kept as long as the isolate: no
 * request waits for that but the first ones, and there are no more than the configuration has credentials.
 */
import type { Secret } from '../config/schema-credentials.ts';
import { bytesOfBase64, EITHER_ALPHABET, STANDARD_ALPHABET } from '../core/base64.ts';
import { boundText, importVerifyKey } from '../core/runtime.ts';
import type { Runtime, SignatureAlgorithm } from '../core/runtime.ts';

/** Null where there is none: its secret is not bound, or the bytes are no key of that algorithm. */
export type VerifyKey = () => CryptoKey | null | Promise<CryptoKey | null>;

/** Requests that come meanwhile import it each for itself: none may await what another one has begun. */
function importOnce(load: () => Promise<CryptoKey | null>): VerifyKey {
  let key: CryptoKey | null | undefined;
  return () => (key === undefined ? load().then((loaded) => (key = loaded)) : key);
}

/** Of a secret: its UTF-8 bytes, or those that it writes in base64, of either alphabet. */
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

/** Of a public key: PEM, as `openssl pkey -pubout` writes it. */
export function publicKey(pem: string, algorithm: SignatureAlgorithm): VerifyKey {
  return importOnce(async () => {
    const bytes = bytesOfBase64(pem.replace(/-----[\w ]+-----|\s/g, ''), STANDARD_ALPHABET);
    return bytes && importVerifyKey('spki', bytes, algorithm);
  });
}
