/**
 * One request as somebody recorded it, whatever the recording's format, and the two faults there are:
 * of the command line and of the input. Both end the run with exit status 2.
 *
 * The target is kept as written: a URL parser would fold `//`, `..` and `%2e`, and a gateway that treats
 * them differently from the old one is just what the comparison must find.
 */

export interface Recorded {
  readonly method: string;
  /** The Host it went to; "" where the recording does not say. */
  readonly host: string;
  /** Path and query as sent, e.g. `/v1//a?b=c`. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | null;
  /** `access.log:17`, or `calls.har: entry 3`. */
  readonly where: string;
  /** Bytes of the input up to and with this request; for the progress bar. */
  readonly offset: number;
}

/** An entry of the input that is no request worth sending, e.g. a TLS handshake in an access log. */
export interface Unusable {
  readonly unusable: string;
  readonly where: string;
  readonly offset: number;
}

/** A fault of the command line or the input: told in one line, without a stack. */
export function fault(message: string): Error {
  return Object.assign(new Error(message), { fault: true });
}

export function isFault(error: unknown): error is Error {
  return error instanceof Error && 'fault' in error;
}

/** `https://host:1/a?b#c` or `/a?b` in pieces, not normalised; null for anything else. */
export function cutUrl(text: string): { scheme: string; host: string; target: string } | null {
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?([^/?#]*))?([/?][^#]*)?(?:#.*)?$/is.exec(text);
  if (!match) return null;
  const [, scheme = '', host = '', rest = ''] = match;
  if (scheme === '' && !rest.startsWith('/')) return null;
  if (scheme !== '' && host === '') return null;
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  return { scheme: scheme.toLowerCase(), host: host.toLowerCase(), target: sendable(target) };
}

/** Spaces, control and non-ASCII characters encoded, since none can stand in a request line; everything else untouched. */
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

/** Checks what every format must deliver; `where` names the place. */
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

/** As it can go over the wire: without control characters, and what is beyond Latin-1 as its UTF-8 bytes. */
function fieldValue(value: string): string {
  const text = value.replace(/[^\P{Cc}\t\x80-\x9f]+/gu, ' ').trim();
  return /[^\0-\xff]/u.test(text) ? Buffer.from(text).toString('latin1') : text;
}

/** What was received, without showing it: the input may hold keys. */
export function kindOf(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'nothing' : `text of ${value.length} characters`;
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}
