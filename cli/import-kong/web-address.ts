/** The address of a log server or a collector. `fetch` rejects a URL with a user, which is sent in a header instead. */
import { unescape } from 'node:querystring';

export function isWebAddress(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);
}

/** `login`: the Authorization header for the URL's user. */
export function webAddress(text: string): { url: string; login: Record<string, string> } {
  const url = new URL(text);
  const { username, password } = url;
  url.username = url.password = url.hash = '';
  if (username === '') return { url: url.href, login: {} };
  const user = `${unescape(username)}:${unescape(password)}`;
  return { url: url.href, login: { Authorization: `Basic ${Buffer.from(user).toString('base64')}` } };
}
