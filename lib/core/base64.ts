/** Base64 as strangers write it (RFC 4648, 4 and 5). */

/** Which characters count: the standard's, those of tokens and URLs, or of either alphabet. */
export const STANDARD_ALPHABET = /^[A-Za-z\d+/]*$/;
export const URL_ALPHABET = /^[\w-]*$/;
export const EITHER_ALPHABET = /^[\w+/-]*$/;

/**
 * The bytes; null where the text holds another character, or breaks off within a byte. Padding may be missing, and what
 * stands behind its first "=" does not count: nginx's rules.
 */
export function bytesOfBase64(text: string, alphabet: RegExp): Uint8Array<ArrayBuffer> | null {
  const [data = ''] = text.split('=', 1);
  if (!alphabet.test(data) || data.length % 4 === 1) return null;
  return Uint8Array.from(atob(data.replaceAll('-', '+').replaceAll('_', '/')), (byte) => byte.charCodeAt(0));
}
