/**
 * One recorded request, whatever the recording's format.
 *
 * The target is not normalized: a URL parser would fold `//`, `..` and `%2e`, and the comparison must find gateways
 * that treat them differently.
 */

export interface Recorded {
  readonly method: string;
  /** The recorded Host; "" if the recording has none. */
  readonly host: string;
  /** Path and query as sent, e.g. `/v1//a?b=c`. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | null;
  /** `access.log:17`, or `calls.har: entry 3`. */
  readonly where: string;
}
/** Why an entry of the input is not a request worth sending, e.g. a TLS handshake in an access log. */
interface Unusable {
  readonly unusable: string;
}
export type Entry = Recorded | Unusable;

/** An error in the input: reported as one line, without a stack trace. */
export function fault(message: string): Error {
  return Object.assign(new Error(message), { fault: true });
}

export function isFault(error: unknown): error is Error {
  return error instanceof Error && 'fault' in error;
}

/** Scheme and host, or nothing; the target; a fragment. */
const URL_PARTS = /^(?:([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?([^/?#]+))?(\/[^#]*|\?[^#]*|)(?:#.*)?$/is;
const METHOD = /^[A-Z][A-Z-]*$/;
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

interface Written {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer | null;
}

/** Validates what every format must provide; `where` is the location. */
export function recorded(where: string, { method, url, headers, body = null }: Written): Recorded {
  const verb = method.toUpperCase();
  if (!METHOD.test(verb))
    throw fault(`${where}: method must be a word such as GET, received ${kindOf(method)}`);
  const [, scheme = '', authority = '', target = ''] = URL_PARTS.exec(url) ?? [];
  if (scheme === '' && !target.startsWith('/'))
    throw fault(`${where}: url must be absolute or start with "/", received ${kindOf(url)}`);
  if (scheme !== '' && !/^(?:https?|wss?)$/i.test(scheme))
    throw fault(`${where}: url must be http or https, received ${scheme}`);
  const kept: [string, string][] = [];
  let host = authority;
  for (const [name, value] of headers) {
    if (name.startsWith(':')) continue;
    if (!FIELD_NAME.test(name))
      throw fault(`${where}: header name must be a token, received ${kindOf(name)}`);
    if (name.toLowerCase() === 'host') host ||= value.trim();
    else kept.push([name, fieldValue(value)]);
  }
  return { method: verb, host: host.toLowerCase(), target: sendable(target), headers: kept, body, where };
}

/**
 * Encodes spaces, control and non-ASCII characters, which a request line cannot contain; everything else is unchanged.
 */
function sendable(target: string): string {
  const whole = target.startsWith('/') ? target : `/${target}`;
  return whole.replace(/[^\x21-\x7e]+/g, (text) => encodeURIComponent(text.toWellFormed()));
}

/** As it can be sent: without control characters, and text beyond Latin-1 as its UTF-8 bytes. */
function fieldValue(value: string): string {
  const text = value.replace(/[^\P{Cc}\t\x80-\x9f]+/gu, ' ').trim();
  return /[^\0-\xff]/u.test(text) ? Buffer.from(text).toString('latin1') : text;
}

/** Describes a received value without showing it: the input may hold keys. */
export function kindOf(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'nothing' : `text of ${value.length} characters`;
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}
