/** Base64 from untrusted senders (RFC 4648, 4 and 5). */

/** The accepted characters: the standard alphabet, the URL-safe one of tokens, or either. */
export const STANDARD_ALPHABET = /^[A-Za-z\d+/]*$/;
export const URL_ALPHABET = /^[\w-]*$/;
export const EITHER_ALPHABET = /^[\w+/-]*$/;

/**
 * The bytes, one character each; null if the string holds another character or ends within a byte. Padding may be
 * absent, and everything from the first "=" on is ignored: nginx's rules.
 */
export function decodeBase64(text: string, alphabet: RegExp): string | null {
  const [data = ''] = text.split('=', 1);
  if (!alphabet.test(data) || data.length % 4 === 1) return null;
  return atob(data.replaceAll('-', '+').replaceAll('_', '/'));
}

/** The same as a byte array. */
export function bytesOfBase64(text: string, alphabet: RegExp): Uint8Array<ArrayBuffer> | null {
  const bytes = decodeBase64(text, alphabet);
  return bytes === null ? null : bytesOf(bytes);
}

/** The bytes of a string with one character per byte. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (byte) => byte.charCodeAt(0));
}
