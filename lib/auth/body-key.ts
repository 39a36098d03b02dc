/**
 * Fields of a request's body, for keys that travel in it: urlencoded forms, JSON objects and multipart forms of at most
 * 8 KiB (nginx's in-memory buffer: what is larger Kong cannot read either). Any other or undecodable body has no
 * fields.
 *
 * Cutting a field out keeps all other bytes, file parts and the digits of long numbers included; Kong sorts the fields,
 * writes JSON anew and loses file names.
 *
 * Rejected: FormData, which picks a new boundary and so a new Content-Type, and holds files as streams of this request;
 * JSON.parse with a reviver and JSON.stringify for cutting, which overflow the stack on a body of 4,000 brackets.
 */
import type { AuthSettings } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { parseJson } from '../core/json-pointer.ts';
import { readAtMost } from '../core/read-at-most.ts';
import type { BodyFields, Context } from '../core/request.ts';
import { argumentOf, cutArguments, LIST } from './api-key.ts';

const LARGEST_BODY = 8192;

/** Before the key is looked for: reads the bodies of routes where it may stand there. */
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
  // Kong up to 2.1 refused what it could not read; later ones take it for a body without fields.
  return context.fields === null && legacy ? UNREADABLE_BODY : null;
}
const UNREADABLE_BODY = refuse('bad_body', 400, 'Cannot process request body');

/** A GET's body is left alone: the platform forwards one that arrived, and lets nobody make one. */
function mayHoldKey({ method, request }: Context, { runOnPreflight }: AuthSettings): boolean {
  return request.body !== null && method !== 'GET' && (method !== 'OPTIONS' || runOnPreflight);
}

/**
 * Reads a body that may hold fields. Null where it has none; `bytes` replaces the request's stream, which is spent
 * then. A body without Content-Length is read from a copy, so that one that turns out larger still goes its way.
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
  // One that breaks off has no fields, and fails when it is sent on.
  const bytes = await read.catch(() => null);
  return bytes && { bytes, fields: parseBodyFields(type, new Uint8Array(bytes)) };
}

/** The fields of a body of that type; null where it cannot be decoded. */
export function parseBodyFields(type: string, bytes: Uint8Array): BodyFields | null {
  if (/multipart\//i.test(type)) return multipartFields(type, bytes);
  const text = new TextDecoder().decode(bytes);
  if (/json/i.test(type)) return jsonFields(text);
  return { get: (name) => argumentOf(text, name), without: (names) => encoded(cutArguments(text, names)) };
}

function jsonFields(text: string): BodyFields | null {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return null;
  const fields = new Map<string, unknown>(Object.entries(value));
  return {
    get: (name) => {
      const field = fields.get(name);
      if (typeof field === 'string' || field === undefined) return field;
      return typeof field === 'object' && field !== null ? LIST : null;
    },
    without: (names) => encoded(Array.isArray(value) ? text : cutMembers(text, names)),
  };
}

/** Strings, brackets and commas: what a JSON text is told apart by. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],]/gs;

/** A JSON object's text without its own members of those names. */
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

/** "" for none. */
function memberName(member: string): string {
  const [name = '""'] = /"(?:[^"\\]|\\.)*"/s.exec(member) ?? [];
  return parseJson(name) as string;
}

/** One character a byte, so that parts which are no text survive. */
function multipartFields(type: string, bytes: Uint8Array): BodyFields | null {
  const boundary = /boundary="?([^";\s]+)/i.exec(type);
  if (boundary === null) return null;
  const line = '\r\n--' + boundary[1];
  const parts = ('\r\n' + String.fromCharCode(...bytes)).split(line);
  // A name is of letters, digits, "_" and "-": nothing in it is a pattern.
  const named = (name: string) => (part: string) =>
    new RegExp(`[;\\s]name="?${name}"?\\s*(;|$)`, 'm').test(part.split('\r\n\r\n', 1)[0] as string);
  return {
    get: (name) => {
      const [part, another] = parts.filter(named(name));
      if (another !== undefined) return LIST;
      return part && new TextDecoder().decode(latin1Bytes(part.slice(part.indexOf('\r\n\r\n') + 4)));
    },
    without: (names) => {
      const isNamed = names.map(named);
      const others = parts.filter((part) => !isNamed.some((is) => is(part)));
      return latin1Bytes(others.join(line).slice(2));
    },
  };
}

function encoded(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}
function latin1Bytes(text: string): ArrayBuffer {
  return Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer;
}
