/**
 * Fields of a request's body, for keys that travel in it: urlencoded forms, JSON objects and multipart forms of at most 8 KiB
 * (nginx's in-memory buffer: what is larger Kong cannot read either). Any other or undecodable body has no fields.
 *
 * Cutting a field out keeps the other bytes of urlencoded and multipart bodies, file parts included; Kong sorts the fields and loses
 * file names. JSON is written anew, as in Kong: numbers beyond 2^53 lose digits.
 *
 * Rejected: FormData, which picks a new boundary and so a new Content-Type, and holds files as streams of this request.
 */
import { argumentOf, cutArgument, LIST } from './api-key.ts';
import type { Fields } from './api-key.ts';

const LARGEST_BODY = 8192;

/**
 * Reads a body that may hold fields. Null where it has none; `bytes` replaces the request's stream, which is spent then.
 * A body without Content-Length is read from a copy, so that one that turns out larger still goes its way.
 */
export async function readFields(
  request: Request,
): Promise<{ bytes: ArrayBuffer; fields: Fields | null } | null> {
  const type = request.headers.get('content-type') ?? '';
  if (request.body === null || !/x-www-form-urlencoded|application\/json|multipart\/form-data/i.test(type))
    return null;
  const length = request.headers.get('content-length');
  if (Number(length) > LARGEST_BODY) return null;
  const read =
    length === null ? readAtMost(request.clone().body as ReadableStream<Uint8Array>) : request.arrayBuffer();
  // One that breaks off has no fields, and fails when it is sent on.
  const bytes = await read.catch(() => null);
  return bytes && { bytes, fields: parseFields(type, new Uint8Array(bytes)) };
}

async function readAtMost(stream: ReadableStream<Uint8Array>): Promise<ArrayBuffer | null> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of stream as ReadableStream<Uint8Array<ArrayBuffer>>) {
    size += piece.length;
    if (size > LARGEST_BODY) return null;
    pieces.push(piece);
  }
  return new Blob(pieces).arrayBuffer();
}

/** The fields of a body of that type; null where it cannot be decoded. */
export function parseFields(type: string, bytes: Uint8Array): Fields | null {
  if (/multipart\//i.test(type)) return multipartFields(type, bytes);
  const text = new TextDecoder().decode(bytes);
  if (/json/i.test(type)) return jsonFields(text);
  return { get: (name) => argumentOf(text, name), without: (name) => encoded(cutArgument(text, name)) };
}

/** Numbers keep their digits: 12345678901234567890 would become ...7000, and 1.0 would become 1. */
function asWritten(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };
  return typeof value === 'number' && context?.source && rawJSON ? rawJSON(context.source) : value;
}

function jsonFields(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const fields = new Map(Object.entries(value));
    return {
      get: (name) => {
        const field: unknown = fields.get(name);
        if (typeof field === 'string' || field === undefined) return field;
        return typeof field === 'object' && field !== null ? LIST : null;
      },
      without: (name) => encoded(JSON.stringify({ ...JSON.parse(text, asWritten), [name]: undefined })),
    };
  } catch {
    return null;
  }
}

/** One character a byte, so that parts which are no text survive. */
function multipartFields(type: string, bytes: Uint8Array): Fields | null {
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
      return part && new TextDecoder().decode(bytesOf(part.slice(part.indexOf('\r\n\r\n') + 4)));
    },
    without: (name) => {
      const isNamed = named(name);
      const others = parts.filter((part) => !isNamed(part));
      return bytesOf(others.join(line).slice(2));
    },
  };
}

function encoded(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}
function bytesOf(text: string): ArrayBuffer {
  return Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer;
}
