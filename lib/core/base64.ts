/** Base64 as strangers write it (RFC 4648, 4 and 5). */

/** Which characters count: the standard ones, those of tokens and URLs, or those of either alphabet. */
export const STANDARD_ALPHABET = /^[A-Za-z\d+/]*$/;
export const URL_ALPHABET = /^[\w-]*$/;
export const EITHER_ALPHABET = /^[\w+/-]*$/;

/**
 * The bytes, a character for each; null where the text holds another character, or breaks off within a byte. Padding may
 * be missing, and what stands behind its first "=" does not count: nginx's rules.
 */
export function decodeBase64(text: string, alphabet: RegExp): string | null {
  const [data = ''] = text.split('=', 1);
  if (!alphabet.test(data) || data.length % 4 === 1) return null;
  return atob(data.replaceAll('-', '+').replaceAll('_', '/'));
}

/** The same as numbers. */
export function bytesOfBase64(text: string, alphabet: RegExp): Uint8Array<ArrayBuffer> | null {
  const bytes = decodeBase64(text, alphabet);
  return bytes === null ? null : bytesOf(bytes);
}

/** Of a text that has a character for each byte. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (byte) => byte.charCodeAt(0));
}
