/**
 * The fields of a request body, for keys in it: urlencoded forms, JSON objects and multipart forms of at most 8 KiB
 * (nginx's in-memory buffer: Kong can't read larger ones either). Any other or malformed body has no fields.
 *
 * Removing a field preserves all other bytes, file parts and the digits of long numbers included; Kong sorts the
 * fields, re-encodes JSON and loses file names.
 *
 * Rejected: FormData, which picks a new boundary and so a new Content-Type, and holds files as streams of this request;
 * JSON.parse with a reviver and JSON.stringify for removing, which overflow the stack on a body of 4,000 brackets.
 */
import type { AuthSettings } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { parseJson } from '../core/json-pointer.ts';
import { readAtMost } from '../core/read-at-most.ts';
import type { BodyFields, Context } from '../core/request.ts';
import { argumentsOf, cutArguments } from './api-key.ts';

const LARGEST_BODY = 8192;

/** Runs before key-auth and reads the bodies on routes whose key may be in them. */
export function startBodyKey({ settings }: Isolate): Hooks {
  const legacy = settings.compat === 'kong-2018';
  return {
    admit: ({ auth }) => {
      if (!auth?.keyIn.includes('body')) return null;
      return (context) => (mayHoldKey(context, auth) ? readInto(context, legacy) : null);
    },
  };
}

async function readInto(context: Context, legacy: boolean): Promise<Refusal | null> {
  const read = await readFields(context.request);
  if (read !== null) context.body = read.bytes;
  context.fields = read?.fields ?? null;
  // Kong up to 2.1 refused a body that it could not read; later versions treat it as a body without fields.
  return context.fields === null && legacy ? UNREADABLE_BODY : null;
}
const UNREADABLE_BODY = refuse('bad_body', 400, 'Cannot process request body');

/** A GET's body is not read: the platform forwards the original, but a Worker can't construct one. */
function mayHoldKey({ method, request }: Context, { runOnPreflight }: AuthSettings): boolean {
  return request.body !== null && method !== 'GET' && (method !== 'OPTIONS' || runOnPreflight);
}

/**
 * Reads a body that may have fields; null if it was not read, or not to its end. `bytes` replaces the request's stream,
 * which is used up then. A body without Content-Length is read from a clone, so that one that turns out larger can
 * still be forwarded.
 */
export async function readFields(
  request: Request,
): Promise<{ bytes: ArrayBuffer; fields: BodyFields | null } | null> {
  const type = request.headers.get('content-type') ?? '';
  if (request.body === null || !/x-www-form-urlencoded|application\/json|multipart\/form-data/i.test(type))
    return null;
  const length = request.headers.get('content-length');
  if (Number(length) > LARGEST_BODY) return null;
  const read = length === null ? readAtMost(request.clone().body, LARGEST_BODY) : request.arrayBuffer();
  // A body that breaks off has no fields, and fails when it is forwarded.
  const bytes = await read.catch(() => null);
  return bytes && { bytes, fields: parseBodyFields(type, new Uint8Array(bytes)) };
}

/** The fields of a body of that type; null if it is malformed. */
export function parseBodyFields(type: string, bytes: Uint8Array): BodyFields | null {
  if (/multipart\//i.test(type)) return multipartFields(type, bytes);
  const text = new TextDecoder().decode(bytes);
  if (/json/i.test(type)) return jsonFields(text);
  return {
    valuesOf: (name) => argumentsOf(text, name),
    without: (names) => encoded(cutArguments(text, names)),
  };
}

function jsonFields(text: string): BodyFields | null {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return null;
  const fields = new Map<string, unknown>(Object.entries(value));
  return {
    valuesOf: (name) => {
      const field = fields.get(name);
      if (field === undefined) return [];
      // Kong takes a list or an object for several values, whatever is in it.
      if (typeof field === 'object' && field !== null) return [null, null];
      return [typeof field === 'string' ? field : null];
    },
    without: (names) => encoded(Array.isArray(value) ? text : cutMembers(text, names)),
  };
}

/** The strings, brackets and commas of a JSON text: all that is needed to find its members. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],]/gs;

/** A JSON object's text without its top-level members of those names. */
function cutMembers(text: string, names: readonly string[]): string {
  const open = text.indexOf('{') + 1;
  const kept: string[] = [];
  let [depth, start] = [0, open];
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    if (depth > 1 || (depth === 1 && token !== ',')) continue;
    if (depth === 0 || token === ',') {
      const member = text.slice(start, index);
      if (!names.includes(memberName(member))) kept.push(member);
      start = index + 1;
    }
  }
  return text.slice(0, open) + kept.join(',') + text.slice(start - 1);
}

/** "" if there is no name. */
function memberName(member: string): string {
  const [name = '""'] = /"(?:[^"\\]|\\.)*"/s.exec(member) ?? [];
  return parseJson(name) as string;
}

/** Works on strings of one character per byte, so that binary parts are preserved. */
function multipartFields(type: string, bytes: Uint8Array): BodyFields | null {
  const boundary = /boundary="?([^";\s]+)/i.exec(type);
  if (boundary === null) return null;
  const line = '\r\n--' + boundary[1];
  const parts = ('\r\n' + String.fromCharCode(...bytes)).split(line);
  // A name consists of letters, digits, "_" and "-", so it needs no escaping in the pattern.
  const named = (name: string) => (part: string) =>
    new RegExp(`[;\\s]name="?${name}"?\\s*(;|$)`, 'm').test(part.split('\r\n\r\n', 1)[0] as string);
  return {
    valuesOf: (name) => parts.filter(named(name)).map(contentOf),
    without: (names) => {
      const isNamed = names.map(named);
      const others = parts.filter((part) => !isNamed.some((is) => is(part)));
      return latin1Bytes(others.join(line).slice(2));
    },
  };
}

const contentOf = (part: string): string =>
  new TextDecoder().decode(latin1Bytes(part.slice(part.indexOf('\r\n\r\n') + 4)));

function encoded(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}
function latin1Bytes(text: string): ArrayBuffer {
  return Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer;
}
