/** Whether a body matches the Digest header. */
import { refuse } from '../../core/errors.ts';
import type { Refusal } from '../../core/errors.ts';
import { readAtMost } from '../../core/read-at-most.ts';
import type { Context } from '../../core/request.ts';
import { sha256Of } from '../../core/runtime.ts';

/** The largest body in bytes: what Kong buffers in memory, and what a Worker easily can. */
const KONG_MOST = 8192;
const MOST = 1024 * 1024;
const TOO_LARGE = refuse('body_too_large', 413, 'Request size limit exceeded');

/**
 * A body without Digest must be empty. One that is too large to buffer is a mismatch under Kong's profiles, and refused
 * with 413 otherwise.
 */
export async function isOwnDigest(context: Context): Promise<boolean | Refusal> {
  const digest = context.headers.get('digest');
  const body = context.body ?? (await readBody(context, context.kong === null ? MOST : KONG_MOST));
  if (body === null) return context.kong === null ? TOO_LARGE : false;
  return digest === null ? body.byteLength === 0 : digest === `SHA-256=${await sha256Of(body)}`;
}

/**
 * Null if the body is too large or breaks off. It is read from a clone if its length is unknown, since the request may
 * still be forwarded as an anonymous one, and for GET and HEAD, whose body can't be replaced: the platform lets no
 * Worker construct one.
 */
async function readBody(context: Context, most: number): Promise<ArrayBuffer | null> {
  const { request, headers, method } = context;
  const length = headers.get('content-length');
  if (Number(length) > most) return null;
  const isCopied = request.body !== null && (length === null || method === 'GET' || method === 'HEAD');
  const body = await readAtMost((isCopied ? request.clone() : request).body, most).catch(() => null);
  if (request.body !== null && !isCopied) context.body = body;
  return body;
}
