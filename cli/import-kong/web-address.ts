/** The address of a log server or a collector. `fetch` rejects a URL with a user, which is sent in a header instead. */
import { unescape } from 'node:querystring';
import { compact } from './checks.ts';

export function isWebAddress(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);
}

/** With its headers, if it has any; before 3.0 each had a list, of which the first value is used here. */
export function webAddress(text: string, own: unknown): { url: string; headers?: Record<string, string> } {
  const url = new URL(text);
  const { username, password } = url;
  url.username = url.password = url.hash = '';
  const user = Buffer.from(`${unescape(username)}:${unescape(password)}`).toString('base64');
  const headers = new Map(username === '' ? [] : [['Authorization', `Basic ${user}`]]);
  for (const [name, value] of Object.entries(own ?? {})) headers.set(name, String([value].flat()[0]));
  return { url: url.href, ...compact({ headers: Object.fromEntries(headers) }) };
}
