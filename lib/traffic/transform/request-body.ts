/**
 * Operations on a request's body, which is read whole: a JSON object, a urlencoded or a multipart form, by
 * Content-Type. Any other body, and one that does not match its Content-Type, is forwarded unchanged.
 *
 * Kong does not touch a body larger than its buffer, so a caller can get past "remove" by padding it. Here such a body
 * is refused.
 */
import { bytesOf } from '../../core/base64.ts';
import { refuse } from '../../core/errors.ts';
import type { Refusal } from '../../core/errors.ts';
import type { Context } from '../../core/request.ts';
import { readWhole } from '../../core/read-at-most.ts';
import { parseArguments, transformArguments, writeArguments } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { parseJsonFields, transformFields, writeFields } from './json-fields.ts';
import { transformMultipart } from './multipart.ts';
import type { Operations } from './operations.ts';

const LARGEST_REQUEST = 8 * 1024 * 1024;
const REQUEST_TOO_LARGE = refuse('body_too_large', 413, 'Request body is too large to be changed');
const BROKEN_BODY = refuse('bad_body', 400, 'Bad request');

/**
 * The new body is recorded in the context. `type` is the Content-Type that the origin gets. Returns the fields of a
 * urlencoded form as they were sent, null for any other body.
 */
export async function transformRequestBody(
  context: Context,
  operations: Operations<string> | null,
  type: string,
): Promise<Arguments | Refusal | null> {
  const kind = /application\/json|multipart\/form-data|application\/x-www-form-urlencoded/i.exec(type)?.[0];
  // The platform forwards a GET's body by itself: it can be read here, but not sent.
  const unsendable = context.originMethod === 'GET' || context.originMethod === 'HEAD';
  if (kind === undefined || (unsendable && context.method === context.originMethod)) return null;
  const bytes = await readWhole(context, LARGEST_REQUEST, REQUEST_TOO_LARGE, BROKEN_BODY);
  if ('reason' in bytes) return bytes;
  const text = new TextDecoder().decode(bytes);
  if (/json/i.test(kind)) {
    if (operations) changeJson(context, text, operations);
    return null;
  }
  if (/multipart/i.test(kind)) {
    const changed = operations && transformMultipart(type, characters(new Uint8Array(bytes)), operations);
    if (changed !== null) context.body = bytesOf(changed).buffer;
    return null;
  }
  if (operations) {
    const changed = parseArguments(text);
    transformArguments(changed, operations);
    setBody(context, writeArguments(changed));
  }
  return parseArguments(text);
}

function setBody(context: Context, text: string): void {
  context.body = new TextEncoder().encode(text).buffer as ArrayBuffer;
}

/** An empty body counts as an empty object. */
function changeJson(context: Context, text: string, operations: Operations<string>): void {
  const fields = text === '' ? new Map<string, unknown>() : parseJsonFields(text);
  if (fields === null) return;
  transformFields(fields, operations, false);
  if (text !== '' || fields.size > 0) setBody(context, writeFields(fields));
}

/** One character a byte. TextDecoder's "latin1" is windows-1252, which differs for 80 to 9f. */
function characters(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}
