/**
 * The signature header and the signed text: the scheme of draft-cavage-http-signatures in Kong's variant, which clients
 * use.
 */
import { protocolOf } from '../../core/request.ts';
import type { Context } from '../../core/request.ts';

export interface Signature {
  readonly username: string;
  readonly algorithm: string;
  /** The signed names, in the client's spelling and order. */
  readonly names: readonly string[];
  readonly signature: string;
}

/**
 * Kong's pattern, but in linear time: of its greedy groups only the last has to be greedy, as it extends to the last
 * quote. The two differ for user names with quotes.
 */
const SIGNATURE =
  /[Hh]mac\s*username="([^"]+)",\s*algorithm="([^"]+)",\s*headers="([^"]+)",\s*signature="(.+)"/;

/** Null if the header holds none. */
export function readSignature(header: string): Signature | null {
  const [, username = '', algorithm = '', names = '', signature = ''] = SIGNATURE.exec(header) ?? [];
  return signature === '' ? null : { username, algorithm, names: names.split(' '), signature };
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** A bound is needed: a list may name one long header a thousand times. */
const LONGEST_SIGNED = 131_072;

/** One line for each name; null if that is longer than all headers together can be. */
export function signedText(context: Context, names: readonly string[], target: string): string | null {
  let length = 0;
  const lines: string[] = [];
  for (const name of names) {
    const line = lineOf(context, name, target);
    length += line.length + 1;
    if (length > LONGEST_SIGNED) return null;
    lines.push(line);
  }
  return lines.join('\n');
}

/** nginx also reads `x-date` for `x_date`. */
function lineOf({ headers, request, method }: Context, name: string, target: string): string {
  const value = TOKEN.test(name) ? (headers.get(name) ?? headers.get(name.replaceAll('_', '-'))) : null;
  if (value !== null) return `${name}: ${value}`;
  if (name === '@request-target') return `${name}: ${method.toLowerCase()} ${target}`;
  if (name !== 'request-line') return `${name}:`;
  const version = protocolOf(request);
  return `${method} ${target} HTTP/${version.includes('.') ? version : `${version}.0`}`;
}
