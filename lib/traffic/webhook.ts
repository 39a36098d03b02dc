/**
 * Verifies signed webhooks (standardwebhooks.com, as Kong's standard-webhooks does): HMAC-SHA-256 of id, time and body.
 *
 * Every failure gets the same answer. The body is read whole, up to 1 MiB. As in Kong, a time in the future passes, a
 * message may be replayed within the tolerance, and the secret is used as written, including "whsec_".
 */
import type { Webhook } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { hmacInBase64 } from '../core/runtime.ts';
import { readWhole } from '../core/read-at-most.ts';
import { withSetting } from './setting-for.ts';

const LARGEST_WEBHOOK = 1024 * 1024;
const BAD_SIGNATURE = refuse('bad_signature', 400, 'Bad request');
const WEBHOOK_TOO_LARGE = refuse('body_too_large', 413, 'Request size limit exceeded');

/** Compares in constant time for strings of one length. */
export function isSameText(a: string, b: string): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) different |= a.charCodeAt(i) ^ b.charCodeAt(i % (b.length || 1));
  return different === 0;
}

function signedBytes(id: string, time: string, body: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${time}.`);
  const bytes = new Uint8Array(head.length + body.byteLength);
  bytes.set(head);
  bytes.set(new Uint8Array(body), head.length);
  return bytes;
}

/** `time` in seconds since 1970, as sent; `now` in ms since 1970. A malformed time counts as 1970. */
export function isRecent(time: string, toleranceSeconds: number, now: number): boolean {
  const sent = /^\d{1,15}(?:\.\d{1,9})?$/.test(time) ? Number(time) : 0;
  return Math.floor(now / 1000) - sent <= toleranceSeconds;
}

async function verifyWebhook(context: Context, webhook: Webhook): Promise<Refusal | null> {
  const { headers, method } = context;
  const [id, time, signature] = ['id', 'timestamp', 'signature'].map((name) =>
    headers.get(`webhook-${name}`),
  );
  if (!id || !time || !signature || !isRecent(time, webhook.toleranceSeconds, context.startedAt))
    return BAD_SIGNATURE;
  // A GET's body can be read here, but not sent.
  if (method === 'GET' || method === 'HEAD') return BAD_SIGNATURE;
  const body = await readWhole(context, LARGEST_WEBHOOK, WEBHOOK_TOO_LARGE, BAD_SIGNATURE);
  if ('reason' in body) return body;
  if (body.byteLength === 0) return BAD_SIGNATURE;
  const right = 'v1,' + (await hmacInBase64(webhook.secret, signedBytes(id, time, body)));
  return isSameText(right, signature) ? null : BAD_SIGNATURE;
}

export function startWebhook({ settings }: Isolate): Hooks {
  return {
    admit: (route) =>
      withSetting('webhook', route, settings, (webhook, context) => verifyWebhook(context, webhook)),
  };
}
