/**
 * Operations on a request's body, which is read whole: a JSON object, a urlencoded or a multipart form, by
 * Content-Type. Any other body, and one that does not match its Content-Type, is forwarded unchanged.
 *
 * Kong does not touch a body larger than its buffer, so a caller can get past "remove" by padding it. Here such a body
 * is refused.
 */
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

/** `form`: the fields of a urlencoded form as they were sent; null for any other body. */
interface BodyDone {
  readonly form: Arguments | null;
}
const UNTOUCHED: BodyDone = { form: null };

/** The new body is recorded in the context. `type` is the Content-Type that the origin gets. */
export async function transformRequestBody(
  context: Context,
  operations: Operations<string> | null,
  type: string,
): Promise<BodyDone | Refusal> {
  const kind = /application\/json|multipart\/form-data|application\/x-www-form-urlencoded/i.exec(type)?.[0];
  // The platform forwards a GET's body by itself: it can be read here, but not sent.
  const unsendable = context.originMethod === 'GET' || context.originMethod === 'HEAD';
  if (kind === undefined || (unsendable && context.method === context.originMethod)) return UNTOUCHED;
  const bytes = await readWhole(context, LARGEST_REQUEST, REQUEST_TOO_LARGE, BROKEN_BODY);
  if ('reason' in bytes) return bytes;
  const from = kind.toLowerCase();
  if (from === 'application/json') return operations ? changeJson(context, bytes, operations) : UNTOUCHED;
  if (from === 'multipart/form-data')
    return operations ? changeMultipart(context, type, bytes, operations) : UNTOUCHED;
  const text = new TextDecoder().decode(bytes);
  if (operations) {
    const changed = parseArguments(text);
    transformArguments(changed, operations);
    setBody(context, writeArguments(changed));
  }
  return { form: parseArguments(text) };
}

function setBody(context: Context, text: string): void {
  context.body = new TextEncoder().encode(text).buffer as ArrayBuffer;
}

/** An empty body counts as an empty object. */
function changeJson(context: Context, bytes: ArrayBuffer, operations: Operations<string>): BodyDone {
  const text = new TextDecoder().decode(bytes);
  const fields = text === '' ? new Map<string, unknown>() : parseJsonFields(text);
  if (fields === null) return UNTOUCHED;
  transformFields(fields, operations, false);
  if (text !== '' || fields.size > 0) setBody(context, writeFields(fields));
  return UNTOUCHED;
}

function changeMultipart(
  context: Context,
  type: string,
  bytes: ArrayBuffer,
  operations: Operations<string>,
): BodyDone {
  const changed = transformMultipart(type, characters(new Uint8Array(bytes)), operations);
  if (changed !== null)
    context.body = Uint8Array.from(changed, (character) => character.charCodeAt(0)).buffer;
  return UNTOUCHED;
}

/** One character a byte. TextDecoder's "latin1" is windows-1252, which differs for 80 to 9f. */
function characters(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}
