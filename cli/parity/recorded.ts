/**
 * One recorded request, whatever the recording's format, and errors in the command line or in the input, which both end
 * the run with exit code 2.
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
  /** Bytes of the input up to and including this request; for the progress bar. */
  readonly offset: number;
}

/** An entry of the input that is not a request worth sending, e.g. a TLS handshake in an access log. */
export interface Unusable {
  readonly unusable: string;
  readonly where: string;
  readonly offset: number;
}

/** An error in the command line or the input: reported as one line, without a stack trace. */
export function fault(message: string): Error {
  return Object.assign(new Error(message), { fault: true });
}

export function isFault(error: unknown): error is Error {
  return error instanceof Error && 'fault' in error;
}

/** Splits `https://host:1/a?b#c` or `/a?b` without normalizing; null for anything else. */
export function cutUrl(text: string): { scheme: string; host: string; target: string } | null {
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?([^/?#]*))?([/?][^#]*)?(?:#.*)?$/is.exec(text);
  if (!match) return null;
  const [, scheme = '', host = '', rest = ''] = match;
  if (scheme === '' && !rest.startsWith('/')) return null;
  if (scheme !== '' && host === '') return null;
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  return { scheme: scheme.toLowerCase(), host: host.toLowerCase(), target: sendable(target) };
}

/**
 * Encodes spaces, control and non-ASCII characters, which a request line cannot contain; everything else is unchanged.
 */
function sendable(target: string): string {
  return target.replace(/[^\x21-\x7e]+/g, (text) => encodeURIComponent(text.toWellFormed()));
}

const METHOD = /^[A-Z][A-Z-]*$/;
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

interface Written {
  readonly method: string;
  readonly url: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer | null;
}

/** Validates what every format must provide; `where` is the location. */
export function recorded(
  where: string,
  offset: number,
  { method, url, headers = [], body = null }: Written,
): Recorded {
  const verb = method.toUpperCase();
  if (!METHOD.test(verb))
    throw fault(`${where}: method must be a word such as GET, received ${kindOf(method)}`);
  const cut = cutUrl(url);
  if (!cut) throw fault(`${where}: url must be absolute or start with "/", received ${kindOf(url)}`);
  if (cut.scheme !== '' && !/^(?:https?|wss?)$/.test(cut.scheme)) {
    throw fault(`${where}: url must be http or https, received ${cut.scheme}`);
  }
  const kept: [string, string][] = [];
  let { host } = cut;
  for (const [name, value] of headers) {
    if (name.startsWith(':')) continue;
    if (!FIELD_NAME.test(name))
      throw fault(`${where}: header name must be a token, received ${kindOf(name)}`);
    if (name.toLowerCase() === 'host') host = host === '' ? value.trim().toLowerCase() : host;
    else kept.push([name, fieldValue(value)]);
  }
  return { method: verb, host, target: cut.target, headers: kept, body, where, offset };
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
