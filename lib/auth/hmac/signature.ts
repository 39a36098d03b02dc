/**
 * The header that carries a signature, and the text that was signed: the scheme of draft-cavage-http-signatures as Kong
 * has it, which clients sign by.
 */
import { protocolOf } from '../../core/request.ts';
import type { Context } from '../../core/request.ts';

export interface Signature {
  readonly username: string;
  readonly algorithm: string;
  /** What was signed, as the client spells and orders it. */
  readonly names: readonly string[];
  readonly signature: string;
}

/**
 * Kong's pattern, in linear time: its greedy groups need none but the last, which reaches to the last quote. They
 * differ for user names that hold quotes.
 */
const SIGNATURE =
  /[Hh]mac\s*username="([^"]+)",\s*algorithm="([^"]+)",\s*headers="([^"]+)",\s*signature="(.+)"/;

/** Null where the header holds none. */
export function readSignature(header: string): Signature | null {
  const [, username = '', algorithm = '', names = '', signature = ''] = SIGNATURE.exec(header) ?? [];
  return signature === '' ? null : { username, algorithm, names: names.split(' '), signature };
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** A list may name one long header a thousand times. */
const LONGEST_SIGNED = 131_072;

/** One line for each name; null where that would be longer than all headers together can be. */
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

/** nginx reads `x-date` for `x_date`. */
function lineOf({ headers, request, method }: Context, name: string, target: string): string {
  const value = TOKEN.test(name) ? (headers.get(name) ?? headers.get(name.replaceAll('_', '-'))) : null;
  if (value !== null) return `${name}: ${value}`;
  if (name === '@request-target') return `${name}: ${method.toLowerCase()} ${target}`;
  if (name !== 'request-line') return `${name}:`;
  const version = protocolOf(request);
  return `${method} ${target} HTTP/${version.includes('.') ? version : `${version}.0`}`;
}
